package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"time"

	"lockerd/matcher"
	"lockerd/matcher/voice"
	"lockerd/matcher/voice/speaker"
	"lockerd/matcher/voice/speech"
)

// A voiceTest gathers scores over lists of trials.
type voiceTest struct {
	snr   float64
	noise noise
	// telephone says that everything is heard over a telephone line.
	telephone bool
	errs      io.Writer
	// replay is nil unless replays are to be tried.
	replay *replayTest

	target, nontarget   []float64 // a recording that could not be used scores −∞
	estimates           []float64 // the false-match rates that the matcher estimated for nontargets
	genuine             []float64 // and for targets
	recordings, failed  int       // distinct ones, and those that could not be used
	heard               float64   // seconds of sound extracted
	spent               time.Duration
	models, failedModel int
}

// run enrols and tries everything in a pair of lists.
func (t *voiceTest) run(model *speaker.Model, enrolList, trialList string) error {
	m, err := voice.New(model, voice.Options{AnyText: true, Attempts: -1})
	if err != nil {
		return err
	}
	enrolments, err := readRows(enrolList, "model", "files")
	if err != nil {
		return err
	}
	rows, err := readRows(trialList, "model", "files", "target or nontarget")
	if err != nil {
		return err
	}
	if err := checkTrials(enrolList, enrolments, trialList, rows); err != nil {
		return err
	}
	prints, err := t.enrol(m, enrolList, enrolments)
	if err != nil {
		return err
	}
	extracted := map[string]*matcher.Identification{}
	for _, row := range rows {
		first := prints[row[0]]
		second, known := extracted[row[1]]
		if !known {
			if second, err = t.extract(m, filepath.Dir(trialList), row[1]); err != nil {
				return fmt.Errorf("%s: model %s: %w", trialList, row[0], err)
			}
			extracted[row[1]] = second
		}
		v, err := t.compare(m, first, second)
		if err != nil {
			return err
		}
		if row[2] == "target" {
			t.target, t.genuine = append(t.target, v.Score), append(t.genuine, v.FMR)
			if err := t.playBack(model, m, first, filepath.Dir(trialList), row[1]); err != nil {
				return err
			}
		} else {
			t.nontarget, t.estimates = append(t.nontarget, v.Score), append(t.estimates, v.FMR)
		}
	}
	return nil
}

// checkTrials finds what is wrong with the lists before anything is heard, which may take long.
func checkTrials(enrolList string, enrolments [][]string, trialList string, rows [][]string) error {
	models := map[string]bool{}
	for _, row := range enrolments {
		models[row[0]] = true
	}
	for _, row := range rows {
		if !models[row[0]] {
			return fmt.Errorf("%s: no line of %s enrols the model %q", trialList, enrolList, row[0])
		}
		if row[2] != "target" && row[2] != "nontarget" {
			return fmt.Errorf("%s: model %s: %q is neither target nor nontarget", trialList, row[0], row[2])
		}
	}
	if err := filesExist(enrolList, enrolments); err != nil {
		return err
	}
	return filesExist(trialList, rows)
}

// filesExist refuses a list that names a file that is not there.
func filesExist(list string, rows [][]string) error {
	there := map[string]bool{}
	for _, row := range rows {
		for _, path := range pathsOf(filepath.Dir(list), row[1]) {
			if there[path] {
				continue
			}
			if _, err := os.Stat(path); err != nil {
				return fmt.Errorf("%s: model %s: %w", list, row[0], err)
			}
			there[path] = true
		}
	}
	return nil
}

// enrol makes the voiceprints of a list. A model that cannot be enrolled is nil.
func (t *voiceTest) enrol(m *voice.Matcher, list string, rows [][]string) (map[string]*matcher.Identification, error) {
	samples := map[string][]matcher.Sample{}
	for _, row := range rows {
		c, err := readJoined(filepath.Dir(list), row[1])
		if err != nil {
			return nil, fmt.Errorf("%s: model %s: %w", list, row[0], err)
		}
		samples[row[0]] = append(samples[row[0]], t.line(c).sample())
	}
	prints := map[string]*matcher.Identification{}
	for name, s := range samples {
		t.models++
		id, err := m.Enrol(s)
		if quality(err) {
			fmt.Fprintf(t.errs, "cannot enrol %s: %v\n", name, err)
			t.failedModel++
			prints[name] = nil
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("cannot enrol %s: %w", name, err)
		}
		if id, err = m.Prepare(id); err != nil {
			return nil, err
		}
		prints[name] = &id
	}
	return prints, nil
}

// extract takes the features of a test, nil when it is refused.
func (t *voiceTest) extract(m *voice.Matcher, folder, files string) (*matcher.Identification, error) {
	c, err := readJoined(folder, files)
	if err != nil {
		return nil, err
	}
	if t.snr != 0 {
		if c, err = t.noise.add(c, t.snr, files); err != nil {
			return nil, err
		}
	}
	c = t.line(c)
	t.recordings++
	start := time.Now()
	id, err := m.Extract(c.sample())
	t.spent += time.Since(start)
	t.heard += c.seconds()
	if quality(err) {
		fmt.Fprintf(t.errs, "cannot use %s: %v\n", files, err)
		t.failed++
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot use %s: %w", files, err)
	}
	return &id, nil
}

// line returns c as it reaches the matcher.
func (t *voiceTest) line(c clip) clip {
	if !t.telephone {
		return c
	}
	sound := speech.Sound(c.pcm)
	if c.rate == 16000 {
		sound = speech.Halve(sound)
	}
	return clip{samples(speech.Telephone(sound)), 8000}
}

// compare compares where both sides are there; otherwise nobody is let in.
func (t *voiceTest) compare(m *voice.Matcher, first, second *matcher.Identification) (matcher.Verdict, error) {
	refused := matcher.Verdict{Score: math.Inf(-1), FMR: 1}
	if first == nil || second == nil {
		return refused, nil
	}
	v, err := m.Compare(*first, *second)
	if errors.Is(err, voice.ErrRepeated) {
		return refused, nil
	}
	return v, err
}

func (c clip) sample() matcher.Sample {
	return matcher.Sample{Kind: matcher.Voice, Bytes: c.pcm, Rate: c.rate}
}

// playBack tries a replay of a target test, where asked to.
func (t *voiceTest) playBack(model *speaker.Model, m *voice.Matcher, first *matcher.Identification, folder, files string) error {
	if t.replay == nil {
		return nil
	}
	c, err := readJoined(folder, files)
	if err != nil {
		return err
	}
	remembers, err := voice.New(model, voice.Options{AnyText: true, Attempts: 1})
	if err != nil {
		return err
	}
	return t.replay.try(m, remembers, first, c)
}

// quality tells whether err says that a recording is too poor to be used.
func quality(err error) bool {
	var q *matcher.QualityError
	return errors.As(err, &q)
}
