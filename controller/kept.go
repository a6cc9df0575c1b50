package controller

import (
	"context"
	"slices"

	"lockerd/matcher"
)

// kept shows a person who stored something before what it is, and lets them erase some kinds of it or everything,
// or go on and store more. It returns whether they go on. The one-time invitation proves who it is as well as it
// does for storing, and it is spent by whatever is done with it.
func (s *session) kept(ctx context.Context, in Invitation) (more bool, err error) {
	v := View{Screen: EnrolKept, Masked: s.c.masked(in.Recipient), Patience: readingTime * s.c.times.Patience}
	stored := s.c.stored(in.Recipient)
	v.Offers = slices.DeleteFunc(slices.Clone(matcher.Kinds), func(k matcher.Kind) bool { return !slices.Contains(stored, k) })
	if len(v.Offers) == 0 {
		return true, nil
	}
	for {
		said, err := s.ask(ctx, v)
		if err != nil {
			return false, err
		}
		switch kind := matcher.Kind(said.answer.Text); said.answer.Act {
		case ActEnrol:
			return true, nil
		case ActWithdraw:
			v.Marked = toggled(v.Marked, kind, v.Offers)
		case ActErase:
			if len(v.Marked) == 0 {
				v.Marked = v.Offers
			}
			return false, s.erase(ctx, in, v.Marked)
		}
	}
}

// toggled returns the marked kinds with one more, if it is among all, or one less.
func toggled(marked []matcher.Kind, kind matcher.Kind, all []matcher.Kind) []matcher.Kind {
	return slices.DeleteFunc(slices.Clone(all), func(k matcher.Kind) bool {
		return slices.Contains(marked, k) == (k == kind)
	})
}
