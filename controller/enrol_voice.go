package controller

import (
	"context"

	"lockerd/matcher"
)

// enrolVoice has the person say strings of digits, and again where they do not agree. Nothing is returned for a voice
// that was skipped, or that does not serve, or not in these surroundings: other kinds remain.
func (s *session) enrolVoice(ctx context.Context) ([]FirstIdentification, error) {
	var advice matcher.Advice
	for range enrolTries {
		samples, err := s.strings(ctx, advice)
		if err != nil || samples == nil {
			return nil, err
		}
		first, err := s.c.learn(matcher.Voice, "", samples)
		if err == nil {
			return []FirstIdentification{first}, nil
		}
		s.c.log.Warn("a voice cannot be enrolled", "err", err)
		if advice = adviceOf(err); advice == "" {
			advice = matcher.SayDigits // for example a recording in place of a person
		}
	}
	return nil, nil
}

// strings captures what the person says for each string of digits. What cannot be used is asked for again with
// advice; nil says that it was skipped, or could not be used too often.
func (s *session) strings(ctx context.Context, advice matcher.Advice) (samples []matcher.Sample, err error) {
	prompts := s.c.parts.VoicePrompts()
	defer func() {
		if len(samples) < len(prompts) {
			zero(samples)
			samples = nil
		}
	}()
	for poor := 0; len(samples) < len(prompts); {
		v := View{Screen: EnrolVoice, Prompt: prompts[len(samples)], Step: len(samples) + 1, Steps: len(prompts), Advice: advice,
			Patience: readingTime * s.c.times.Patience}
		in, err := s.ask(ctx, v, s.c.sensing(ToEnrol, matcher.Voice)...)
		if err != nil || in.answer.Act == ActSkip {
			return samples, err
		}
		if err = in.err; err == nil && in.sample.Kind == matcher.Voice {
			in.sample.Prompt = v.Prompt
			samples = append(samples, in.sample)
			err = s.c.usable(in.sample)
		}
		if advice = adviceOf(err); err == nil {
			continue
		}
		if in.err == nil {
			last := len(samples) - 1
			samples[last].Zero()
			samples = samples[:last]
		}
		if advice == "" {
			advice = matcher.SayDigits
		}
		if poor++; poor > enrolTries*len(prompts) {
			return samples, nil
		}
	}
	return samples, nil
}
