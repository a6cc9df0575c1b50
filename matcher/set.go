package matcher

import (
	"fmt"
	"slices"
	"strings"
)

// Set is a set of kinds that are enough together.
type Set []Kind

// ParseSets reads alternatives, for example "fingerprint | voice+passcode | code". No kind stands twice in one of them.
func ParseSets(text string) ([]Set, error) {
	var sets []Set
	for alternative := range strings.SplitSeq(text, "|") {
		var set Set
		for name := range strings.SplitSeq(alternative, "+") {
			kind, err := ParseKind(strings.TrimSpace(name))
			if err != nil {
				return nil, fmt.Errorf("cannot read policy %q: %w", text, err)
			}
			if slices.Contains(set, kind) {
				return nil, fmt.Errorf("cannot read policy %q: %s stands twice in one alternative", text, kind)
			}
			set = append(set, kind)
		}
		sets = append(sets, set)
	}
	return sets, nil
}

// FormatSets writes alternatives as ParseSets reads them.
func FormatSets(sets []Set) string {
	alternatives := make([]string, len(sets))
	for i, set := range sets {
		alternatives[i] = set.String()
	}
	return strings.Join(alternatives, " | ")
}

// String writes the kinds of a set with + between them.
func (s Set) String() string {
	names := make([]string, len(s))
	for i, kind := range s {
		names[i] = string(kind)
	}
	return strings.Join(names, "+")
}

// Within tells whether each kind of the set is among those given.
func (s Set) Within(given []Kind) bool {
	return !slices.ContainsFunc(s, func(k Kind) bool { return !slices.Contains(given, k) })
}
