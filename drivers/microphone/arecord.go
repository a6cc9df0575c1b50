package microphone

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
)

// Arecord records from an ALSA device, for example "default" or "plughw:CARD=Mic", by running arecord in a
// process group of its own, which is killed when the stream is closed or ctx ends. Environment, "NAME=value", stands
// above this program's.
func Arecord(device string, environment ...string) Source {
	return program("arecord", device, environment...)
}

// program runs a program that understands arecord's flags.
func program(name, device string, environment ...string) Source {
	return func(ctx context.Context) (io.ReadCloser, error) {
		path, err := exec.LookPath(name)
		if err != nil {
			return nil, fmt.Errorf("%w (%w)", ErrNoProgram, err)
		}
		command := exec.CommandContext(ctx, path, "-q", "-t", "raw", "-f", "S16_LE", "-r", fmt.Sprint(Rate), "-c", "1", "-D", device)
		if len(environment) > 0 {
			command.Env = append(os.Environ(), environment...)
		}
		return start(command)
	}
}

// recording is a running arecord.
type recording struct {
	io.Reader
	command *exec.Cmd
	said    *lines
	once    sync.Once
	err     error
}

func start(command *exec.Cmd) (*recording, error) {
	r := &recording{command: command, said: &lines{}}
	command.Stderr = r.said
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	command.Cancel = r.kill
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	r.Reader = out
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoProgram, err)
	}
	return r, nil
}

// kill ends the whole process group.
func (r *recording) kill() error { return syscall.Kill(-r.command.Process.Pid, syscall.SIGKILL) }

// Close ends the recording and waits for the program. It returns what the program complained of before.
func (r *recording) Close() error {
	r.once.Do(func() {
		r.kill()
		r.command.Wait() // its error is our own signal, or what it said
		r.err = complaint(r.said.String())
	})
	return r.err
}

// complaint turns what arecord says into an error; nil where it says nothing.
func complaint(said string) error {
	said = strings.TrimSpace(said)
	if said == "" {
		return nil
	}
	first, _, _ := strings.Cut(said, "\n")
	cause := errors.New(first)
	switch {
	case strings.Contains(said, "busy"):
		return fmt.Errorf("%w: %w", ErrBusy, cause)
	case strings.Contains(said, "read error"):
		return fmt.Errorf("%w: unplugged: %w", ErrGone, cause)
	}
	return fmt.Errorf("%w: %w", ErrGone, cause)
}

// lines keeps the first 4 KiB of what a program says.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf.Write(b[:min(len(b), 4096-min(l.buf.Len(), 4096))])
	return len(b), nil
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
