package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"lockerd/matcher"
	"lockerd/matcher/voice"
)

// runDigits measures how often the right digits are accepted, and wrong ones, on the Free Spoken Digit Dataset.
//
//	evaluate digits [-model FILE] [-snr DB] [-json] DIR
//
// DIR holds DIGIT_SPEAKER_TAKE.flac, or a folder fsdd that does. Strings are joined of single digits with pauses
// of up to a quarter of a second. A speaker enrols five strings of eight; each test is of takes not enrolled, said
// to the prompt (right), to a random other prompt (wrong), and to a prompt that differs in four places (half wrong).
func runDigits(args []string, out, errs io.Writer) error {
	flags := flag.NewFlagSet("digits", flag.ContinueOnError)
	flags.SetOutput(errs)
	model := flags.String("model", "", "voice model; the shipped one when empty")
	asJSON := flags.Bool("json", false, "print the figures as JSON")
	snr := flags.Float64("snr", 0, "signal-to-noise ratio in dB of babble added to the tests; 0 adds none")
	babbleDir := flags.String("babble", filepath.Join("..", "shared", "data", "voice", "librispeech"), "folder of speech to make babble of")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("digits needs one folder of DIGIT_SPEAKER_TAKE.flac")
	}
	loaded, err := loadVoiceModel(*model)
	if err != nil {
		return err
	}
	m, err := voice.New(loaded, voice.Options{Attempts: -1})
	if err != nil {
		return err
	}
	spoken, err := readDigits(flags.Arg(0))
	if err != nil {
		return err
	}
	t := digitTest{matcher: m, random: rand.New(rand.NewPCG(1, 1)), snr: *snr, errs: errs}
	if *snr != 0 {
		if t.noise, err = newBabble(*babbleDir, 1); err != nil {
			return err
		}
	}
	for _, name := range spoken.speakers() {
		if err := t.speaker(spoken, name); err != nil {
			return err
		}
	}
	return t.report(out, *asJSON)
}

// spokenDigits are recordings by speaker, digit and take.
type spokenDigits map[string][10][]clip

