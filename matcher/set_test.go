package matcher

import (
	"slices"
	"testing"
)

func TestParseSets(t *testing.T) {
	sets, err := ParseSets(" fingerprint|voice + passcode | code ")
	if err != nil {
		t.Fatal(err)
	}
	if text := FormatSets(sets); text != "fingerprint | voice+passcode | code" {
		t.Errorf("the sets read %q", text)
	}
	if given := []Kind{Passcode, Code, Voice}; !sets[1].Within(given) || sets[0].Within(given) {
		t.Errorf("%v: the second set alone is within it", given)
	}
	for _, text := range []string{"", "|", "fingerprint |", "face", "voice++code", "voice+code+voice", "Fingerprint"} {
		if sets, err := ParseSets(text); err == nil {
			t.Errorf("%q was read as %v", text, sets)
		}
	}
}

func FuzzParseSets(f *testing.F) {
	f.Add("fingerprint | voice+passcode | code")
	f.Add("+|")
	f.Add("code+code")
	f.Fuzz(func(t *testing.T, text string) {
		sets, err := ParseSets(text)
		if err != nil {
			return
		}
		again, err := ParseSets(FormatSets(sets))
		if err != nil || !slices.EqualFunc(again, sets, slices.Equal[Set]) {
			t.Errorf("%q is written as %q, which reads as %v, %v", text, FormatSets(sets), again, err)
		}
	})
}
