package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"lockerd/drivers/kerneltest"
)

// TestHungMachine stops the real program, which feeds the kernel's watchdog, in the middle of its life: the whole
// machine starts anew, the test is run once more there, and the cabinet runs again. Stopped in order, lockerd leaves
// no armed watchdog behind.
func TestHungMachine(t *testing.T) {
	settings, _ := wired(t, false, "watchdog: {device: /dev/watchdog, timeout: 2s}\n")
	const longer = 3 * time.Second // than the watchdog may be left unfed
	p, log := lockerd(t, settings, "run")
	runs(t, log)
	time.Sleep(longer)
	mark := filepath.Join(os.Getenv("KEPT"), "hung")
	if hung, err := os.Stat(mark); err == nil {
		t.Logf("the cabinet ran again within %v", time.Since(hung.ModTime()).Round(time.Second)-longer)
		if err := p.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := p.Wait(); err != nil {
			t.Errorf("ended with %v", err)
		}
		time.Sleep(longer)
		return
	}
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	kerneltest.Until(t, "the machine starts anew", func() bool { return false })
}
