package main

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestTechniciansDocument plays, line by line, every visit that docs/technician.md shows, against the console of
// a cabinet, and holds what the terminal showed against the document. A line of "⋮" there stands for lines that
// are left out; clocks, durations, fingerprints of keys and folders may differ.
func TestTechniciansDocument(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../../docs/technician.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := transcripts(string(document))
	if len(blocks) < 10 {
		t.Fatalf("the document shows %d transcripts, which is too few to be true", len(blocks))
	}
	r := visited(t)
	console, err := r.terminal()
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range blocks {
		if strings.Contains(block, "> commission\n") {
			continue // TestCommissionInTheDocument plays it on a cabinet whose cables are crossed
		}
		play(t, r, console, block)
	}
	if t.Failed() {
		t.Logf("the terminal showed:\n%s", console.text())
	}
}

// TestCommissionInTheDocument plays the one visit that needs crossed cables.
func TestCommissionInTheDocument(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../../docs/technician.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := transcripts(string(document))
	at := slices.IndexFunc(blocks, func(b string) bool { return strings.Contains(b, "> commission\n") })
	if at < 0 {
		t.Fatal("the document shows no commissioning")
	}
	wiring := t.TempDir() + "/wiring.yaml"
	text := "slots:\n- {number: 1, size: small, relay: \"2\", switch: \"2\"}\n- {number: 2, size: small, relay: \"1\", switch: \"1\"}\n"
	if err := os.WriteFile(wiring, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRig(t, "wiring="+wiring)
	if err := r.on(); err != nil {
		t.Fatal(err)
	}
	if err := r.technician(false); err != nil {
		t.Fatal(err)
	}
	console, err := r.terminal()
	if err != nil {
		t.Fatal(err)
	}
	for _, answer := range [][2]string{{"Staff number: ", technicianNumber}, {"Secret: ", technicianSecret}} {
		if err := console.types(answer[0], answer[1]); err != nil {
			t.Fatal(err)
		}
	}
	if !settled(console) {
		t.Fatal("nobody is signed in")
	}
	console.seen = strings.LastIndex(console.text(), "\n") + 1
	play(t, r, console, blocks[at])
}

// visited is a cabinet as the document's technician finds it: a parcel for Ada, a bent latch, a door that is open.
func visited(t *testing.T) *rig {
	t.Helper()
	s := &story{rig: newRig(t), newest: map[string]string{}}
	if err := s.take("given ada"); err != nil {
		t.Fatal(err)
	}
	for _, step := range []func() error{
		func() error { return s.expect("P-1001", "ada") }, s.courierSignsIn, func() error { return s.dropOff("P-1001", 1) },
		func() error { return s.technician(true) },
		func() error {
			return s.d.controller.SetService(technicianNumber, 3, "latch is bent", false)
		},
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	return s.rig
}

// transcripts are the document's blocks of code that hold a prompt.
func transcripts(document string) []string {
	var blocks []string
	var block strings.Builder
	for line := range strings.Lines(document + "\n\nend\n") {
		code, ok := strings.CutPrefix(line, "    ")
		if ok {
			block.WriteString(code)
			continue
		}
		if text := block.String(); strings.Contains(text, "Sandbox> ") || strings.Contains(text, "Staff number: ") {
			blocks = append(blocks, text)
		}
		block.Reset()
	}
	return blocks
}

// prompt is where a technician types: a line of the document begins with it, and what is typed follows.
var prompt = regexp.MustCompile(`^(Sandbox> |Staff number: |Secret: ?|New secret: ?|Again: ?|Secret now: ?|.*[Tt]ype yes [^:]*: ?|.*or stop: ?|.*or none: ?|.*press Enter\. ?|.*lock hum\? ?)(.*)$`)

// secrets are what is typed where nothing is shown, in order.
var secrets = map[string][]string{
	"Secret:": {technicianSecret}, "New secret:": {"299792"}, "Again:": {"299792"},
}

// play types what a transcript shows as typed, and compares what the terminal shows.
func play(t *testing.T, r *rig, console *terminal, block string) {
	t.Helper()
	from := console.seen
	lines := strings.Split(strings.TrimRight(block, "\n"), "\n")
	for _, line := range lines {
		found := prompt.FindStringSubmatch(line)
		if found == nil {
			continue
		}
		question, typed := strings.TrimRight(found[1], " "), found[2]
		if hidden := secrets[question]; typed == "" && hidden != nil {
			typed = hidden[0]
		}
		if err := console.await(question); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if door, ok := strings.CutPrefix(question, "Shut door "); ok {
			if err := r.say("door " + door[:1] + " shut"); err != nil {
				t.Fatal(err)
			}
		}
		if err := console.types("", typed); err != nil {
			t.Fatal(err)
		}
		if number, ok := strings.CutPrefix(typed, "open "); ok && number[0] != '9' { // the door is shut again later
			if err := console.await("Please shut it"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !settled(console) {
		t.Fatalf("no prompt comes after\n%s", block)
	}
	all := console.text()
	console.seen = strings.LastIndex(all, "\n") + 1 // the next transcript begins with this prompt
	shown := strings.Split(strings.Trim(all[from:console.seen], "\n"), "\n")
	if at := matches(lines, shown); at != "" {
		t.Errorf("the document's\n%s\nis not what the terminal showed, from %q on:\n%s", block, at, strings.Join(shown, "\n"))
	}
}

// settled waits for the prompt behind the last answer, without taking it for awaited.
func settled(console *terminal) bool {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if rest := console.text()[console.seen:]; strings.HasSuffix(rest, "Sandbox> ") || strings.HasSuffix(rest, "Staff number: ") {
			return true
		}
	}
	return false
}

// matches holds what was shown against the document and returns the first line there that does not fit.
func matches(want, shown []string) string {
	for i, line := range want {
		if line == "⋮" {
			for skip := range len(shown) + 1 {
				if matches(want[i+1:], shown[skip:]) == "" {
					return ""
				}
			}
			return line
		}
		if len(shown) == 0 || alike(line) != alike(shown[0]) {
			return line
		}
		shown = shown[1:]
	}
	if len(shown) > 0 {
		return "its end"
	}
	return ""
}

var varying = []struct {
	what *regexp.Regexp
	name string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d( UTC|Z)?`), "CLOCK"}, {regexp.MustCompile(`\d\d-\d\d \d\d:\d\d:\d\d`), "CLOCK"},
	{regexp.MustCompile(`(\d+h)?(\d+m)?\d+(\.\d+)?s$`), "DURATION"}, {regexp.MustCompile(`([0-9a-f]{4} ){15}[0-9a-f]{4}`), "KEY"},
	{regexp.MustCompile(`/\S*/`), ""}, {regexp.MustCompile(`^\d+ +CLOCK`), "LINE CLOCK"}, {regexp.MustCompile(`journal +line \d+`), "journal line N"},
	{regexp.MustCompile(` +`), " "},
}

// alike is a line without what differs from visit to visit.
func alike(line string) string {
	for _, v := range varying {
		line = v.what.ReplaceAllString(line, v.name)
	}
	return strings.TrimSpace(line)
}

// A transcript that differs is found, and one that leaves lines out where it says so is not.
func TestMatches(t *testing.T) {
	shown := []string{"a  1", "b", "c", "2026-01-02 03:04:05 UTC"}
	for _, tt := range []struct {
		want string
		at   string
	}{
		{"a 1|b|c|2025-12-31 23:59:59 UTC", ""}, {"a 1|⋮|2025-12-31 23:59:59 UTC", ""}, {"⋮", ""}, {"a 1|⋮|c|⋮", ""},
		{"a 2|b|c|x", "a 2"}, {"a 1|b", "its end"}, {"a 1|⋮|d", "⋮"},
	} {
		if at := matches(strings.Split(tt.want, "|"), shown); at != tt.at {
			t.Errorf("%s: %q, want %q", tt.want, at, tt.at)
		}
	}
	if got := transcripts("text\n\n    Sandbox> a\n    b\n\ntext\n\n    no prompt\n"); !slices.Equal(got, []string{"Sandbox> a\nb\n"}) {
		t.Errorf("%q", got)
	}
}

// TestOnlyEmptySlotsArePulsed: a self-test opens no door behind which a parcel lies, or may lie, and says why.
func TestOnlyEmptySlotsArePulsed(t *testing.T) {
	t.Parallel()
	s := &story{rig: newRig(t), newest: map[string]string{}}
	if err := s.take("given ada, with a parcel in slot 1"); err != nil {
		t.Fatal(err)
	}
	m := machine{s.d}
	if err := s.d.controller.SetService(technicianNumber, 2, "jammed", false); err != nil {
		t.Fatal(err)
	}
	before := s.d.hardware.box.Pulses(1)
	for lock, want := range map[string]string{"1": "a parcel lies there", "2": "out of service", "3": "opened", "99": "no such lock"} {
		checks := m.SelfTest(t.Context(), "lock "+lock, true)
		if len(checks) != 1 || !strings.Contains(checks[0].Detail, want) {
			t.Errorf("lock %s: %+v, want %s", lock, checks, want)
		}
	}
	for part, want := range map[string]string{"lock 99": "no such lock", "door 99": "no such door", "lock 3": "not tried", "door 4": "shut"} {
		if checks := m.SelfTest(t.Context(), part, false); len(checks) != 1 || !strings.Contains(checks[0].Detail, want) || checks[0].OK == strings.Contains(part, "99") {
			t.Errorf("%s: %+v, want %s", part, checks, want)
		}
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if checks := m.SelfTest(gone, "lock 4", true); len(checks) != 0 {
		t.Errorf("whose technician is gone: %+v", checks)
	}
	if s.d.hardware.box.Pulses(1) != before || s.d.hardware.box.Pulses(2) != 0 || s.d.hardware.box.Pulses(3) != 1 {
		t.Errorf("pulses %d, %d and %d", s.d.hardware.box.Pulses(1)-before, s.d.hardware.box.Pulses(2), s.d.hardware.box.Pulses(3))
	}
}
