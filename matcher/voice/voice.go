// Package voice verifies a person by the voice: a matcher.Matcher for speech of 16000 (or 8000) samples a second.
//
// The person reads eight random digits from the screen. Two things must hold: the digits are the ones asked for,
// judged by digit models that the same person recorded at enrolment, so that any language serves; and the
// speaker is the one enrolled, judged by package speaker. A recording that repeats an earlier attempt or an
// enrolment is refused.
//
// A voice can be recorded and imitated: on its own it proves little (see docs/voice.md), and a policy should
// ask for a second kind beside it.
package voice

import (
	"bytes"
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"math"

	"lockerd/matcher"
	"lockerd/matcher/voice/speaker"
)

// PromptLength is how many digits a person is asked to say.
const PromptLength = 8

// EnrolStrings is how many strings of PromptLength digits an enrolment has; together they hold every digit.
const EnrolStrings = 5

// Errors that a caller tells apart.
var (
	// ErrOtherModel is returned when a voiceprint was made with another voice model than the one in use: its
	// owner has to enrol again.
	ErrOtherModel = fmt.Errorf("cannot compare the voiceprint: %w", matcher.ErrOutdated)
	// ErrRepeated is returned by Extract and Compare for a recording that repeats an earlier attempt or an
	// enrolment: somebody plays a recording.
	ErrRepeated = matcher.ErrRepeated
)

//go:embed model.bin
var shipped []byte

// Shipped returns the model that comes with the program.
func Shipped() (*speaker.Model, error) { return speaker.Decode(shipped) }

// Options of New.
type Options struct {
	// MaxFMR is the largest estimated false-match rate of a match; 0 means 0.01.
	MaxFMR float64
	// Attempts is how many attempts are remembered, to refuse one that repeats; 0 means 64, negative none.
	Attempts int
	// AnyText lets samples without a prompt be enrolled and compared, by the speaker alone. It serves
	// measurements; a cabinet leaves it false, and then a sample without a prompt is an error.
	AnyText bool
}

// A Matcher compares voices. It is safe for concurrent use.
type Matcher struct {
	model    *speaker.Model
	maxFMR   float64
	anyText  bool
	attempts *attempts
	fronts   map[int]*front // by samples a second
}

// New returns a matcher that uses model.
func New(model *speaker.Model, o Options) (*Matcher, error) {
	if model == nil || len(model.Backgrounds) == 0 || model.ID() == "" {
		return nil, fmt.Errorf("cannot compare voices: %w", speaker.ErrModel)
	}
	if o.MaxFMR < 0 || o.MaxFMR > 0.5 {
		return nil, fmt.Errorf("cannot accept a false-match rate of %g: use one up to 0.5", o.MaxFMR)
	}
	remembered := max(0, cmp.Or(o.Attempts, 64))
	m := &Matcher{model: model, maxFMR: cmp.Or(o.MaxFMR, 0.01), anyText: o.AnyText,
		attempts: newAttempts(remembered), fronts: map[int]*front{}}
	for _, bg := range model.Backgrounds {
		m.fronts[bg.Band.Rate] = newFront(bg.Band)
	}
	return m, nil
}

// Kind returns matcher.Voice.
func (m *Matcher) Kind() matcher.Kind { return matcher.Voice }

// Extract takes the features of one attempt at saying s.Prompt. A recording that repeats an earlier one gives
// ErrRepeated.
func (m *Matcher) Extract(s matcher.Sample) (matcher.Identification, error) {
	a, err := m.analyse(s)
	if err != nil {
		return matcher.Identification{}, err
	}
	defer wipe(a.sequence)
	if m.attempts.seen(a.sketch) {
		return matcher.Identification{}, fmt.Errorf("cannot use the recording: %w", ErrRepeated)
	}
	return matcher.Identification{Kind: matcher.Voice, Data: a.encode(m.model.ID())}, nil
}

// Enrol makes a voiceprint of EnrolStrings samples or more, each with its prompt, that together hold every digit.
func (m *Matcher) Enrol(samples []matcher.Sample) (matcher.Identification, error) {
	if err := m.checkPrompts(samples); err != nil {
		return matcher.Identification{}, err
	}
	var said []attempt
	for i, s := range samples {
		a, err := m.analyse(s)
		if err != nil {
			return matcher.Identification{}, fmt.Errorf("sample %d of %d: %w", i+1, len(samples), err)
		}
		if i > 0 && a.rate != said[0].rate {
			return matcher.Identification{}, fmt.Errorf("sample %d has %d samples a second, the first %d: record all alike", i+1, a.rate, said[0].rate)
		}
		defer wipe(a.sequence)
		said = append(said, a)
	}
	bg, err := m.model.Background(said[0].rate)
	if err != nil {
		return matcher.Identification{}, err
	}
	p := print{model: m.model.ID(), rate: said[0].rate, voice: bg.Voice(heard(said)...)}
	if said[0].prompt != "" {
		if err := m.checkAlike(bg, said); err != nil {
			return matcher.Identification{}, err
		}
		if p.digits, err = learnDigits(said); err != nil {
			return matcher.Identification{}, err
		}
	}
	bare, err := p.encode()
	if err != nil {
		return matcher.Identification{}, err
	}
	p.sketches = sketches(said, largestPrint-len(bare))
	data, err := p.encode()
	if err != nil {
		return matcher.Identification{}, err
	}
	return matcher.Identification{Kind: matcher.Voice, Data: data}, nil
}

