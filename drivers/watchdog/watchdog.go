// Package watchdog feeds a watchdog of the kernel: a board's own, or softdog. From the moment it is opened, the
// machine starts anew when it is not fed for a while, whatever hangs: this program, or the whole system. The
// protocol is the one of Documentation/watchdog/watchdog-api.rst.
package watchdog

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// What can be wrong with a watchdog.
var (
	// ErrBusy says that another program feeds it.
	ErrBusy = errors.New("watchdog is fed by another program, perhaps systemd (RuntimeWatchdogSec)")
	// ErrNoWatchdog says that the path names a device of another kind.
	ErrNoWatchdog = errors.New("device is no watchdog")
)

// Device is a watchdog that is armed.
type Device struct {
	// Timeout is how long it may be left unfed, as the kernel tells it: not each watchdog can have what it is asked for.
	Timeout time.Duration

	file *os.File
}

// Open arms the watchdog at path, for example /dev/watchdog. Timeout is how long it may be left unfed, in whole
// seconds; the device tells what it took for it. Errors wrap ErrBusy, ErrNoWatchdog and those of the file system.
func Open(path string, timeout time.Duration) (*Device, error) {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, syscall.EBUSY) {
		err = ErrBusy
	}
	if err != nil {
		return nil, fmt.Errorf("cannot open %s: %w", path, err)
	}
	d := &Device{file: file}
	if err := d.set(timeout); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot set %s to %v: %w", path, timeout, err), d.Close())
	}
	return d, nil
}

// set sets the timeout and reads it back. A watchdog that has one timeout alone is taken as it is.
func (d *Device) set(timeout time.Duration) error {
	raw, err := d.file.SyscallConn()
	if err != nil {
		return err
	}
	var refused error
	err = raw.Control(func(fd uintptr) {
		refused = unix.IoctlSetPointerInt(int(fd), unix.WDIOC_SETTIMEOUT, int(timeout/time.Second))
		if refused != nil && !errors.Is(refused, syscall.EOPNOTSUPP) {
			return
		}
		var seconds int
		if seconds, refused = unix.IoctlGetInt(int(fd), unix.WDIOC_GETTIMEOUT); refused == nil {
			d.Timeout = time.Duration(seconds) * time.Second
		}
	})
	if errors.Is(refused, syscall.ENOTTY) {
		refused = ErrNoWatchdog
	}
	return errors.Join(err, refused)
}

// Feed begins the timeout anew.
func (d *Device) Feed() error {
	_, err := d.file.Write([]byte{0})
	return err
}

// Close disarms the watchdog, unless the kernel was set to let nobody do that (nowayout). A program that ends
// without it leaves the watchdog armed: the machine starts anew if nobody feeds it in time.
func (d *Device) Close() error {
	_, err := d.file.Write([]byte{'V'}) // the magic word
	return errors.Join(err, d.file.Close())
}
