package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"lockerd/controller"
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

func (s *story) leftOpen(rest string) (err error) {
	s.times.LeftOpen, err = time.ParseDuration(strings.TrimPrefix(rest, "means "))
	return err
}

var givenForm = regexp.MustCompile(`^([a-z0-9-]+)(, who stored nothing)?` +
	`(?:, with a parcel in slot (\d+)|, with parcels in slots (\d+) to (\d+)|(, who expects a parcel)|, who is invited with (\d+))?$`)

// given makes a person, who stored two fingers and a passcode, and what belongs to the person:
//
//	given ada
//	given ada, with a parcel in slot 1
//	given ada, with parcels in slots 1 to 12
//	given bo, who stored nothing, with a parcel in slot 2
//	given bo, who stored nothing, who expects a parcel
//	given ada, who is invited with 24681357
//	given announcements, with the courier's word
func (s *story) given(rest string) error {
	if rest == "announcements, with the courier's word" {
		return s.desire(controller.DesiredRecord{Key: "settings/cabinet",
			Settings: &controller.Settings{WalkUp: true, Consent: controller.ConsentByCourier}})
	}
	form := givenForm.FindStringSubmatch(rest)
	if form == nil {
		return errors.New("that is no way to begin")
	}
	name := form[1]
	if err := s.person(name, form[2] != "" || form[7] != ""); err != nil {
		return err
	}
	switch {
	case form[3] != "":
		return s.delivers(name, form[3], form[3])
	case form[4] != "":
		return s.delivers(name, form[4], form[5])
	case form[6] != "":
		_, err := s.expects(name)
		return err
	case form[7] != "":
		return s.desire(s.invited(name, form[7]))
	}
	return nil
}

func (s *story) person(name string, storedNothing bool) error {
	_, err := s.d.store.Recipient(controller.RecipientID("r-" + name))
	if !errors.Is(err, controller.ErrUnknown) {
		return err
	}
	if storedNothing {
		return s.desire(recipient(name))
	}
	records, err := enrolled(name)
	if err != nil {
		return err
	}
	return s.desire(records...)
}

// expects assigns the next parcel, p1, p2 and so on.
func (s *story) expects(name string) (string, error) {
	s.parcels++
	parcel := fmt.Sprint("p", s.parcels)
	s.newest[name] = parcel
	return parcel, s.expect(parcel, name)
}

// delivers has a courier bring parcels into the slots from … to, which must be the next free ones.
func (s *story) delivers(name, from, to string) error {
	first, _ := strconv.Atoi(from)
	last, _ := strconv.Atoi(to)
	var parcels []string
	for range last - first + 1 {
		parcel, err := s.expects(name)
		if err != nil {
			return err
		}
		parcels = append(parcels, parcel)
	}
	if err := s.courierSignsIn(); err != nil {
		return err
	}
	for i, parcel := range parcels {
		if err := s.dropOff(parcel, first+i); err != nil {
			return err
		}
	}
	if err := s.tap("back", ""); err != nil {
		return err
	}
	return s.seesScreen(controller.Home)
}

// recalled recalls the newest parcel of a person.
func (s *story) recalled(rest string) error {
	name, _, _ := strings.Cut(rest, "'s")
	return s.desire(controller.DesiredRecord{Key: "parcel/" + s.newest[name], Gone: true})
}

func (s *story) tapped(rest string) error {
	if rest == "sign in as the courier" {
		return s.courierSignsIn()
	}
	act, text, _ := strings.Cut(rest, " ")
	return s.tap(act, text)
}

func (s *story) leaves(string) error {
	for {
		v, _ := s.screen.now()
		if v.Screen == controller.Home {
			return nil
		}
		if err := s.tap("back", ""); err != nil {
			return err
		}
	}
}

// typed presses keys of the keypad.
func (s *story) typed(rest string) error {
	if name, wrong, ok := strings.Cut(rest, "'s code"); ok {
		rest = s.post.code(controller.ParcelID(s.newest[name]))
		if rest == "" {
			return fmt.Errorf("no code was issued for %s", name)
		}
		if wrong != "" {
			rest = strings.Map(func(digit rune) rune { return '0' + (digit-'0'+1)%10 }, rest)
		}
		rest += "#"
	}
	return s.press(rest)
}

// scanned holds a code before the scanner, again until something else is shown for it, as couriers do.
func (s *story) scanned(code string) error {
	return s.insist("scan "+code, func(controller.View) bool { return false }, func() error { return nil })
}

