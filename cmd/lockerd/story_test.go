package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestStories tells every story in testdata against a whole cabinet. A story is plain text, one step a
// line; "#" behind a space or at the beginning begins a comment. A step is a line of the sandbox's words ("finger ada", "door 1 shut"), said
// to the emulated cabinet, or one of the steps below. Stories begin with the cabinet off; the first step
// that is no setting starts it.
//
//	each WORD: A, B, C         tell the story once for each, in place of WORD
//	setting KEY=VALUE          above configs/sandbox.yaml
//	given …                    see given
//	recall NAME's parcel       the information system wants it back
//	tap ACT [TEXT]             at the touchscreen
//	voices are on              before the cabinet starts: with a model of synthetic people
//	says NAME [DIGITS]         to the microphone, what the touchscreen asks for, or other digits; "says it again" plays that once more
//	leaves                     taps "back" until the touchscreen is home
//	type NAME's code           on the keypad; "type NAME's code, wrong" types another
//	sees SCREEN [SLOT] [NOTE]  waits until the touchscreen shows it
//	reads TEXT                 the touchscreen's page says so
//	noted WHAT [SLOT]          waits until the journal has it; "never noted" looks once
//	world says LINE            waits until the sandbox's status has that line
//	faulty PART [NAME]         waits until the technician's status tells of that fault
//	logged [twice] TEXT        waits until the log says so
//	pulses SLOT:COUNT …        of every slot that was pulsed so far
//	brush NAME                 lays a finger on the module for a moment, whatever comes of it
//	service N, out of service N  a technician opens a door, or takes its slot out of service
//	in a browser, press …      at the touchscreen in a real browser, see glass_test.go
//	power cut, power on, starts, refuses to start: TEXT, …  see power
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 10 {
		t.Fatalf("found %d stories, which is too few to be true (%v)", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		for variant, text := range variants(string(text)) {
			t.Run(strings.TrimSuffix(name+"/"+variant, "/"), func(t *testing.T) {
				t.Parallel()
				tell(t, file, text)
			})
		}
	}
}

var eachLine = regexp.MustCompile(`(?m)^each ([A-Z]+): (.*)$`)

// variants returns the story once for each of what its "each" lists, by that.
func variants(text string) map[string]string {
	each := eachLine.FindStringSubmatch(text)
	if each == nil {
		return map[string]string{"": text}
	}
	all := map[string]string{}
	for value := range strings.SplitSeq(each[2], ",") {
		value = strings.TrimSpace(value)
		all[value] = strings.ReplaceAll(strings.Replace(text, each[0], "", 1), each[1], value)
	}
	return all
}

// tell takes the steps of one story in turn.
func tell(t *testing.T, file, text string) {
	s := &story{rig: newRig(t), newest: map[string]string{}}
	for i, line := range strings.Split(text, "\n") {
		step, _, _ := strings.Cut(" "+line, " #")
		if step = strings.TrimSpace(step); step == "" {
			continue
		}
		begun := time.Now()
		if err := s.take(step); err != nil {
			t.Fatalf("%s:%d: %s: %v\n%s", file, i+1, step, err, s.journal())
		}
		t.Logf("%6.2f s  %s", time.Since(begun).Seconds(), step)
	}
}

// story is a rig and what the story's words refer to.
type story struct {
	*rig
	parcels int
	newest  map[string]string // parcel by recipient
	glass   *glass            // nil until "in a browser"
}

// steps are the steps that are no words of the sandbox, by their beginning. The longest one fits.
func (s *story) steps() map[string]func(rest string) error {
	return map[string]func(string) error{
		"setting":        func(rest string) error { s.sets = append(s.sets, rest); return nil },
		"left open":      s.leftOpen,
		"given":          s.given,
		"recall":         s.recalled,
		"finger":         s.lay,
		"brush":          s.brush,
		"tap":            s.tapped,
		"leaves":         s.leaves,
		"voices":         s.voicesOn,
		"says":           s.speaks,
		"logged":         s.logged,
		"type":           s.typed,
		"scan":           s.scanned,
		"sees":           s.seen,
		"reads":          s.read,
		"world says":     func(rest string) error { return eventually(func() error { return s.worldSays(rest) }) },
		"noted":          func(rest string) error { return eventually(func() error { return s.noted(rest) }) },
		"never noted":    s.neverNoted,
		"faulty":         s.faulty,
		"pulses":         s.pulsed,
		"service":        s.service,
		"out of service": s.outOfService,
		"in a browser":   s.inABrowser,
		"press":          func(rest string) error { return s.pressed(rest, 1) },
		"press twice":    func(rest string) error { return s.pressed(rest, 2) },
		"draw":           s.drawn,
		"reload":         s.reload,
		"keep":           s.keep,
		"tapped":         s.tappedSoFar,
		"power":          s.power,
		"starts":         func(string) error { return s.on() },
		"refuses":        s.refuses,
		"the database":   s.database,
		"the key":        s.key,
	}
}

func (s *story) take(step string) error {
	begin, do := "", s.say
	for b, d := range s.steps() {
		if (step == b || strings.HasPrefix(step, b+" ")) && len(b) > len(begin) {
			begin, do = b, d
		}
	}
	needsPower := !slices.Contains([]string{"setting", "voices", "left open", "starts", "refuses", "the database", "the key"}, begin)
	if needsPower && s.d == nil {
		if err := s.on(); err != nil {
			return err
		}
	}
	return do(strings.TrimSpace(step[len(begin):]))
}
