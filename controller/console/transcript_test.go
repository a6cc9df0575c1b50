package console

import (
	"flag"
	"os"
	"strings"
	"testing"
	"time"
)

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
		{"A-1> ", "test finger"}, {"A-1> ", "test lock 3"}, {"A-1> ", "test door 2"}, {"A-1> ", "test lock x"}, {"A-1> ", "test brain"}, {"A-1> ", "self-test"}, {"A-1> ", "self-test -json"},
		{"A-1> ", "self-test -pulse"}, {"go on: ", "no"}, {"A-1> ", "test lock -pulse"}, {"go on: ", "yes"},
		{"A-1> ", "slot 3 out latch is bent"}, {"A-1> ", "slot 3 IN"}, {"A-1> ", "slot 2 in"}, {"is empty: ", "no"}, {"A-1> ", "slot 2 in"}, {"is empty: ", "yes"},
		{"A-1> ", "slot 3 out"}, {"A-1> ", "slot 3 away"},
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
		`7001 sets 3 out="latch is bent", looked=false`, `7001 sets 3 out="", looked=false`, `7001 sets 2 out="", looked=true`, "audit 7001: passwd\n"} {
		if !strings.Contains(all, want) {
			t.Errorf("the cabinet was not asked: %s", want)
		}
	}
	if strings.Contains(all, "299792") || strings.Contains(all, "314159") || strings.Contains(all, "away") && strings.Contains(all, "sets 3 away") {
		t.Errorf("a secret reached the journal, or a refused command was carried out:\n%s", all)
	}
}
