package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/creack/pty"

	"lockerd/drivers/fingerprint/fingerprinttest"
	"lockerd/drivers/uart"
)

// terminal is a pseudo-terminal in raw mode with a link to it. What is written to it is read by whoever
// opened the link, and the other way round. Closing it is the unplugging of a device.
type terminal struct {
	*os.File          // our side
	held     *os.File // the other side, held open so that a client that leaves is no hang-up
	link     string
}

// Baud is the speed, in bits a second, that whoever opened the link set last; 0 for one that no module has.
func (t *terminal) Baud() int {
	baud, err := uart.Speed(t.held)
	if err != nil {
		return 0
	}
	return baud
}

func openTerminal(link string) (*terminal, error) {
	ours, theirs, err := pty.Open()
	if err != nil {
		return nil, fmt.Errorf("cannot make a pseudo-terminal: %w", err)
	}
	theirs.Close()
	ours, err = pollable(ours)
	if err != nil {
		return nil, fmt.Errorf("cannot make a pseudo-terminal: %w", err)
	}
	held, err := uart.Hold(theirs.Name())
	if err == nil {
		err = relink(theirs.Name(), link)
	}
	if err != nil {
		ours.Close()
		return nil, fmt.Errorf("cannot make the terminal %s: %w", link, err)
	}
	return &terminal{File: ours, held: held, link: link}, nil
}

// pollable gives a file to Go's poller, so that closing it ends a read: package pty leaves it blocking.
func pollable(f *os.File) (*os.File, error) {
	defer f.Close()
	fd, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		return nil, err
	}
	syscall.CloseOnExec(fd)
	if err := syscall.SetNonblock(fd, true); err != nil {
		syscall.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// relink points a symbolic link at target. A link that is left from an earlier run is replaced; anything else
// is not.
func relink(target, link string) error {
	info, err := os.Lstat(link)
	switch {
	case err == nil && info.Mode()&fs.ModeSymlink == 0:
		return fmt.Errorf("%s is there and is no link", link)
	case err == nil:
		err = os.Remove(link)
	case errors.Is(err, fs.ErrNotExist):
		err = os.MkdirAll(filepath.Dir(link), 0o700)
	}
	if err != nil {
		return err
	}
	return os.Symlink(target, link)
}

// close hangs up and removes the link, unless it points elsewhere by now.
func (t *terminal) close() {
	if target, err := os.Readlink(t.link); err == nil && target == t.held.Name() {
		os.Remove(t.link)
	}
	t.held.Close()
	t.File.Close()
}

// nullModem joins two terminals: what is written to one is read from the other.
type nullModem struct {
	a, b *terminal
	once sync.Once
}

func openNullModem(a, b string) (*nullModem, error) {
	first, err := openTerminal(a)
	if err != nil {
		return nil, err
	}
	second, err := openTerminal(b)
	if err != nil {
		first.close()
		return nil, err
	}
	return &nullModem{a: first, b: second}, nil
}

// run passes bytes both ways until ctx ends.
func (n *nullModem) run(ctx context.Context) {
	stop := context.AfterFunc(ctx, n.close)
	defer stop()
	var ways sync.WaitGroup
	ways.Go(func() { io.Copy(n.a, n.b.File) })
	ways.Go(func() { io.Copy(n.b, n.a.File) })
	ways.Wait()
}

func (n *nullModem) close() {
	n.once.Do(func() { n.a.close(); n.b.close() })
}

// ServeModule serves an emulated fingerprint module alone, with an empty library and Ada's right finger laid
// on its glass and lifted by turns, until ctx ends. Any client of the family can open link from when ready is called.
func ServeModule(ctx context.Context, link string, model fingerprinttest.Model, pace bool, ready func()) error {
	line, err := openTerminal(link)
	if err != nil {
		return err
	}
	defer line.close()
	ready()
	module := fingerprinttest.New(fingerprinttest.Options{Model: model, Pace: pace})
	var touching sync.WaitGroup
	defer touching.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	touching.Go(func() { touchByTurns(ctx, module) })
	if err := module.Serve(ctx, line); err != nil && ctx.Err() == nil {
		return fmt.Errorf("cannot serve the module: %w", err)
	}
	return nil
}
