package store_test

import (
	"bufio"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"lockerd/controller"
	"lockerd/matcher"
	"lockerd/store"
	"lockerd/store/storetest"
)

// The writer commits one step after another. Step n stores parcel n mod 8 with generation n, and notes it;
// each tenth also enrols and erases. It prints n when Commit has returned.
func write(folder string) int { return writeBeside(folder, func(uint64) {}) }

// writeBeside is write that does something else after each step, before it is acknowledged.
func writeBeside(folder string, beside func(n uint64)) int {
	s, err := openIn(folder)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	kept, err := s.Remembered()
	for n := kept.Generation + 1; err == nil; n++ {
		if err = s.Commit(step(n)); err == nil {
			beside(n)
			fmt.Println(n)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func step(n uint64) controller.Change {
	id := parcelOf(n)
	change := controller.Change{
		Parcels: []controller.Parcel{storetest.Lying(id, storetest.Ada.ID, controller.Slot(n%8+1), n)},
		Entries: []controller.Entry{{At: storetest.At, What: controller.Deposited, Parcel: id, Detail: fmt.Sprint(n)}},
	}
	if n%10 == 0 {
		change.Erase = []controller.RecipientID{storetest.Ada.ID}
	} else {
		first := storetest.First(storetest.Ada.ID, fmt.Sprint("v-", n%10), matcher.Fingerprint, 1500)
		change.Enrolled = []controller.FirstIdentification{first}
	}
	return change
}

func parcelOf(n uint64) controller.ParcelID {
	return controller.ParcelID(fmt.Sprint("p-", n%8))
}

func openIn(folder string) (*store.Store, error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	return store.Open(filepath.Join(folder, "cabinet.db"), store.KeyFile{Path: filepath.Join(folder, "key")}, log)
}

// TestKill ends the writer with SIGKILL at random places, twenty times on the same file. What was
// acknowledged is there, what is there is whole.
func TestKill(t *testing.T) {
	folder := t.TempDir()
	prepare(t, folder)
	random := rand.New(rand.NewPCG(3, 4))
	var acknowledged uint64
	for range 20 {
		cmd := child(t, "writer", folder)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for range 1 + random.IntN(12) {
			if lines.Scan() {
				acknowledged, _ = strconv.ParseUint(lines.Text(), 10, 64)
			}
		}
		time.Sleep(time.Duration(random.IntN(200_000)) * time.Nanosecond) // into the middle of a commit
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // acknowledged before the kill arrived
			acknowledged, _ = strconv.ParseUint(lines.Text(), 10, 64)
		}
		if err := cmd.Wait(); err == nil || err.Error() != "signal: killed" {
			t.Fatalf("the writer ended by itself: %v", err)
		}
		checkSteps(t, folder, acknowledged)
		if t.Failed() {
			return
		}
	}
	t.Logf("%d steps were acknowledged", acknowledged)
}

func prepare(t *testing.T, folder string) {
	t.Helper()
	s, err := openIn(folder)
	if err != nil {
		t.Fatal(err)
	}
	storetest.Tell(t, s, storetest.Told(storetest.Ada)...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// checkSteps opens the store and compares it with what steps 1 to n write, where n is at least acknowledged
// and at most one more.
func checkSteps(t *testing.T, folder string, acknowledged uint64) {
	t.Helper()
	n, err := stepsIn(folder)
	if err != nil {
		t.Error(err)
	}
	if n < acknowledged || n > acknowledged+1 {
		t.Errorf("step %d was acknowledged and %d is there", acknowledged, n)
	}
}

// stepsIn opens the store and returns how many steps it holds. The error says what else than those is there.
func stepsIn(folder string) (uint64, error) {
	s, err := openIn(folder)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	kept, err := s.Remembered()
	if err != nil {
		return 0, err
	}
	n, faults := kept.Generation, []error{s.Verify()}
	if _, last, err := s.Bounds(); last != n || err != nil {
		faults = append(faults, fmt.Errorf("%d entries after %d steps, %v", last, n, err))
	}
	parcels, err := s.Parcels()
	if err != nil || len(parcels) != int(min(n, 8)) {
		faults = append(faults, fmt.Errorf("%d parcels after %d steps, %v", len(parcels), n, err))
	}
	for _, p := range parcels {
		if p.ID != parcelOf(p.Generation) || p.Generation+8 <= n || p.Generation > n {
			faults = append(faults, fmt.Errorf("after %d steps %s has generation %d", n, p.ID, p.Generation))
		}
	}
	if firsts, err := s.FirstIdentifications(storetest.Ada.ID); len(firsts) != int(n%10) || err != nil {
		faults = append(faults, fmt.Errorf("%d identifications after %d steps, %v, want %d", len(firsts), n, err, n%10))
	}
	return n, errors.Join(faults...)
}
