package controller

import (
	"slices"

	"lockerd/matcher"
)

// Policy lists alternatives, each a sorted set of kinds; any one of them suffices. An empty policy asks for nothing
// beyond others.
type Policy []matcher.Set

// ParsePolicy reads "fingerprint | pattern | voice+passcode | code".
func ParsePolicy(text string) (Policy, error) {
	policy, err := matcher.ParseSets(text)
	for _, set := range policy {
		slices.Sort(set)
	}
	return policy, err
}

// ParseOptionalPolicy is ParsePolicy where empty text is the empty policy.
func ParseOptionalPolicy(text string) (Policy, error) {
	if text == "" {
		return nil, nil
	}
	return ParsePolicy(text)
}

// String writes the policy as ParsePolicy reads it.
func (p Policy) String() string { return matcher.FormatSets(p) }

// Satisfied tells whether the kinds that were matched are enough.
func (p Policy) Satisfied(given []matcher.Kind) bool {
	return len(p) == 0 || slices.ContainsFunc(p, func(set matcher.Set) bool { return set.Within(given) })
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
		if matcher.Set(given).Within(set) {
			begun = append(begun, set...)
		}
	}
	if len(begun) > 0 {
		return begun
	}
	return any
}

// without removes the alternatives that need a kind that is switched off.
func (p Policy) without(off []matcher.Kind) Policy {
	return slices.DeleteFunc(slices.Clone(p), func(set matcher.Set) bool {
		return slices.ContainsFunc(set, func(k matcher.Kind) bool { return slices.Contains(off, k) })
	})
}

// withoutVoiceAlone removes the alternatives that take a voice alone for enough.
func (p Policy) withoutVoiceAlone() Policy {
	return slices.DeleteFunc(slices.Clone(p), func(set matcher.Set) bool { return len(set) == 1 && set[0] == matcher.Voice })
}
