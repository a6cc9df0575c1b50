package console

import (
	"context"
	"errors"
	"flag"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/matcher"
	"lockerd/matcher/passcode"
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

var update = flag.Bool("update", false, "write the transcript anew")

// TestTranscript plays one technician's visit and compares all that the terminal showed with the golden file.
func TestTranscript(t *testing.T) {
	tech := &technician{secret: "4711", oneTime: true}
	b := serve(t, tech, &machine{}, time.Hour)
	for _, step := range []struct{ prompt, line string }{
		{"Staff number: ", "7001"}, {"Secret: ", "0000"}, // wrong
		{"Staff number: ", "8001"}, {"Secret: ", "123456"}, // a courier
		{"Staff number: ", "7001"}, {"Secret: ", "4711"},
		{"New secret: ", "4711"}, {"New secret: ", "abcdef"}, {"New secret: ", "111111"}, {"Again: ", "111111"},
		{"New secret: ", "299792"}, {"Again: ", "299793"}, {"New secret: ", "299792"}, {"Again: ", "299792"},
		{"A-1> ", "help"}, {"A-1> ", "help open"}, {"A-1> ", "status"}, {"A-1> ", "status -json"}, {"A-1> ", "doors"}, {"A-1> ", "slots"},
		{"A-1> ", "open 3 hinge is loose"}, {"A-1> ", "open 3"}, {"A-1> ", "open three because"}, {"A-1> ", "open 4 jammed"}, {"A-1> ", "open 99 look"},
		{"A-1> ", "test finger"}, {"A-1> ", "test lock 3"}, {"A-1> ", "test lock x"}, {"A-1> ", "test brain"}, {"A-1> ", "self-test"}, {"A-1> ", "self-test -json"},
		{"A-1> ", "self-test -pulse"}, {"go on: ", "no"}, {"A-1> ", "test lock -pulse"}, {"go on: ", "yes"},
		{"A-1> ", "slot 3 out latch is bent"}, {"A-1> ", "slot 3 in"}, {"A-1> ", "slot 3 out"}, {"A-1> ", "slot 3 away"},
		{"A-1> ", "log -n 1"}, {"A-1> ", "log"}, {"A-1> ", "log -n 0"}, {"A-1> ", "log -x"}, {"A-1> ", "people count"}, {"A-1> ", "people list"},
		{"A-1> ", "net"}, {"A-1> ", "time"}, {"A-1> ", "config show"}, {"A-1> ", "config check"}, {"A-1> ", "config"}, {"A-1> ", "version"},
		{"A-1> ", "events"}, {"A-1> ", "erase-check r-7"}, {"A-1> ", "erase-check r-8"}, {"A-1> ", "erase-check r-9"}, {"A-1> ", "erase-check"},
		{"A-1> ", "key"}, {"A-1> ", "export"}, {"A-1> ", "export -print"}, {"A-1> ", "shutdown"}, {"A-1> ", "reboot now"}, {"A-1> ", "reboot"}, {"go on: ", "no"},
		{"A-1> ", "passwd"}, {"Secret now: ", "299792"}, {"New secret: ", "314159"}, {"Again: ", "314159"}, {"A-1> ", "logout"},
	} {
		b.await(step.prompt)
		b.types(step.line + "\r")
	}
	b.await("Staff number: ")
	got := strings.ReplaceAll(b.all.String(), "\r\n", "\n")
	for _, secret := range []string{"4711", "299792", "299793", "314159", "123456", "SEALED", "\x1b[2J is"} {
		if strings.Contains(got, secret) {
			t.Errorf("the terminal showed %q", secret)
		}
	}
	const golden = "testdata/visit.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the transcript differs from %s; run with -update and read the difference\n%s", golden, got)
	}
	checkDone(t, tech.done)
}

// checkDone looks at what the visit asked the cabinet for.
func checkDone(t *testing.T, done []string) {
	t.Helper()
	all := strings.Join(done, "\n")
	for _, want := range []string{"secret of 7001 changed", "audit 7001: open 3 hinge is loose\n7001 opens 3: hinge is loose",
		"7001 sets 3 out=true: latch is bent", "7001 sets 3 out=false: ", "audit 7001: passwd\n"} {
		if !strings.Contains(all, want) {
			t.Errorf("the cabinet was not asked: %s", want)
		}
	}
	if strings.Contains(all, "299792") || strings.Contains(all, "314159") || strings.Contains(all, "away") && strings.Contains(all, "sets 3 away") {
		t.Errorf("a secret reached the journal, or a refused command was carried out:\n%s", all)
	}
}

