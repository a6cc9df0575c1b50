// Package pattern compares patterns drawn over a grid of 3×3 dots, the "graphic" of the method. The first
// identification is an argon2id template of the dots; the second is the dots, which never leave memory.
//
// Dots are numbered 0–8, row by row. A line that passes over a dot that was not touched yet touches it, as
// on every telephone.
package pattern

import (
	"bytes"
	"fmt"

	"lockerd/matcher"
	"lockerd/matcher/secret"
)

// MinDots is the least a pattern may have.
const MinDots = 4

// falseMatch is the share of people who would be expected to draw a given pattern: people's choices carry
// about 9 bits, not the 18.6 of all 389,112 patterns.
const falseMatch = 1.0 / 512

// Matcher implements matcher.Matcher for patterns.
type Matcher struct{}

// Kind returns matcher.Pattern.
func (Matcher) Kind() matcher.Kind { return matcher.Pattern }

// Extract takes the dots of the sample in the order in which lines touch them.
func (Matcher) Extract(s matcher.Sample) (matcher.Identification, error) {
	dots, err := touched(s.Bytes)
	if err != nil {
		return matcher.Identification{}, err
	}
	return matcher.Identification{Kind: matcher.Pattern, Data: dots}, nil
}

// Enrol takes the same new pattern twice.
func (m Matcher) Enrol(samples []matcher.Sample) (matcher.Identification, error) {
	if len(samples) != 2 {
		return matcher.Identification{}, fmt.Errorf("cannot enrol a pattern of %d samples: 2 are needed", len(samples))
	}
	chosen, err := touched(samples[0].Bytes)
	if err != nil {
		return matcher.Identification{}, err
	}
	defer clear(chosen)
	if common(chosen) {
		return matcher.Identification{}, &matcher.QualityError{Advice: matcher.LessCommon, Detail: "many people draw this"}
	}
	again, err := touched(samples[1].Bytes)
	defer clear(again)
	if err != nil || !bytes.Equal(chosen, again) {
		return matcher.Identification{}, &matcher.QualityError{Advice: matcher.RepeatTheSame, Detail: "the repetition differs"}
	}
	return matcher.Identification{Kind: matcher.Pattern, Data: secret.Hash(chosen)}, nil
}

// Compare hashes the second identification as the first was.
func (Matcher) Compare(first, second matcher.Identification) (matcher.Verdict, error) {
	match, err := secret.Verify(first.Data, second.Data)
	if err != nil {
		return matcher.Verdict{}, fmt.Errorf("cannot compare pattern: %w", matcher.ErrDamaged)
	}
	if match {
		return matcher.Verdict{Match: true, Score: 1, FMR: falseMatch}, nil
	}
	return matcher.Verdict{FMR: 1}, nil
}

// touched returns the dots that the lines between the given dots touch.
func touched(dots []byte) ([]byte, error) {
	all := make([]byte, 0, 9) // all there are, so that growing leaves no copy behind
	for i, dot := range dots {
		if dot > 8 || bytes.IndexByte(dots[:i], dot) >= 0 {
			return nil, &matcher.QualityError{Advice: matcher.RepeatTheSame, Detail: "a pattern touches each of the dots 0–8 once at most"}
		}
		if bytes.IndexByte(all, dot) >= 0 {
			continue
		}
		if i > 0 {
			if middle, ok := between(dots[i-1], dot); ok && bytes.IndexByte(all, middle) < 0 {
				all = append(all, middle)
			}
		}
		all = append(all, dot)
	}
	if len(all) < MinDots {
		return nil, &matcher.QualityError{Advice: matcher.MoreDots, Detail: fmt.Sprintf("a pattern has at least %d dots", MinDots)}
	}
	return all, nil
}

// between returns the dot halfway from a to b, if there is one.
func between(a, b byte) (byte, bool) {
	if (a/3+b/3)%2 != 0 || (a%3+b%3)%2 != 0 {
		return 0, false
	}
	return (a + b) / 2, true
}

// common tells whether the dots draw one of the shapes that are tried first: the edges, the diagonals with
// a corner, and the letters L, C, U, Z, N, S in both directions.
func common(dots []byte) bool {
	for _, shape := range []string{
		"012345678", "036147258", "0124", "0125", "01258", "0367", "03678", "0258", "0367852", "036785412",
		"0124678", "012458", "0124876", "210345876", "21036", "2103678", "6304258", "0345876", "0145", "1478", "0147",
	} {
		if matches(dots, shape) {
			return true
		}
	}
	return false
}

// matches compares with a shape, forwards and backwards.
func matches(dots []byte, shape string) bool {
	if len(dots) != len(shape) {
		return false
	}
	forward, backward := true, true
	for i, dot := range dots {
		forward = forward && shape[i]-'0' == dot
		backward = backward && shape[len(shape)-1-i]-'0' == dot
	}
	return forward || backward
}