func heard(said []attempt) []speaker.Heard {
	all := make([]speaker.Heard, len(said))
	for i, a := range said {
		all[i] = a.heard
	}
	return all
}

// sketches returns the sketches of an enrolment, as many as fit so many bytes. With the shipped model there is room
// for a minute of voiced speech, three times what an enrolment takes.
func sketches(said []attempt, room int) []sketch {
	var kept []sketch
	for _, a := range said {
		room -= len(appendSketch(nil, a.sketch))
		if room < 0 || len(kept) == math.MaxUint8 {
			break
		}
		kept = append(kept, a.sketch)
	}
	return kept
}

// Prepare decodes a voiceprint, or an attempt, once for many comparisons.
func (m *Matcher) Prepare(id matcher.Identification) (matcher.Identification, error) {
	var form any
	var err error
	if bytes.HasPrefix(id.Data, []byte(attemptMagic)) {
		form, err = m.attemptOf(id)
	} else {
		form, err = m.printOf(id)
	}
	if err != nil {
		return id, err
	}
	id.Form = form
	return id, nil
}

// Compare tells whether the second identification is the voice of the first, saying the digits asked for. It
// matches when both hold; FMR and Score are the speaker's alone.
func (m *Matcher) Compare(first, second matcher.Identification) (matcher.Verdict, error) {
	p, err := m.printOf(first)
	if err != nil {
		return matcher.Verdict{}, err
	}
	a, err := m.attemptOf(second)
	switch {
	case err != nil:
		return matcher.Verdict{}, err
	case a.rate != p.rate:
		return matcher.Verdict{}, fmt.Errorf("the voice was enrolled at %d samples a second and is now heard at %d: enrol it again", p.rate, a.rate)
	case !m.anyText && (a.prompt == "" || p.digits == nil):
		return matcher.Verdict{}, errors.New("cannot compare a voice without digits asked for: enrol again and set the prompt")
	}
	bg, err := m.model.Background(p.rate)
	if err != nil {
		return matcher.Verdict{}, err
	}
	if !bg.Fits(a.voice) || !bg.Fits(p.voice) {
		return matcher.Verdict{}, matcher.ErrDamaged
	}
	for _, s := range p.sketches {
		if repeats(a.sketch, s) {
			return matcher.Verdict{}, fmt.Errorf("cannot use the recording: %w", ErrRepeated)
		}
	}
	score := speaker.Score(p.voice, a.voice)
	v := matcher.Verdict{Score: score, FMR: bg.FMR(score)}
	v.Match = v.FMR <= m.maxFMR
	if a.prompt != "" && p.digits != nil {
		v.Match = v.Match && p.digits.said(a.sequence, a.prompt)
	}
	return v, nil
}

// printOf returns the decoded voiceprint of id.
func (m *Matcher) printOf(id matcher.Identification) (*print, error) {
	if p, ok := id.Form.(*print); ok {
		return p, nil
	}
	p, err := decodePrint(id.Data)
	if err != nil {
		return nil, err
	}
	if p.model != m.model.ID() {
		return nil, ErrOtherModel
	}
	return p, nil
}

// attemptOf returns the decoded attempt of id.
func (m *Matcher) attemptOf(id matcher.Identification) (*attempt, error) {
	if a, ok := id.Form.(*attempt); ok {
		return a, nil
	}
	a, model, err := decodeAttempt(id.Data)
	if err != nil {
		return nil, err
	}
	if model != m.model.ID() {
		return nil, ErrOtherModel
	}
	return &a, nil
}

// Said tells whether the second identification holds the digits that it was asked for, as the owner of the first
// says them; whose voice it is, Compare tells.
func (m *Matcher) Said(first, second matcher.Identification) (bool, error) {
	p, err := m.printOf(first)
	if err != nil {
		return false, err
	}
	a, err := m.attemptOf(second)
	switch {
	case err != nil:
		return false, err
	case a.rate != p.rate || a.prompt == "" || p.digits == nil:
		return false, errors.New("cannot compare digits: there are none, or they were recorded otherwise")
	}
	return p.digits.said(a.sequence, a.prompt), nil
}