func (s *story) seen(rest string) error {
	words := strings.Fields(rest)
	return s.sees(func(v controller.View) bool {
		for _, word := range words[1:] {
			if word != string(v.Note) && word != string(v.Advice) && word != fmt.Sprint(v.Slot) {
				return false
			}
		}
		return string(v.Screen) == words[0]
	})
}

func (s *story) read(rest string) error {
	return eventually(func() error {
		if !strings.Contains(s.page(), rest) {
			return errors.New("the page does not say so")
		}
		return nil
	})
}

// voicesOn switches the voice on and gives the cabinet a model to compare voices with.
func (s *story) voicesOn(string) error {
	trained := voices()
	if trained.err != nil {
		return trained.err
	}
	file := filepath.Join(s.dir, "voices.model")
	s.sets = append(s.sets, "off=[]", "voice.model="+file)
	return os.WriteFile(file, trained.file, 0o600)
}

// logged looks for text in the daemon's log.
func (s *story) logged(rest string) error {
	text, twice := strings.CutPrefix(rest, "twice ")
	return eventually(func() error {
		if n := strings.Count(s.log.String(), text); n == 0 || n == 1 && twice {
			return fmt.Errorf("the log says so %d times", n)
		}
		return nil
	})
}

// speaks waits until digits are asked for, and has somebody say them, or others, before the microphone.
func (s *story) speaks(rest string) error {
	var prompt string
	err := s.sees(func(v controller.View) bool {
		prompt = v.Prompt
		return v.Prompt != ""
	})
	if err != nil {
		return err
	}
	name, digits, _ := strings.Cut(rest, " ")
	words := "say " + name + " " + digits
	switch {
	case rest == "it again":
		words = "say again"
	case digits == "":
		words += prompt
	}
	v, _ := s.screen.now()
	s.answers = v.Number
	if err := s.say(words); err != nil {
		return err
	}
	return s.sees(func(controller.View) bool { return true })
}

// noted looks for a line in the journal.
func (s *story) worldSays(line string) error {
	status, err := s.d.hardware.box.Words("status")
	if err == nil && !slices.Contains(strings.Split(status, "\n"), line) {
		err = fmt.Errorf("the sandbox says\n%s", status)
	}
	return err
}

func (s *story) noted(rest string) error {
	lines, err := s.lines()
	if err != nil {
		return err
	}
	what, slot, anySlot := strings.Cut(rest, " ")
	for _, line := range lines {
		if string(line.What) == what && (!anySlot || slot == fmt.Sprint(line.Slot)) {
			return nil
		}
	}
	return errors.New("the journal has no such line")
}

func (s *story) neverNoted(rest string) error {
	if s.noted(rest) == nil {
		return errors.New("the journal has such a line")
	}
	return nil
}

// pulsed compares how often each coil was driven.
func (s *story) pulsed(rest string) error {
	var pulses []string
	for slot := range s.d.hardware.doors {
		if n := s.d.hardware.box.Pulses(int(slot)); n > 0 {
			pulses = append(pulses, fmt.Sprintf("%d:%d", slot, n))
		}
	}
	want := strings.Fields(rest)
	slices.Sort(want)
	if slices.Sort(pulses); !slices.Equal(pulses, want) {
		return fmt.Errorf("they are %s", strings.Join(pulses, " "))
	}
	return nil
}

func (s *story) brush(finger string) error {
	if err := s.say("finger " + finger); err != nil {
		return err
	}
	time.Sleep(300 * time.Millisecond) // the module looks for a finger every 100 ms
	return s.say("lift")
}

// service opens a door as a technician at the console does.
func (s *story) service(rest string) error {
	slot, err := strconv.Atoi(rest)
	if err != nil {
		return err
	}
	return s.d.controller.OpenForService(s.t.Context(), "9001", controller.Slot(slot), "hinge is loose")
}

// outOfService takes slots out of service: "out of service 1 to 12".
func (s *story) outOfService(rest string) error {
	var first, last controller.Slot
	if _, err := fmt.Sscanf(rest, "%d to %d", &first, &last); err != nil {
		return err
	}
	for slot := first; slot <= last; slot++ {
		if err := s.d.controller.SetService(s.t.Context(), "9001", slot, true, "moved to another place"); err != nil {
			return err
		}
	}
	return nil
}

// journal lists the journal, for a story that failed.
func (s *story) journal() string {
	if s.d == nil {
		return "the cabinet is off"
	}
	lines, err := s.lines()
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, line := range lines {
		fmt.Fprintf(&b, "%s %d %s %s\n", line.What, line.Slot, line.Parcel, line.Detail)
	}
	return b.String()
}
