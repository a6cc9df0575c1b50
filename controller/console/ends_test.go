package console

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestIdleLogsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- Serve(ctx, theirs, &technician{secret: "4711"}, Options{Machine: &machine{}, Records: records{}, Cabinet: "A-1", Idle: time.Minute})
		}()
		b := &bench{t: t, port: ours, tech: &technician{secret: "4711"}}
		b.await("Staff number: ")
		if err := ours.SetReadDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour) // the greeting alone is never left
		b.types("7001\r")
		b.await("Secret: ")
		b.types("4711\r")
		b.await("A-1> ")
		begun := time.Now()
		if err := ours.SetReadDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		var shown strings.Builder
		chunk := make([]byte, 1)
		for !strings.HasSuffix(shown.String(), "Staff number: ") {
			if _, err := ours.Read(chunk); err != nil {
				t.Fatal(err)
			}
			shown.Write(chunk)
		}
		if !strings.Contains(shown.String(), "Logged out: nobody typed for 1m0s.") || time.Since(begun) != time.Minute {
			t.Errorf("after %v: %q", time.Since(begun), shown.String())
		}
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Serve returned %v", err)
		}
		ours.Close()
		theirs.Close()
	})
}

// hungPort takes no bytes and gives none.
type hungPort struct{ end chan struct{} }

func (p hungPort) Read([]byte) (int, error) { <-p.end; return 0, io.EOF }

func (p hungPort) Write([]byte) (int, error) { <-p.end; return 0, io.EOF }

func TestHungPortEndsServe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		port := hungPort{make(chan struct{})}
		begun := time.Now()
		err := Serve(t.Context(), port, &technician{}, Options{Machine: &machine{}, Records: records{}})
		if !errors.Is(err, errHung) || time.Since(begun) != 10*time.Second {
			t.Errorf("after %v: %v", time.Since(begun), err)
		}
		close(port.end)
	})
}

func TestClosedPortEndsServe(t *testing.T) {
	b := serve(t, &technician{secret: "4711"}, &machine{}, time.Hour)
	b.login()
	b.port.Close()
	if err := <-b.ended; !errors.Is(err, io.EOF) {
		t.Errorf("Serve returned %v", err)
	}
}

func TestCtrlDLeaves(t *testing.T) {
	b := serve(t, &technician{secret: "4711"}, &machine{}, time.Hour)
	b.login()
	b.types("\x04")
	b.await("Staff number: ")
}
