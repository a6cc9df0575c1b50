package console

import (
	"io"
	"strings"
	"testing"
	"time"
)

// TestTabCompletes: a word that can only be one is completed, else as far as it is certain, and the choices
// are listed; nothing is completed while a secret is typed.
func TestTabCompletes(t *testing.T) {
	b := serve(t, &technician{secret: "4711"}, &machine{}, time.Hour)
	b.await("Staff number: ")
	b.types("70\t01\r")
	b.await("Secret: ")
	b.types("47\t11\r")
	b.await("A-1> ")
	for _, tt := range []struct{ typed, shows string }{
		{"ver\t\r", "1.2.3"},
		{"s\t", "status  slots  self-test  slot"},
		{"\x15test f\t\r", "1 faults."},
		{"config c\t\r", "The next start would fail"},
		{"help era\t\r", "erase-check REFERENCE"},
		{"slot 3 o\tbent\r", "Slot 3 is out of service."},
		{"x\t\r", "There is no command"},
	} {
		b.types(tt.typed)
		b.await(tt.shows)
	}
}

// TestEarlierLinesComeBack: arrows bring back commands, and never a secret.
func TestEarlierLinesComeBack(t *testing.T) {
	b := serve(t, &technician{secret: "4711"}, &machine{}, time.Hour)
	b.login()
	b.say("version")
	b.types("\x1b[A\r")
	if out := b.await("A-1> "); !strings.Contains(out, "1.2.3") {
		t.Errorf("the line before: %q", out)
	}
	for range 5 {
		b.types("\x1b[A")
	}
	b.types("\r")
	if b.await("A-1> "); strings.Contains(b.all.String(), "4711") {
		t.Error("a secret was brought back")
	}
}

// TestLineOfAMegabyte: a flood without an end of line is bounded, opens nothing, and the next line is understood.
func TestLineOfAMegabyte(t *testing.T) {
	tech := &technician{secret: "4711"}
	b := serve(t, tech, &machine{}, time.Hour)
	b.login()
	flooded := make(chan error, 1)
	go func() {
		_, err := io.WriteString(b.port, "open 3 "+strings.Repeat("because ", 1<<17))
		flooded <- err
	}()
	shown := make(chan int, 1)
	go func() { // a terminal that shows what it is sent
		n, chunk := 0, make([]byte, 4096)
		for {
			b.port.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
			m, err := b.port.Read(chunk)
			if n += m; err != nil && len(flooded) > 0 {
				shown <- n
				return
			}
		}
	}()
	n := <-shown
	if err := <-flooded; err != nil {
		t.Fatal(err)
	}
	b.types("\r")
	b.await("A-1> ")
	if out := b.say("version"); !strings.Contains(out, "1.2.3") {
		t.Errorf("after the flood: %q", out)
	}
	if tech.did("end"); strings.Contains(strings.Join(tech.done, "\n"), "opens") {
		t.Error("a line of a megabyte opened a door")
	}
	t.Logf("%d bytes were shown", n)
}

// TestGarbageOpensNothing sends what a wrong baud rate, a broken terminal and a flood look like.
func TestGarbageOpensNothing(t *testing.T) {
	tech := &technician{secret: "4711"}
	b := serve(t, tech, &machine{}, time.Hour)
	b.login()
	for _, garbage := range []string{"\xff\xfe\x80\xc3(\x00\x02", "\x1b[" + strings.Repeat("9", 300), "\x1bO\x1b[200~\x1b[5;5H", "\xe4\xb8"} {
		b.types(garbage + "\x05\x15") // to the line's end, and clears it
		if out := b.say("version"); !strings.Contains(out, "1.2.3") {
			t.Errorf("after %q the console says %q", garbage, out)
		}
	}
	go io.WriteString(b.port, "open 3 "+strings.Repeat("x", 900)+"\r")
	if out := b.await("A-1> "); !strings.Contains(out, "too long") {
		t.Errorf("an over-long line: %q", out)
	}
	for _, done := range tech.done {
		if strings.Contains(done, "opens") {
			t.Errorf("garbage opened a door: %s", done)
		}
	}
}

// FuzzFilter: whatever comes in, what goes out is whole characters, control keys and arrows, and a plain
// line behind it is understood.
func FuzzFilter(f *testing.F) {
	f.Add([]byte("status\r"))
	f.Add([]byte("\x1b[A\x1b[999999999"))
	f.Add([]byte("\xff\xe4\xb8\xad\xe4"))
	f.Fuzz(func(t *testing.T, in []byte) {
		var flt filter
		var out []byte
		for _, b := range in {
			out = append(out, flt.pass(b)...)
			if len(flt.held) > maxEscape {
				t.Fatalf("holds %q", flt.held)
			}
		}
		if strings.ToValidUTF8(string(out), "") != string(out) {
			t.Fatalf("passed a broken character: %q", out)
		}
		for _, part := range strings.Split(string(out), "\x1b")[1:] {
			if len(part) < 2 || part[0] != '[' || !strings.ContainsRune("ABCDHF", rune(part[1])) {
				t.Fatalf("passed an escape sequence that is no arrow: %q", out)
			}
		}
	})
}
