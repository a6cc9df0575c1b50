package uart

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"lockerd/drivers/hotplug"
)

// Serve opens the port at path and hands it to use, again and again: a port that is not there, or is gone, is
// tried twice a second. It returns when ctx ends. The port is closed when use returns and when ctx ends, which
// ends reads that are blocked. Change is told when the port comes (nil) and why it is not
// there, once each.
func Serve(ctx context.Context, path string, baud int, change func(error), use func(context.Context, *Port) error) error {
	return hotplug.Serve(ctx, ErrGone, change, func(ctx context.Context, ready func()) error {
		port, err := Open(path, baud)
		if err != nil {
			return err
		}
		ready()
		return lend(ctx, port, use)
	})
}

// lend runs use with the port, which it closes.
func lend(ctx context.Context, port *Port, use func(context.Context, *Port) error) error {
	stop := context.AfterFunc(ctx, func() { port.Close() })
	defer stop()
	defer port.Close()
	return use(ctx, port)
}

// Hold keeps the terminal at path open in raw mode, without taking it: a pseudo-terminal whose other side
// is served needs someone to hold it, or the server is told of a hang-up whenever its client leaves.
func Hold(path string) (*os.File, error) {
	held, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	port, err := Open(path, 57600) // sets raw mode, which stays while the terminal is held
	if err != nil {
		held.Close()
		return nil, err
	}
	if err := port.Close(); err != nil {
		held.Close()
		return nil, err
	}
	return held, nil
}

// speeds are those that Speed knows, in bits a second, by what the kernel calls them.
var speeds = map[uint32]int{
	unix.B9600: 9600, unix.B19200: 19200, unix.B38400: 38400, unix.B57600: 57600, unix.B115200: 115200,
}

// Speed returns the speed of a terminal in bits a second. A pseudo-terminal has one only in that its client
// set it, by which an emulator at its other side can tell whether the client would be understood.
func Speed(terminal *os.File) (int, error) {
	settings, err := termios(terminal)
	if err != nil {
		return 0, fmt.Errorf("cannot read the speed of %s: %w", terminal.Name(), err)
	}
	baud, known := speeds[settings.Cflag&unix.CBAUD]
	if !known {
		return 0, fmt.Errorf("cannot read the speed of %s: it is an unusual one", terminal.Name())
	}
	return baud, nil
}

// termios reads a terminal's settings. What is no terminal is ENOTTY.
func termios(file *os.File) (settings *unix.Termios, err error) {
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	var failed error
	err = raw.Control(func(fd uintptr) { settings, failed = unix.IoctlGetTermios(int(fd), unix.TCGETS) })
	return settings, errors.Join(err, failed)
}
