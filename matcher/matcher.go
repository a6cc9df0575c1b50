// Package matcher holds the nouns of comparing: what a sensor captured (Sample), what is stored or
// extracted of it (Identification), and what a comparison says (Verdict). It does no input or output.
//
// The method (patent CN107358753A) compares a SECOND identification, given at the cabinet, with a
// FIRST identification that the recipient stored beforehand. Both are an Identification here.
package matcher

import (
	"errors"
	"fmt"
)

// Kind names one way of showing who one is.
type Kind string

// The kinds of identification. Code is the pickup code of the method: it is compared by the
// controller with the code of one parcel, not by a Matcher, and stands here because a policy names it.
const (
	Fingerprint Kind = "fingerprint"
	Voice       Kind = "voice"
	Pattern     Kind = "pattern"
	Passcode    Kind = "passcode"
	Code        Kind = "code"
)

// Kinds lists every kind in the order in which a screen offers them.
var Kinds = []Kind{Fingerprint, Code, Pattern, Passcode, Voice}

// ParseKind returns the kind with that name.
func ParseKind(name string) (Kind, error) {
	for _, k := range Kinds {
		if string(k) == name {
			return k, nil
		}
	}
	return "", fmt.Errorf("unknown kind of identification %q: use one of %v", name, Kinds)
}

// Biometric tells whether the kind measures a body, so that consent and erasure rules apply to it.
func (k Kind) Biometric() bool { return k == Fingerprint || k == Voice }

// Sample is one capture by a sensor, before its features are taken. The bytes are personal data: whoever
// holds the sample calls Zero when its features are taken.
type Sample struct {
	Kind Kind
	// Bytes holds, by kind: fingerprint, 8-bit grey pixels, row by row, 0 = ridge, 255 = background;
	// voice, signed 16-bit little-endian mono PCM; pattern, the dots touched in order, each 0–8, row by
	// row; passcode and code, the digits as ASCII.
	Bytes  []byte
	Width  int // fingerprint: pixels in a row
	Height int // fingerprint: rows
	DPI    int // fingerprint: pixels an inch
	Rate   int // voice: samples a second
	// Prompt is the digits that the person was asked to say (voice only).
	Prompt string
	// Module is a fingerprint module's own answer, where the module compared by itself; nil otherwise.
	Module *ModuleAnswer
	// Character is the module's own character file of this finger, where an enrolment made one.
	Character []byte
}

// ModuleAnswer is what a fingerprint module's own search returned.
type ModuleAnswer struct {
	Found bool
	First string // names the first identification whose page matched
	Score int    // the module's own score, without unit
}

// Zero overwrites the captured bytes.
func (s *Sample) Zero() {
	clear(s.Bytes)
	clear(s.Character)
	*s = Sample{Kind: s.Kind}
}

// Identification is identification information in the form that the matcher of its kind compares: the
// first identification (what Enrol made and the store keeps) or the second (what Extract took from a
// sample). Data of a first identification is versioned by its matcher. Data of a second identification
// never leaves memory.
type Identification struct {
	Kind  Kind
	Label string // which one of several, for example "right index"; shown to its owner
	Data  []byte
	// Character is the same finger as the fingerprint module's own character file, so that it can be
	// searched in the module; empty where no module made one.
	Character []byte
	// Form is the matcher's decoded form of Data where Prepare made one; never stored, never sent.
	Form any
}

// Verdict is the result of one comparison.
type Verdict struct {
	Match bool
	// Score is the matcher's own similarity, larger is more alike, without unit.
	Score float64
	// FMR is the estimated share of other people who would score at least as high (false match rate, 0–1).
	FMR float64
}

// Matcher extracts and compares one kind of identification. Implementations are safe for use from several
// goroutines.
type Matcher interface {
	Kind() Kind
	// Extract takes the features of one sample: the second identification. A sample of poor quality gives
	// a *QualityError.
	Extract(Sample) (Identification, error)
	// Enrol makes a first identification of several samples of the same person (a pattern, finger, voice).
	// Samples that do not agree or are poor give a *QualityError with advice.
	Enrol([]Sample) (Identification, error)
	// Compare tells whether the second identification is the first one's. It returns ErrDamaged for data
	// that it cannot read.
	Compare(first, second Identification) (Verdict, error)
}

// A Preparer is a Matcher that compares faster against a first identification that was decoded once.
type Preparer interface {
	// Prepare returns id with Form set. Compare accepts both prepared and plain identifications.
	Prepare(id Identification) (Identification, error)
}

// A Rememberer is a Matcher that refuses a sample that repeats an earlier one, for example a recording that is
// played again. What it knows them by outlives a restart where the caller keeps it.
type Rememberer interface {
	// Trace returns what the sample of a second identification is known again by. It is no capture, and nobody
	// can be recognised by it.
	Trace(second Identification) ([]byte, error)
	// Remember makes Extract refuse samples that repeat the one that left the trace. It returns ErrDamaged for a
	// trace that it cannot read.
	Remember(trace []byte) error
}

// ErrOutdated is returned for a first identification that cannot be compared any more, since its matcher works
// with another model by now: its owner has to enrol again.
var ErrOutdated = errors.New("made with another model: enrol again")

// ErrRepeated is returned by Extract and Compare for a sample that repeats an earlier one, or one of an enrolment:
// somebody plays a recording. It is nobody's, whichever other first identification it would match.
var ErrRepeated = errors.New("the recording repeats an earlier one")

// ErrDamaged is returned for an identification whose data is not what its matcher writes.
var ErrDamaged = errors.New("identification data is damaged or of an unknown version")

// Advice tells a person what to do differently. A screen has a sentence for each in its own language.
type Advice string

// Advice that matchers and sensors give.
const (
	PressHarder   Advice = "press-harder"    // too dry, too light
	PressLighter  Advice = "press-lighter"   // too wet, too hard
	PressCentre   Advice = "press-centre"    // too little of the finger, or not its middle
	SameFinger    Advice = "same-finger"     // impressions are of different fingers
	CleanSensor   Advice = "clean-sensor"    // no ridges seen
	SpeakLouder   Advice = "speak-louder"    // too quiet
	SpeakSofter   Advice = "speak-softer"    // clipped
	TooNoisy      Advice = "too-noisy"       // the surroundings are too loud
	SayDigits     Advice = "say-digits"      // not the digits on the screen
	MoreDots      Advice = "more-dots"       // pattern under four dots
	LessCommon    Advice = "less-common"     // pattern or passcode that many people choose
	MoreDigits    Advice = "more-digits"     // passcode too short
	RepeatTheSame Advice = "repeat-the-same" // the repetition was different
	EnrolAgain    Advice = "enrol-again"     // what was stored of this kind may be too old to be compared
	TryAnotherWay Advice = "try-another-way" // this kind does not work for this person now
)

// QualityError says that a sample or a set of samples cannot be used, and what the person can do.
type QualityError struct {
	Advice Advice
	Detail string // for the log; holds no personal data
}

func (e *QualityError) Error() string {
	return fmt.Sprintf("sample cannot be used (%s): %s", e.Advice, e.Detail)
}
