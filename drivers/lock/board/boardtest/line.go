// Package boardtest emulates lock boards at the wire: a pseudo-terminal whose other side is an RS-485 line
// with boards on it. What goes wrong on such lines can be switched on: answers that are late or lost, noise,
// two boards with one address, an adapter that hears itself.
//
// The boards are written from their makers' frames, without the driver's code.
package boardtest

import (
	"errors"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/creack/pty"
)

// Board is one emulated board.
type Board interface {
	// hear takes what the line carries and returns the frames that the board answers.
	hear(b []byte) [][]byte
}

// Faults are what is wrong with a line. The zero value is a good one.
type Faults struct {
	Deaf  bool          // the boards hear nothing
	Mute  bool          // they hear, and their answers are lost
	Delay time.Duration // before each answer
	Noise []byte        // before each answer
	Flip  bool          // a bit of each answer is wrong
	Echo  bool          // the adapter hears what it sends
}

// Line is an RS-485 line with boards.
type Line struct {
	far, near *os.File
	boards    []Board
	served    sync.WaitGroup

	mu     sync.Mutex
	faults Faults
	heard  int // bytes
}

// Open opens a line with boards. Path is where its near end is.
func Open(boards ...Board) (*Line, error) {
	blocking, near, err := pty.Open()
	if err != nil {
		return nil, err
	}
	far, err := unblock(blocking)
	if err != nil {
		return nil, errors.Join(err, near.Close())
	}
	l := &Line{far: far, near: near, boards: boards}
	l.served.Go(l.serve)
	return l, nil
}

// unblock puts a terminal into Go's poller, so that Close ends a read. The file that is given is closed.
func unblock(file *os.File) (*os.File, error) {
	defer file.Close()
	fd, err := syscall.Dup(int(file.Fd()))
	if err != nil {
		return nil, err
	}
	if err := syscall.SetNonblock(fd, true); err != nil {
		return nil, errors.Join(err, syscall.Close(fd))
	}
	return os.NewFile(uintptr(fd), file.Name()), nil
}

// Path is the serial port.
func (l *Line) Path() string { return l.near.Name() }

// Set makes the line as good or bad as that.
func (l *Line) Set(f Faults) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = f
}

// Heard is how many bytes were sent to the boards so far.
func (l *Line) Heard() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.heard
}

// Say puts bytes on the line that nobody asked for.
func (l *Line) Say(b []byte) { l.far.Write(b) }

// Close unplugs the line.
func (l *Line) Close() error {
	err := errors.Join(l.far.Close(), l.near.Close())
	l.served.Wait()
	return err
}

// serve hands what is sent to every board, and their answers back.
func (l *Line) serve() {
	var b [256]byte
	for {
		n, err := l.far.Read(b[:])
		if errors.Is(err, syscall.EIO) {
			time.Sleep(time.Millisecond) // nobody has the port open
			continue
		}
		if err != nil {
			return
		}
		l.mu.Lock()
		l.heard += n
		f := l.faults
		l.mu.Unlock()
		if f.Echo {
			l.far.Write(b[:n])
		}
		if !f.Deaf {
			l.answer(f, l.ask(b[:n]))
		}
	}
}

// ask lets every board hear.
func (l *Line) ask(b []byte) [][]byte {
	var all [][]byte
	for _, board := range l.boards {
		all = append(all, board.hear(b)...)
	}
	return all
}

// answer sends what the boards say. Two that talk at once pull the line's bits together.
func (l *Line) answer(f Faults, frames [][]byte) {
	if len(frames) == 0 || f.Mute {
		return
	}
	mixed := append([]byte(nil), frames[0]...)
	for _, other := range frames[1:] {
		for i := range min(len(mixed), len(other)) {
			mixed[i] = other[i] ^ (mixed[i]<<1 | mixed[i]>>7) // never at the same bit at the same time
		}
	}
	if f.Flip {
		mixed[len(mixed)-1] ^= 4
	}
	time.Sleep(f.Delay)
	l.far.Write(append(append([]byte(nil), f.Noise...), mixed...))
}
