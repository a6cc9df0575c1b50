// Package uart opens serial ports: UARTs, USB adapters, the USB gadget's console and pseudo-terminals.
//
// go.bug.st/serial finds and sets the line's speed and raw mode. Reading and writing go through a second
// descriptor in Go's poller, because that package's read returns (0, nil) at its timeout, which io.ReadFull
// asks again for ever, and because its write knows no deadline. So a Port is like a net.Conn: deadlines are
// real, Close ends what is blocked, and nothing spins.
//
// A port is taken with flock: TIOCEXCL, which serial sets, does not keep root out.
package uart

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"syscall"
	"time"

	"go.bug.st/serial"
)

// What can be wrong with a port.
var (
	// ErrGone says that the port is not there: never plugged in, or unplugged since.
	ErrGone = errors.New("serial port is gone")
	// ErrBusy says that another program has the port open.
	ErrBusy = errors.New("serial port is in use by another program")
	// ErrNotSerial says that the path names a device that is no serial port.
	ErrNotSerial = errors.New("device is no serial port")
)

// Port is an open serial port, 8N1, raw. Reads and writes may run at the same time, in two goroutines.
// Errors wrap ErrGone when the port was unplugged, os.ErrDeadlineExceeded when a deadline passed, and
// os.ErrClosed after Close.
type Port struct {
	path string

	mu     sync.Mutex
	baud   int
	rs485  *RS485      // nil where the kernel does not switch the transmitter
	file   *os.File    // nil while the port is gone
	line   serial.Port // nil while the port is gone
	closed bool
}

// Open opens the port at path, for example /dev/serial/by-path/…, with so many bits a second.
func Open(path string, baud int) (*Port, error) {
	p := &Port{path: path, baud: baud}
	if err := p.open(); err != nil {
		return nil, err
	}
	return p, nil
}

// New returns the port at path without opening it: reads and writes say ErrGone until Reopen succeeds.
func New(path string, baud int) *Port { return &Port{path: path, baud: baud} }

// open opens both descriptors. The one with the lock comes first, because TIOCEXCL keeps later ones out.
func (p *Port) open() error {
	file, err := os.OpenFile(p.path, os.O_RDWR|syscall.O_NOCTTY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return p.explain("open", err)
	}
	if err := lock(file); err != nil {
		file.Close()
		return fmt.Errorf("cannot open %s: %w", p.path, err)
	}
	if _, err := termios(file); err != nil {
		file.Close()
		return p.explain("open", err)
	}
	line, err := serial.Open(p.path, &serial.Mode{BaudRate: p.baud, DataBits: 8})
	if err != nil {
		file.Close()
		return p.explain("open", err)
	}
	if err := p.switchRS485(file); err != nil {
		return errors.Join(err, line.Close(), file.Close())
	}
	p.file, p.line = file, line
	return nil
}

// lock takes the port for this program.
func lock(file *os.File) error {
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var flockErr error
	err = raw.Control(func(fd uintptr) { flockErr = syscall.Flock(int(fd), syscall.LOCK_EX|syscall.LOCK_NB) })
	if errors.Is(flockErr, syscall.EWOULDBLOCK) {
		return ErrBusy
	}
	return errors.Join(err, flockErr)
}

// Path returns the path that the port is opened by.
func (p *Port) Path() string { return p.path }

// Read reads what there is, at least one byte, and waits for it until the read deadline.
func (p *Port) Read(b []byte) (int, error) {
	file, err := p.handle()
	if err != nil {
		return 0, err
	}
	n, err := file.Read(b)
	if n == 0 && err == nil && len(b) > 0 {
		err = io.EOF
	}
	return n, p.explain("read", err)
}

// Write writes all of b, or as much as goes out until the write deadline.
func (p *Port) Write(b []byte) (int, error) {
	file, err := p.handle()
	if err != nil {
		return 0, err
	}
	n, err := file.Write(b)
	return n, p.explain("write", err)
}

func (p *Port) handle() (*os.File, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return nil, fmt.Errorf("cannot use %s: %w", p.path, os.ErrClosed)
	case p.file == nil:
		return nil, fmt.Errorf("cannot use %s: %w", p.path, ErrGone)
	}
	return p.file, nil
}

// SetDeadline sets when reads and writes that are blocked, or come later, end. The zero time is never.
func (p *Port) SetDeadline(t time.Time) error {
	return p.withFile(func(f *os.File) error { return f.SetDeadline(t) })
}

// SetReadDeadline sets the deadline of reads alone.
func (p *Port) SetReadDeadline(t time.Time) error {
	return p.withFile(func(f *os.File) error { return f.SetReadDeadline(t) })
}

// SetWriteDeadline sets the deadline of writes alone.
func (p *Port) SetWriteDeadline(t time.Time) error {
	return p.withFile(func(f *os.File) error { return f.SetWriteDeadline(t) })
}

func (p *Port) withFile(do func(*os.File) error) error {
	file, err := p.handle()
	if err != nil {
		return err
	}
	return p.explain("set a deadline of", do(file))
}

// SetBaud changes the speed of the open port, in bits a second, and throws away what arrived at the old one.
func (p *Port) SetBaud(baud int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.line == nil {
		return fmt.Errorf("cannot use %s: %w", p.path, ErrGone)
	}
	if err := p.line.SetMode(&serial.Mode{BaudRate: baud, DataBits: 8}); err != nil {
		return p.explain("set the speed of", err)
	}
	p.baud = baud
	return p.explain("set the speed of", p.line.ResetInputBuffer())
}

// Reopen opens the port again after it was gone. The dead handle is closed first: while it is open, a USB
// adapter comes back under another name.
func (p *Port) Reopen() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return fmt.Errorf("cannot open %s: %w", p.path, os.ErrClosed)
	}
	p.release()
	return p.open()
}

// Close closes the port and ends what is blocked on it. Closing twice does nothing.
func (p *Port) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	return p.release()
}

func (p *Port) release() error {
	if p.file == nil {
		return nil
	}
	err := errors.Join(p.line.Close(), p.file.Close())
	p.file, p.line = nil, nil
	return err
}

// explain adds what was tried and the sentinel that the error stands for.
func (p *Port) explain(what string, err error) error {
	var port *serial.PortError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &port) && port.Code() == serial.PortBusy, errors.Is(err, syscall.EBUSY):
		return fmt.Errorf("cannot %s %s: %w", what, p.path, ErrBusy)
	case unplugged(err), errors.As(err, &port) && (port.Code() == serial.PortNotFound || port.Code() == serial.PortClosed):
		return fmt.Errorf("cannot %s %s: %w: %w", what, p.path, ErrGone, err)
	case errors.Is(err, syscall.ENOTTY):
		return fmt.Errorf("cannot %s %s: %w: %w", what, p.path, ErrNotSerial, err)
	}
	return fmt.Errorf("cannot %s %s: %w", what, p.path, err)
}

// unplugged tells whether an error is one that a device gives which is no longer there. A terminal that
// hangs up reads as the end of the file.
func unplugged(err error) bool {
	for _, sign := range []error{io.EOF, fs.ErrNotExist, syscall.EIO, syscall.ENODEV, syscall.ENXIO, syscall.EPIPE} {
		if errors.Is(err, sign) {
			return true
		}
	}
	return false
}