func readDigits(dir string) (spokenDigits, error) {
	if nested := filepath.Join(dir, "fsdd"); isFolder(nested) {
		dir = nested
	}
	files, err := soundFiles(dir)
	if err != nil {
		return nil, err
	}
	spoken := spokenDigits{}
	for _, f := range files {
		part := strings.Split(filepath.Base(f), "_")
		digit, err := strconv.Atoi(part[0])
		if len(part) != 3 || err != nil || digit < 0 || digit > 9 {
			return nil, fmt.Errorf("cannot tell the digit of %s: name it DIGIT_SPEAKER_TAKE", f)
		}
		c, err := readClip(f)
		if err != nil {
			return nil, err
		}
		takes := spoken[part[1]]
		takes[digit] = append(takes[digit], c)
		spoken[part[1]] = takes
	}
	return spoken, nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func (s spokenDigits) speakers() []string {
	var names []string
	for name := range s {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// A digitTest counts what is accepted.
type digitTest struct {
	matcher *voice.Matcher
	random  *rand.Rand
	snr     float64
	noise   noise
	errs    io.Writer

	enrolments, notEnrolled int
	right, wrong, half      tally
	refused                 int
}

// A tally counts how many of all strings were accepted as the prompt.
type tally struct{ accepted, all int }

func (t tally) rate() float64 { return float64(t.accepted) / float64(max(1, t.all)) }

const (
	enrolmentsEach = 4  // of each speaker, of different takes
	stringsEach    = 50 // tried on each enrolment
)

func (t *digitTest) speaker(spoken spokenDigits, name string) error {
	for range enrolmentsEach {
		var enrolled, tests [10][]clip
		for d, takes := range spoken[name] {
			if len(takes) < 8 {
				return fmt.Errorf("%s said %d only %d times, at least 8 are needed", name, d, len(takes))
			}
			for i, at := range t.random.Perm(len(takes)) {
				if i < 4 {
					enrolled[d] = append(enrolled[d], takes[at])
				} else {
					tests[d] = append(tests[d], takes[at])
				}
			}
		}
		t.enrolments++
		id, err := t.enrol(enrolled)
		if quality(err) {
			fmt.Fprintf(t.errs, "cannot enrol %s: %v\n", name, err)
			t.notEnrolled++
			continue
		}
		if err != nil {
			return err
		}
		for range stringsEach {
			if err := t.try(id, tests); err != nil {
				return err
			}
		}
	}
	return nil
}

// enrol says every take once, in five strings.
func (t *digitTest) enrol(takes [10][]clip) (matcher.Identification, error) {
	var order []int
	for d := range takes {
		order = append(order, d, d, d, d)
	}
	t.random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	var samples []matcher.Sample
	for prompt := range slices.Chunk(order, voice.PromptLength) {
		var said []clip
		for _, d := range prompt {
			said, takes[d] = append(said, takes[d][0]), takes[d][1:]
		}
		samples = append(samples, t.say(said, digitString(prompt)))
	}
	id, err := t.matcher.Enrol(samples)
	if err != nil {
		return id, err
	}
	return t.matcher.Prepare(id)
}

// say joins clips with pauses into a sample that answers prompt.
func (t *digitTest) say(said []clip, prompt string) matcher.Sample {
	s := matcher.Sample{Kind: matcher.Voice, Rate: said[0].rate, Prompt: prompt}
	hush := func(seconds float64) {
		for range int(seconds * float64(s.Rate)) {
			s.Bytes = binary.LittleEndian.AppendUint16(s.Bytes, uint16(int16(10*t.random.NormFloat64())))
		}
	}
	hush(0.2)
	for _, c := range said {
		s.Bytes = append(s.Bytes, c.pcm...)
		hush(0.25 * t.random.Float64())
	}
	hush(0.2)
	return s
}

// try says one string to three prompts.
func (t *digitTest) try(id matcher.Identification, takes [10][]clip) error {
	digits, other, half := make([]int, voice.PromptLength), make([]int, voice.PromptLength), []int(nil)
	var said []clip
	for i := range digits {
		digits[i], other[i] = t.random.IntN(10), t.random.IntN(10)
		said = append(said, takes[digits[i]][t.random.IntN(len(takes[digits[i]]))])
	}
	half = slices.Clone(digits)
	for _, i := range t.random.Perm(len(half))[:len(half)/2] {
		half[i] = (half[i] + 1 + t.random.IntN(9)) % 10
	}
	sample := t.say(said, "")
	if t.snr != 0 {
		c, err := t.noise.add(clip{sample.Bytes, sample.Rate}, t.snr, digitString(digits))
		if err != nil {
			return err
		}
		sample.Bytes = c.pcm
	}
	for _, p := range []struct {
		prompt []int
		count  *tally
	}{{digits, &t.right}, {other, &t.wrong}, {half, &t.half}} {
		sample.Prompt = digitString(p.prompt)
		p.count.all++
		second, err := t.matcher.Extract(sample)
		if quality(err) {
			t.refused++
			continue
		}
		if err != nil {
			return err
		}
		said, err := t.matcher.Said(id, second)
		if err != nil {
			return err
		}
		if said {
			p.count.accepted++
		}
	}
	return nil
}

func digitString(digits []int) string {
	var b strings.Builder
	for _, d := range digits {
		b.WriteByte('0' + byte(d))
	}
	return b.String()
}

func (t *digitTest) report(out io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(out).Encode(map[string]float64{
			"right": t.right.rate(), "wrong": t.wrong.rate(), "half_wrong": t.half.rate(),
			"fta": float64(t.refused) / float64(max(1, 3*t.right.all)), "fte": float64(t.notEnrolled) / float64(max(1, t.enrolments)),
		})
	}
	fmt.Fprintf(out, "right digits accepted       %.2f %% of %d\n", 100*t.right.rate(), t.right.all)
	fmt.Fprintf(out, "wrong digits accepted       %.2f %% of %d\n", 100*t.wrong.rate(), t.wrong.all)
	fmt.Fprintf(out, "half wrong digits accepted  %.2f %% of %d\n", 100*t.half.rate(), t.half.all)
	_, err := fmt.Fprintf(out, "not enrolled %d of %d, not acquired %d of %d\n", t.notEnrolled, t.enrolments, t.refused, 3*t.right.all)
	return err
}
