package watchdog_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lockerd/drivers/kerneltest"
	"lockerd/drivers/watchdog"
)

// A machine whose watchdog is fed, and then disarmed, goes on; TestHungMachine of cmd/lockerd is about the other ones.
func TestKernelFedAndDisarmed(t *testing.T) {
	kerneltest.Need(t)
	const timeout = time.Second
	dog, err := watchdog.Open("/dev/watchdog", timeout)
	if err != nil {
		t.Fatal(err)
	}
	if dog.Timeout != timeout {
		t.Errorf("its timeout is %v", dog.Timeout)
	}
	if _, err := watchdog.Open("/dev/watchdog", timeout); !errors.Is(err, watchdog.ErrBusy) {
		t.Errorf("opened twice: %v", err)
	}
	for range 10 {
		time.Sleep(timeout / 4)
		if err := dog.Feed(); err != nil {
			t.Fatal(err)
		}
	}
	if err := dog.Close(); err != nil {
		t.Error(err)
	}
	time.Sleep(2 * timeout) // a watchdog that is still armed ends this kernel, and the test with it
}

// A path that names something else says so.
func TestNoWatchdog(t *testing.T) {
	if _, err := watchdog.Open(os.DevNull, time.Second); !errors.Is(err, watchdog.ErrNoWatchdog) {
		t.Errorf("%s: %v", os.DevNull, err)
	}
	if _, err := watchdog.Open(filepath.Join(t.TempDir(), "watchdog"), time.Second); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no device: %v", err)
	}
}
