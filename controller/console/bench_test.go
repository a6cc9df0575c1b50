package console

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// bench is a console that is served on one end of a pipe.
type bench struct {
	t     *testing.T
	port  net.Conn
	tech  *technician
	all   strings.Builder
	ended chan error
}

func serve(t *testing.T, tech *technician, m *machine, idle time.Duration) *bench {
	t.Helper()
	ours, theirs := net.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	b := &bench{t: t, port: ours, tech: tech, ended: make(chan error, 1)}
	go func() {
		b.ended <- Serve(ctx, theirs, tech, Options{Machine: m, Records: records{}, Care: care{&m.rebooted}, Cabinet: "A-1", Idle: idle})
	}()
	t.Cleanup(func() { cancel(); ours.Close(); theirs.Close() })
	return b
}

// await reads until the text is shown and returns what was shown since the last call.
func (b *bench) await(text string) string {
	b.t.Helper()
	var since strings.Builder
	chunk := make([]byte, 1)
	for !strings.HasSuffix(since.String(), text) {
		if err := b.port.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			b.t.Fatal(err)
		}
		if _, err := b.port.Read(chunk); err != nil {
			b.t.Fatalf("waiting for %q: %v; shown: %q", text, err, since.String())
		}
		since.Write(chunk)
		b.all.Write(chunk)
	}
	return since.String()
}

func (b *bench) types(text string) {
	b.t.Helper()
	if _, err := io.WriteString(b.port, text); err != nil {
		b.t.Fatal(err)
	}
}

// say types a line at a prompt and returns what comes until the next prompt.
func (b *bench) say(line string) string {
	b.t.Helper()
	b.types(line + "\r")
	return b.await("A-1> ")
}

func (b *bench) login() {
	b.t.Helper()
	b.await("Staff number: ")
	b.types("7001\r")
	b.await("Secret: ")
	b.types(b.tech.secret + "\r")
	b.await("A-1> ")
}
