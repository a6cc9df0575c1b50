package controller

import (
	"context"
	"slices"

	"lockerd/matcher"
)

// impressions is how many times each finger is captured.
const impressions = 3

// fingers are the labels of the fingers that an enrolment asks for; two, since one can be hurt.
var fingers = []string{"right index", "left index"}

// enrolFingers takes several impressions of each finger.
func (s *session) enrolFingers(ctx context.Context) ([]FirstIdentification, error) {
	var firsts []FirstIdentification
	for _, label := range fingers {
		first, err := s.enrolFinger(ctx, label, firsts)
		if err != nil {
			return nil, err
		}
		if first == nil {
			return nil, nil // skipped: one finger alone is not stored
		}
		firsts = append(firsts, *first)
	}
	return firsts, nil
}

// enrolFinger returns nil when the finger was skipped or could not be captured well. A finger that is
// already among the others is asked for again.
func (s *session) enrolFinger(ctx context.Context, label string, others []FirstIdentification) (*FirstIdentification, error) {
	var advice matcher.Advice
	for range enrolTries {
		samples, err := s.impressions(ctx, label, advice)
		if err != nil || samples == nil {
			return nil, err
		}
		first, err := s.c.learn(matcher.Fingerprint, label, samples)
		if err == nil && !s.c.among(first, others) {
			return &first, nil
		}
		if advice = matcher.SameFinger; err != nil {
			advice = adviceOf(err)
		}
		if advice == "" {
			return nil, err
		}
	}
	return nil, nil
}

// impressions captures one finger several times. Poor captures are repeated with advice; nil says that it was skipped,
// or poor too often.
func (s *session) impressions(ctx context.Context, label string, advice matcher.Advice) (samples []matcher.Sample, err error) {
	defer func() {
		if len(samples) < impressions {
			zero(samples)
			samples = nil
		}
	}()
	m := s.c.matchers[matcher.Fingerprint]
	for poor := 0; len(samples) < impressions; {
		v := View{Screen: EnrolFinger, Label: label, Step: len(samples) + 1, Steps: impressions, Advice: advice,
			Patience: readingTime * s.c.times.Patience}
		in, err := s.ask(ctx, v, s.c.sensing(ToEnrol, matcher.Fingerprint)...)
		if err != nil || in.answer.Act == ActSkip {
			return samples, err
		}
		err = in.err
		if err == nil && in.sample.Kind == matcher.Fingerprint {
			_, err = m.Extract(in.sample)
		}
		switch {
		case err == nil && in.sample.Kind != "":
			samples, advice = append(samples, in.sample), ""
		case err != nil:
			in.sample.Zero()
			if advice = adviceOf(err); advice == "" {
				return samples, err
			}
			if poor++; poor > 3*impressions {
				return samples, nil
			}
		}
	}
	return samples, nil
}

// among tells whether one of the others is the same finger.
func (c *Controller) among(first FirstIdentification, others []FirstIdentification) bool {
	return slices.ContainsFunc(others, func(other FirstIdentification) bool {
		verdict, err := c.matchers[first.Kind].Compare(other.Identification, first.Identification)
		return err == nil && verdict.Match
	})
}
