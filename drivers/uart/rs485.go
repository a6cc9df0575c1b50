package uart

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ErrNoRS485 says that a port's driver cannot switch an RS-485 transmitter.
var ErrNoRS485 = errors.New("serial port has no RS-485 mode")

// RS485 is how the kernel switches the transmitter of a half-duplex line with the port's RTS line, which
// nobody outside it can do in time (Documentation/driver-api/serial/serial-rs485.rst). Adapters that switch
// by themselves, as most on USB do, want none of this.
type RS485 struct {
	ActiveLow bool          // the transmitter is on while RTS is low
	Before    time.Duration // that it is on before the first bit, whole milliseconds
	After     time.Duration // that it stays on after the last bit, whole milliseconds
}

// serialRS485 is struct serial_rs485 of linux/serial.h.
type serialRS485 struct {
	flags, before, after uint32
	_                    [5]uint32
}

// Flags of serialRS485.
const (
	rs485Enabled    = 1 << 0
	rs485RTSOnSend  = 1 << 1
	rs485RTSAfter   = 1 << 2
	rs485Terminated = 1 << 5 // kept as the device tree has it
)

// settings returns what the kernel is told.
func (r RS485) settings(now serialRS485) serialRS485 {
	s := serialRS485{
		flags:  rs485Enabled | rs485RTSOnSend | now.flags&rs485Terminated,
		before: uint32(r.Before.Milliseconds()), after: uint32(r.After.Milliseconds()),
	}
	if r.ActiveLow {
		s.flags ^= rs485RTSOnSend | rs485RTSAfter
	}
	return s
}

// SetRS485 has the kernel switch the transmitter, now if the port is open and whenever it is opened again.
// The error wraps ErrNoRS485 when the port's driver cannot.
func (p *Port) SetRS485(r RS485) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rs485 = &r
	if p.file == nil {
		return nil
	}
	return p.switchRS485(p.file)
}

// switchRS485 applies the setting to an open port.
func (p *Port) switchRS485(file *os.File) error {
	if p.rs485 == nil {
		return nil
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return p.explain("set RS-485 mode of", err)
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		var s serialRS485
		if failed = rs485Control(fd, unix.TIOCGRS485, &s); failed == nil {
			s = p.rs485.settings(s)
			failed = rs485Control(fd, unix.TIOCSRS485, &s)
		}
	})
	if errors.Is(failed, syscall.ENOTTY) || errors.Is(failed, syscall.EINVAL) {
		return fmt.Errorf("cannot use %s: %w: %w", p.path, ErrNoRS485, failed)
	}
	return p.explain("set RS-485 mode of", errors.Join(err, failed))
}

func rs485Control(fd uintptr, request uintptr, s *serialRS485) error {
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, fd, request, uintptr(unsafe.Pointer(s))); errno != 0 {
		return errno
	}
	return nil
}
