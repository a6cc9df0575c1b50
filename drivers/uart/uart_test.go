package uart_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creack/pty"

	"lockerd/drivers/uart"
)

// device makes a pseudo-terminal; its name is the port.
func device(t *testing.T) (other *os.File, path string) {
	t.Helper()
	other, port, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer port.Close()
	t.Cleanup(func() { other.Close() })
	return other, port.Name()
}

func TestReadWriteAndDeadline(t *testing.T) {
	other, path := device(t)
	port, err := uart.Open(path, 57600)
	if err != nil {
		t.Fatal(err)
	}
	defer port.Close()
	raw := []byte{0xEF, 0x01, '\r', '\n', 0x03, 0x04, 0x11, 0x13, 0xFF}
	if _, err := other.Write(raw); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(raw))
	port.SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, err := io.ReadFull(port, got); err != nil || string(got) != string(raw) {
		t.Fatalf("read %x, %v", got, err)
	}
	port.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	if _, err := io.ReadFull(port, got); !errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, uart.ErrGone) {
		t.Errorf("silence is %v", err)
	}
	if _, err := port.Write(raw); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(other, got); err != nil || string(got) != string(raw) {
		t.Errorf("wrote %x, %v", got, err)
	}
}

func TestBusy(t *testing.T) {
	_, path := device(t)
	port, err := uart.Open(path, 9600)
	if err != nil {
		t.Fatal(err)
	}
	defer port.Close()
	if _, err := uart.Open(path, 9600); !errors.Is(err, uart.ErrBusy) {
		t.Errorf("second open: %v", err)
	}
}

func TestUnplugIsNotClose(t *testing.T) {
	for name, test := range map[string]struct {
		end  func(*uart.Port, *os.File)
		want error
	}{
		"unplugged": {func(_ *uart.Port, other *os.File) { other.Close() }, uart.ErrGone},
		"closed":    {func(p *uart.Port, _ *os.File) { p.Close() }, os.ErrClosed},
	} {
		t.Run(name, func(t *testing.T) {
			other, path := device(t)
			port, err := uart.Open(path, 57600)
			if err != nil {
				t.Fatal(err)
			}
			defer port.Close()
			ended := make(chan error)
			go func() { _, err := port.Read(make([]byte, 1)); ended <- err }()
			test.end(port, other)
			if err := <-ended; !errors.Is(err, test.want) {
				t.Errorf("read ends with %v, want %v", err, test.want)
			}
		})
	}
}

// A path that names another device, such as a keypad's, is told apart from a port that is gone.
func TestOtherDevice(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/dev/null", file} {
		if _, err := uart.Open(path, 9600); !errors.Is(err, uart.ErrNotSerial) || errors.Is(err, uart.ErrGone) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestNotThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "port")
	if _, err := uart.Open(path, 9600); !errors.Is(err, uart.ErrGone) {
		t.Errorf("open: %v", err)
	}
	port := uart.New(path, 9600)
	if _, err := port.Read(make([]byte, 1)); !errors.Is(err, uart.ErrGone) {
		t.Errorf("read: %v", err)
	}
	_, terminal := device(t)
	if err := os.Symlink(terminal, path); err != nil {
		t.Fatal(err)
	}
	if err := port.Reopen(); err != nil {
		t.Errorf("plugged in: %v", err)
	}
	port.Close()
	if err := port.Reopen(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("reopened after Close: %v", err)
	}
}

// A port that is not there is told once, not at every try.
func TestServeTellsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		var told []error
		err := uart.Serve(ctx, filepath.Join(t.TempDir(), "port"), 9600, func(err error) { told = append(told, err) }, nil)
		if len(told) != 1 || !errors.Is(told[0], uart.ErrGone) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("told %v, ended with %v", told, err)
		}
	})
}

func TestServeComesBack(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "port")
	other, path := device(t)
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	uses := 0
	var pulled time.Time
	err := uart.Serve(ctx, link, 9600, func(error) {}, func(ctx context.Context, p *uart.Port) error {
		if uses++; uses == 2 {
			t.Logf("back %v after it was plugged in", time.Since(pulled).Round(time.Millisecond))
			cancel()
			return nil
		}
		_, next := device(t)
		os.Remove(link)
		if err := os.Symlink(next, link); err != nil {
			t.Error(err)
		}
		pulled = time.Now()
		other.Close()
		_, err := p.Read(make([]byte, 1))
		t.Logf("seen %v after it was unplugged", time.Since(pulled).Round(time.Microsecond))
		return err
	})
	if uses != 2 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d uses, %v", uses, err)
	}
}
