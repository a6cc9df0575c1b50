package store_test

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"lockerd/controller"
	"lockerd/store/storetest"
)

// TestPowerCut cuts the power of a machine that writes: the test kernel of scripts/uml runs the writer on a real
// ext4, whose disk is a file of this machine, and is killed with everything in it at a random moment. What its
// page cache held is gone. Then it boots again, ext4 replays its journal, and every step that was acknowledged is
// there and whole. Beside the store a file is written without a sync: it loses steps, or the test cut nothing.
func TestPowerCut(t *testing.T) {
	if os.Getenv("KERNEL") == "" {
		t.Skip("skipped: needs the test kernel: make test-hw")
	}
	mkfs, err := exec.LookPath("mke2fs")
	if err != nil {
		t.Skip("skipped: mke2fs is missing (Debian package e2fsprogs)")
	}
	host := t.TempDir()
	if out, err := exec.Command(mkfs, "-q", "-F", "-t", "ext4", filepath.Join(host, "disk"), "32M").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if out, err := boot(t, host, "preparer").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var acknowledged uint64
	lost := 0
	for cut := range 6 {
		acknowledged = max(acknowledged, cutWriter(t, host))
		out, err := boot(t, host, "checker").CombinedOutput()
		var there, unsynced uint64
		if _, scanErr := fmt.Sscanf(string(out), "%d %d", &there, &unsynced); err != nil || scanErr != nil {
			t.Fatalf("after cut %d: %v: %s", cut+1, err, out)
		}
		if there < acknowledged {
			t.Fatalf("after cut %d: step %d was acknowledged and %d is there", cut+1, acknowledged, there)
		}
		if unsynced < there {
			lost++
		}
		acknowledged = there
	}
	t.Logf("%d steps were acknowledged and kept; the file without a sync lost some in %d of 6 cuts", acknowledged, lost)
	if lost == 0 {
		t.Error("nothing was lost that was not synced, so no power was cut")
	}
}

// boot prepares the test kernel with this test's program in a role on the disk, mounted.
func boot(t *testing.T, host, role string, kernel ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	inside := fmt.Sprintf(`set -e
mkdir /run/host /mnt/disk
mount -t hostfs -o %q host /run/host
losetup /dev/loop0 /run/host/disk
mount -t ext4 /dev/loop0 /mnt/disk
%s=%q %s=/mnt/disk %q
umount /mnt/disk`, host, roleVariable, role, folderVariable, program)
	cmd := exec.Command("../scripts/uml/exec", "/bin/busybox", "sh", "-c", inside)
	cmd.Env = append(os.Environ(), "KERNEL_ARGS="+strings.Join(kernel, " "), "EXEC_TIMEOUT=60")
	return cmd
}

// cutWriter runs the writer, kills its machine, and returns the last step that it acknowledged.
func cutWriter(t *testing.T, host string) (acknowledged uint64) {
	t.Helper()
	cmd := boot(t, host, "careless writer", "umid=cut", "uml_dir="+host+"/")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Scan()
	if _, err := strconv.Atoi(lines.Text()); err != nil {
		t.Fatalf("the writer says %q: %v", lines.Text(), cmd.Wait())
	}
	time.Sleep(rand.N(400 * time.Millisecond))
	pid, err := os.ReadFile(filepath.Join(host, "cut", "pid"))
	if err != nil {
		t.Fatal(err)
	}
	kernel, err := strconv.Atoi(string(bytes.TrimSpace(pid)))
	if err != nil {
		t.Fatal(err)
	}
	group, err := syscall.Getpgid(kernel) // its processes are the machine's
	if err == nil {
		err = syscall.Kill(-group, syscall.SIGKILL)
	}
	if err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
		if n, err := strconv.ParseUint(lines.Text(), 10, 64); err == nil {
			acknowledged = n
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the writer ended by itself")
	}
	if err := os.RemoveAll(filepath.Join(host, "cut")); err != nil {
		t.Fatal(err)
	}
	return acknowledged
}

// writeCarelessly is write with a file beside the store that nobody syncs.
func writeCarelessly(folder string) int {
	beside, err := os.Create(filepath.Join(folder, "unsynced"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return writeBeside(folder, func(n uint64) { beside.WriteAt(fmt.Appendf(nil, "%20d", n), 0) })
}

// prepareDisk is prepare on the disk of the test kernel.
func prepareDisk(folder string) int {
	s, err := openIn(folder)
	if err == nil {
		records := storetest.Told(storetest.Ada)
		err = s.Commit(controller.Change{Desired: &controller.DesiredChange{To: 1, Records: records}})
	}
	if err == nil {
		err = s.Close()
	}
	return told(err)
}

// checkDisk prints how many steps the store holds, and how many the file without a sync.
func checkDisk(folder string) int {
	there, err := stepsIn(folder)
	beside, _ := os.ReadFile(filepath.Join(folder, "unsynced"))
	unsynced, _ := strconv.ParseUint(strings.TrimSpace(string(beside)), 10, 64) // 0 where nothing is left of it
	fmt.Println(there, unsynced)
	return told(err)
}

// told prints an error and returns the exit status.
func told(err error) int {
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}
