package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// readOnly starts a program where nothing can be written but the folder that is named first. It says so if
// something else can.
const readOnly = `
mount --make-rprivate / && mount --bind "$0" "$0" && mount -o remount,bind,ro / || exit 9
if touch /tmp/written-by-a-test /var/tmp/written-by-a-test 2>/dev/null; then echo "the root is not read-only"; exit 9; fi
exec "$@"`

// TestReadOnlyRoot runs the real program on a machine whose files cannot be changed, but for its state folder: it
// starts, opens a door for a finger, and starts once more from what it wrote.
func TestReadOnlyRoot(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("skipped: mounting a read-only root needs root")
	}
	if out, err := exec.Command("unshare", "--mount", "sh", "-c", readOnly, t.TempDir(), "true").CombinedOutput(); err != nil {
		t.Skipf("skipped: no read-only root can be mounted here: %s", out)
	}
	s := &story{rig: newRig(t), newest: map[string]string{}}
	for _, step := range []string{"given ada, with a parcel in slot 1", "power off"} {
		if err := s.take(step); err != nil {
			t.Fatal(err)
		}
	}
	fingers, err := prints.shown()
	if err != nil {
		t.Fatal(err)
	}
	for start := range 2 {
		p, err := newProgram(s.dir, fingers)
		if err != nil {
			t.Fatal(err)
		}
		p.command.Args = append([]string{"unshare", "--mount", "sh", "-c", readOnly, s.dir}, p.command.Args...)
		if p.command.Path, err = exec.LookPath("unshare"); err != nil {
			t.Fatal(err)
		}
		if err := p.start(); err != nil {
			t.Fatalf("start %d: %v\n%s", start+1, err, p.log.String())
		}
		if start == 0 {
			err = errors.Join(p.say("finger ada"), eventually(func() error { return s.openOnDisk(1) }))
		}
		if err := errors.Join(err, p.stop()); err != nil {
			t.Errorf("start %d: %v", start+1, err)
		}
		if log := p.log.String(); strings.Contains(log, "read-only file system") {
			t.Errorf("something wanted to write elsewhere:\n%s", log)
		}
	}
	if _, err := os.Stat(filepath.Join(s.dir, "kiosk.token")); err != nil {
		t.Errorf("the browser's key was not written: %v", err)
	}
}
