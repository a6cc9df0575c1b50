package voice

import (
	"errors"
	"fmt"
	"sync"

	"lockerd/matcher"
	"lockerd/matcher/voice/speaker"
	"lockerd/matcher/voice/speech"
)

// An attempt is what is kept, in memory only, of one recording.
type attempt struct {
	rate     int
	prompt   string
	heard    speaker.Heard // for the speaker, at enrolment
	voice    speaker.Voice // for the speaker, at a pickup
	sequence [][]float32   // for the digits, frame by frame; nil without a prompt
	spoken   []bool        // which frames of sequence are voiced; known at enrolment only
	sketch   sketch        // to know it again
}

// Limits of a recording.
const (
	longest      = 30    // seconds
	leastSpoken  = 0.3   // seconds in which somebody speaks
	leastPrompt  = 1.2   // the same, where digits were asked for
	quietPower   = 1e-6  // mean square: −60 dB below full scale
	mostClipped  = 0.05  // share of samples
	mostOffset   = 0.2   // of full scale
	mostSteady   = 0.6   // share of frames of a pure tone
	leastSNR     = 4.0   // dB between the loud and the quiet frames
	leastDensity = -95.0 // mean log likelihood of a frame under the background model
)

// front keeps what analysis needs for one band; an Analyser serves one goroutine at a time.
type front struct {
	spectra  func(sound []float32) (own, narrow speech.Spectrum)
	cepstrum *speech.Cepstrum
}

func newFront(b speech.Band) *front {
	analysers := sync.Pool{New: func() any { return speech.NewAnalyser(b) }}
	spectra := func(sound []float32) (own, narrow speech.Spectrum) {
		a := analysers.Get().(*speech.Analyser)
		defer analysers.Put(a)
		return a.Spectra(sound)
	}
	return &front{spectra: spectra, cepstrum: speech.NewCepstrum(b)}
}

// wipe overwrites what was computed of a recording frame by frame.
func wipe(computed ...[][]float32) {
	for _, frames := range computed {
		for _, values := range frames {
			clear(values)
		}
	}
}

// analyse takes what is kept of a sample, or says what is wrong with it.
func (m *Matcher) analyse(s matcher.Sample) (attempt, error) {
	if _, err := speech.BandOf(s.Rate); err != nil {
		return attempt{}, err
	}
	if !m.anyText && s.Prompt == "" {
		return attempt{}, errors.New("cannot use a recording without the digits asked for: set the prompt")
	}
	if err := checkPrompt(s.Prompt); err != nil {
		return attempt{}, err
	}
	if len(s.Bytes)%2 != 0 {
		return attempt{}, fmt.Errorf("cannot use %d bytes of sound: 16-bit samples have an even number", len(s.Bytes))
	}
	bg, err := m.model.Background(s.Rate)
	if err != nil {
		return attempt{}, err
	}
	f := m.fronts[s.Rate]
	if len(s.Bytes)/2 > longest*s.Rate {
		return attempt{}, poor(matcher.SayDigits, "longer than %d s", longest)
	}
	sound := speech.Sound(s.Bytes)
	defer clear(sound)
	if err := checkLevel(sound, s.Rate); err != nil {
		return attempt{}, err
	}
	spectrum, narrow := f.spectra(sound)
	defer wipe(spectrum, narrow)
	voiced, snr := speech.Voiced(spectrum)
	if err := checkSpeech(spectrum, voiced, snr, s.Prompt != ""); err != nil {
		return attempt{}, err
	}
	features, logs := f.cepstrum.Features(spectrum, voiced), speech.Logarithms(narrow, voiced)
	defer wipe(features, logs)
	heard := bg.Heard(features, logs)
	a := attempt{rate: s.Rate, prompt: s.Prompt, heard: heard, sketch: sketchOf(spectrum, voiced)}
	if heard.Stats.LogLikelihood < leastDensity {
		return attempt{}, poor(matcher.TooNoisy, "does not sound like speech")
	}
	a.voice = bg.Voice(a.heard)
	if s.Prompt != "" {
		sequence := f.cepstrum.Sequence(spectrum, voiced)
		defer wipe(sequence)
		a.sequence, a.spoken = digitFrames(sequence, voiced)
	}
	return a, nil
}

// checkLevel refuses sound that no speech can be heard in, whatever it holds.
func checkLevel(sound []float32, rate int) error {
	l := speech.LevelOf(sound)
	switch {
	case len(sound) < rate/5:
		return poor(matcher.SayDigits, "shorter than 0.2 s")
	case l.Offset > mostOffset || l.Offset < -mostOffset:
		return poor(matcher.TryAnotherWay, "a constant offset of %.2f: the microphone is faulty", l.Offset)
	case l.Power < quietPower:
		return poor(matcher.SpeakLouder, "silence: peak %.4f of full scale", l.Peak)
	case l.Clipped > mostClipped:
		return poor(matcher.SpeakSofter, "%.1f %% of the samples are clipped", 100*l.Clipped)
	}
	return nil
}

// checkSpeech refuses sound in which nobody speaks long or clearly enough.
func checkSpeech(s speech.Spectrum, voiced []bool, snr float64, prompted bool) error {
	spoken := 0.0
	for _, v := range voiced {
		if v {
			spoken += 1.0 / speech.FramesPerSecond
		}
	}
	least := leastSpoken
	if prompted {
		least = leastPrompt
	}
	switch {
	case speech.Steadiness(s) > mostSteady:
		return poor(matcher.TooNoisy, "a steady tone")
	case snr < leastSNR:
		return poor(matcher.TooNoisy, "speech stands %.1f dB out of the noise", snr)
	case spoken < least:
		return poor(matcher.SayDigits, "%.1f s of speech, at least %.1f s are needed", spoken, least)
	}
	return nil
}

func poor(advice matcher.Advice, format string, values ...any) error {
	return &matcher.QualityError{Advice: advice, Detail: fmt.Sprintf(format, values...)}
}

// checkAlike refuses an enrolment in which one string sounds like another speaker than the rest, and one that
// holds the same recording twice.
func (m *Matcher) checkAlike(bg *speaker.Background, said []attempt) error {
	const mostFMR = 0.05
	for i, a := range said {
		var rest []speaker.Heard
		for j, b := range said {
			if j == i {
				continue
			}
			if j > i && repeats(a.sketch, b.sketch) {
				return fmt.Errorf("samples %d and %d are one recording: %w", i+1, j+1, ErrRepeated)
			}
			rest = append(rest, b.heard)
		}
		if bg.FMR(speaker.Score(bg.Voice(rest...), a.voice)) > mostFMR {
			return poor(matcher.RepeatTheSame, "sample %d of %d sounds unlike the others", i+1, len(said))
		}
	}
	return nil
}