// TestSecretBehindACommand: what is typed behind a command that takes nothing is refused, and reaches no journal.
func TestSecretBehindACommand(t *testing.T) {
	tech := &technician{secret: "4711"}
	b := serve(t, tech, &machine{}, time.Hour)
	b.login()
	if out := b.say("passwd 314159"); !strings.Contains(out, "Nothing goes behind that command") {
		t.Errorf("a secret behind passwd: %q", out)
	}
	tech.did("end")
	if all := strings.Join(tech.done, "\n"); strings.Contains(all, "314159") || !strings.Contains(all, "audit 7001: passwd\n") {
		t.Errorf("the journal has %q", all)
	}
}

// TestSecretFault: of the secrets that the console takes, none is too short or too long to be enrolled.
func TestSecretFault(t *testing.T) {
	for digits := 1; digits <= 20; digits++ {
		secret := "31415926535897932384"[:digits]
		sample := matcher.Sample{Kind: matcher.Passcode, Bytes: []byte(secret)}
		_, err := passcode.Matcher{}.Enrol([]matcher.Sample{sample, sample})
		if fault := secretFault(secret, ""); (fault == "") != (err == nil) {
			t.Errorf("%d digits: the console says %q, enrolling them %v", digits, fault, err)
		}
	}
	if secretFault("31415x", "") == "" || secretFault("314159", "314159") == "" {
		t.Error("letters, or the secret before, are taken")
	}
}

func TestPulseOnlyWhenAskedTwice(t *testing.T) {
	m := &machine{}
	b := serve(t, &technician{secret: "4711"}, m, time.Hour)
	b.login()
	b.say("self-test")
	b.types("self-test -pulse\r")
	b.await("go on: ")
	if out := b.say("y"); !strings.Contains(out, "Nothing was done") || m.pulsed {
		t.Errorf("pulsed without a plain yes: %q", out)
	}
	b.types("self-test -pulse\r")
	b.await("go on: ")
	if b.say("yes"); !m.pulsed {
		t.Error("not pulsed although asked and confirmed")
	}
}

func TestRebootOnlyWhenSure(t *testing.T) {
	m := &machine{}
	b := serve(t, &technician{secret: "4711"}, m, time.Hour)
	b.login()
	b.types("reboot\r")
	if b.await("go on: "); m.rebooted {
		t.Error("rebooted before the answer")
	}
	if out := b.say("y"); !strings.Contains(out, "Nothing was done") || m.rebooted {
		t.Errorf("rebooted without a plain yes: %q", out)
	}
	b.types("reboot\r")
	b.await("go on: ")
	b.types("yes\r")
	if b.await("Staff number: "); !m.rebooted {
		t.Error("not rebooted although asked and confirmed")
	}
}

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

func TestTheGuardsWaitIsTold(t *testing.T) {
	b := serve(t, &technician{secret: "4711", wait: 28*time.Second + 300*time.Millisecond}, &machine{}, time.Hour)
	b.await("Staff number: ")
	b.types("7001\r")
	b.await("Secret: ")
	b.types("4711\r")
	b.await("Too many tries. Wait 29 s.\r\n")
}

func TestNoJournalNoCommand(t *testing.T) {
	tech := &technician{secret: "4711", noAudit: true}
	b := serve(t, tech, &machine{}, time.Hour)
	b.login()
	if out := b.say("open 3 hinge"); !strings.Contains(out, "journal cannot be written") || len(tech.done) > 0 {
		t.Errorf("carried out without a journal line: %q, %v", out, tech.done)
	}
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

func (p hungPort) Read([]byte) (int, error)  { <-p.end; return 0, io.EOF }
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

func TestFollowStopsAtAKey(t *testing.T) {
	b := serve(t, &technician{secret: "4711"}, &machine{}, time.Hour)
	b.login()
	b.types("log -f\r")
	b.await("Press a key to stop.\r\n")
	b.types("q")
	b.await("A-1> ")
	if out := b.say("version"); !strings.Contains(out, "1.2.3") {
		t.Errorf("after following: %q", out)
	}
}

func TestEveryCommandHasHelp(t *testing.T) {
	for _, c := range commands() {
		if len(c.help) < 20 || c.about == "" || c.run == nil {
			t.Errorf("%s is not explained", c.name)
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
