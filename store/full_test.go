package store_test

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"lockerd/controller"
	"lockerd/matcher"
	"lockerd/store"
	"lockerd/store/storetest"
)

// TestFullDisk fills a disk of 3 MB, a tmpfs in a mount namespace of the child's own.
func TestFullDisk(t *testing.T) {
	cmd := child(t, "full", t.TempDir())
	cmd.Env = append(cmd.Env, "STORE_TEST_DISK=tmpfs")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.Output()
	forbidden := errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EINVAL) // no namespaces
	if forbidden || strings.Contains(string(out), "cannot mount") {
		t.Skipf("skipped: this machine lets us mount no tmpfs in a user namespace (%v)", err)
	}
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
	t.Logf("%s", out)
}

// TestFileLimit does the same with a limit on the size of files, which stops the file's growth itself.
func TestFileLimit(t *testing.T) {
	out, err := child(t, "full", t.TempDir()).Output()
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
	t.Logf("%s", out)
}

// disk is something that gets full and gets room again.
type disk struct {
	narrow, widen func() error
	forAll        bool // files of others take room from the store's
}

// fill commits until the disk is full, sees that all that was acknowledged is there and nothing else, makes
// room and goes on.
func fill(folder string) int {
	limit, err := limitDisk(folder)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	if err := fillTwice(folder, limit); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

func limitDisk(folder string) (disk, error) {
	if os.Getenv("STORE_TEST_DISK") == "tmpfs" {
		if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=3m"); err != nil {
			return disk{}, fmt.Errorf("cannot mount: %w", err)
		}
		resize := func(size string) func() error {
			return func() error { return syscall.Mount("tmpfs", folder, "tmpfs", syscall.MS_REMOUNT, "size="+size) }
		}
		return disk{resize("3m"), resize("40m"), true}, nil
	}
	signal.Ignore(syscall.SIGXFSZ)
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		return disk{}, err
	}
	return disk{
		func() error {
			return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 3 << 20, Max: before.Max})
		},
		func() error { return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before) },
		false,
	}, nil
}

func fillTwice(folder string, limit disk) error {
	s, err := openIn(folder)
	if err != nil {
		return err
	}
	if err := limit.narrow(); err != nil {
		return err
	}
	n, err := commitUntilFull(s)
	if err != nil {
		return err
	}
	if err := wantSteps(s, n); err != nil {
		return fmt.Errorf("when full: %w", err)
	}
	if err := s.Commit(big(n + 1)); !errors.Is(err, store.ErrNoSpace) {
		return fmt.Errorf("committing again when full: got error %v, want ErrNoSpace", err)
	}
	second := filepath.Join(folder, "second")
	if limit.forAll {
		if err := startWhenFull(second); err != nil {
			return err
		}
	}
	if err := limit.widen(); err != nil {
		return err
	}
	if limit.forAll {
		other, err := openIn(second)
		if err != nil {
			return fmt.Errorf("starting again after room was made: %w", err)
		}
		other.Close()
	}
	return goOn(s, folder, n)
}

// startWhenFull starts a cabinet's first store on a disk without room.
func startWhenFull(folder string) error {
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	// What is left of the last page goes to a file of somebody else.
	rest, err := os.Create(filepath.Join(folder, "rest"))
	if err != nil {
		return err
	}
	for err == nil {
		_, err = rest.Write(make([]byte, 512))
	}
	if err := rest.Close(); err != nil {
		return err
	}
	if _, err := openIn(folder); !errors.Is(err, store.ErrNoSpace) {
		return fmt.Errorf("starting when full: got error %v, want ErrNoSpace", err)
	}
	return os.Remove(rest.Name())
}

// goOn commits after room was made, and opens the store once more.
func goOn(s *store.Store, folder string, n uint64) error {
	for range 20 {
		n++
		if err := s.Commit(big(n)); err != nil {
			return fmt.Errorf("after room was made: %w", err)
		}
	}
	if err := errors.Join(wantSteps(s, n), s.Close()); err != nil {
		return err
	}
	s, err := openIn(folder) // checks the file
	if err != nil {
		return err
	}
	info, err := os.Stat(filepath.Join(folder, "cabinet.db"))
	if err != nil {
		return err
	}
	fmt.Printf("%d steps, %d bytes\n", n, info.Size())
	return errors.Join(wantSteps(s, n), s.Close())
}

// big is a step of about 20 KB.
func big(n uint64) controller.Change {
	change := step(n)
	change.Erase, change.Enrolled = nil, nil
	change.Entries[0].Sealed = storetest.First("r", fmt.Sprint("v-", n), matcher.Voice, 20_000).Data
	return change
}

func commitUntilFull(s *store.Store) (n uint64, err error) {
	for n = 1; n < 1000; n++ {
		err := s.Commit(big(n))
		if errors.Is(err, store.ErrNoSpace) {
			return n - 1, nil
		}
		if err != nil {
			return 0, fmt.Errorf("committing step %d: got error %w, want ErrNoSpace", n, err)
		}
	}
	return 0, errors.New("the disk never got full")
}

// wantSteps checks that the store holds what n steps write.
func wantSteps(s *store.Store, n uint64) error {
	if err := s.Verify(); err != nil {
		return err
	}
	kept, err := s.Remembered()
	if err != nil {
		return err
	}
	if _, last, err := s.Bounds(); err != nil || last != n || kept.Generation != n {
		return fmt.Errorf("%d entries and generation %d after %d steps, %w", last, kept.Generation, n, err)
	}
	return nil
}
