package controller

import (
	"fmt"
	"slices"
	"strings"

	"lockerd/matcher"
)

// Set is a set of kinds, sorted, that are enough together.
type Set []matcher.Kind

// Policy lists alternatives; any one of them suffices. An empty policy asks for nothing beyond others.
type Policy []Set

// ParsePolicy reads "fingerprint | pattern | voice+passcode | code".
func ParsePolicy(text string) (Policy, error) {
	var policy Policy
	for alternative := range strings.SplitSeq(text, "|") {
		var set Set
		for name := range strings.SplitSeq(alternative, "+") {
			kind, err := matcher.ParseKind(strings.TrimSpace(name))
			if err != nil {
				return nil, fmt.Errorf("cannot read policy %q: %w", text, err)
			}
			if slices.Contains(set, kind) {
				return nil, fmt.Errorf("cannot read policy %q: %s stands twice in one alternative", text, kind)
			}
			set = append(set, kind)
		}
		slices.Sort(set)
		policy = append(policy, set)
	}
	return policy, nil
}

// String writes the policy as ParsePolicy reads it.
func (p Policy) String() string {
	alternatives := make([]string, len(p))
	for i, set := range p {
		names := make([]string, len(set))
		for j, kind := range set {
			names[j] = string(kind)
		}
		alternatives[i] = strings.Join(names, "+")
	}
	return strings.Join(alternatives, " | ")
}

// MarshalText and UnmarshalText let a policy stand in configuration and messages as its text.
func (p Policy) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what MarshalText writes; empty text is the empty policy.
func (p *Policy) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*p = nil
		return nil
	}
	parsed, err := ParsePolicy(string(text))
	if err == nil {
		*p = parsed
	}
	return err
}

// Satisfied tells whether the kinds that were matched are enough.
func (p Policy) Satisfied(given []matcher.Kind) bool {
	return len(p) == 0 || slices.ContainsFunc(p, func(set Set) bool { return set.within(given) })
}

// satisfyAll tells whether the kinds are enough for every one of the policies.
func satisfyAll(policies []Policy, kinds []matcher.Kind) bool {
	return !slices.ContainsFunc(policies, func(p Policy) bool { return !p.Satisfied(kinds) })
}

// next lists the kinds that can complete what was given: those of the alternatives that are begun, or of
// all of them when none is; none when the policy is satisfied.
func (p Policy) next(given []matcher.Kind) []matcher.Kind {
	if p.Satisfied(given) {
		return nil
	}
	var begun, any []matcher.Kind
	for _, set := range p {
		any = append(any, set...)
		if Set(given).within(set) {
			begun = append(begun, set...)
		}
	}
	if len(begun) > 0 {
		return begun
	}
	return any
}

func (s Set) within(kinds []matcher.Kind) bool {
	return !slices.ContainsFunc(s, func(k matcher.Kind) bool { return !slices.Contains(kinds, k) })
}

// without removes the alternatives that need a kind that is switched off.
func (p Policy) without(off []matcher.Kind) Policy {
	return slices.DeleteFunc(slices.Clone(p), func(set Set) bool {
		return slices.ContainsFunc(set, func(k matcher.Kind) bool { return slices.Contains(off, k) })
	})
}

// withoutVoiceAlone removes the alternatives that take a voice alone for enough.
func (p Policy) withoutVoiceAlone() Policy {
	return slices.DeleteFunc(slices.Clone(p), func(set Set) bool { return len(set) == 1 && set[0] == matcher.Voice })
}
