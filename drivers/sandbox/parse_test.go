package sandbox

import (
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for line, want := range map[string]Word{
		"finger ada":          {Form: "finger NAME [WHICH]", Name: "ada"},
		"  Finger Ada  LEFT ": {Form: "finger NAME [WHICH]", Name: "ada", Text: "left"},
		"door 3 shut":         {Form: "door N shut", Slot: 3},
		"parcel out of 12":    {Form: "parcel out of N", Slot: 12},
		"type 1234#":          {Form: "type KEYS", Text: "1234#"},
		"say My File.wav":     {Form: "say FILE", Text: "My File.wav"},
		"fault uart":          {Form: "fault uart"},
		"fault module silent": {Form: "fault module FAULT", Name: "silent"},
		"fault disk full":     {Form: "fault disk full"},
		"network down":        {Form: "network down"},
	} {
		if got, err := Parse(line); err != nil || got != want {
			t.Errorf("%q: %+v, %v; want %+v", line, got, err, want)
		}
	}
	for line, hint := range map[string]string{
		"": "try help", "open sesame": "try help", "door": "door N shut", "door three shut": `"three" is no slot`,
		"door 0 shut": "is no slot", "door 3 ajar": "door N open", "lift it": "use lift", "network": "network up",
		strings.Repeat("door ", 200): "longer",
	} {
		if w, err := Parse(line); err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("%.20q: %+v, %v; want a hint %q", line, w, err, hint)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, form := range Forms {
		f.Add(strings.NewReplacer("NAME", "ada", " N", " 3", "[WHICH]", "left").Replace(form.Form))
	}
	f.Fuzz(func(t *testing.T, line string) {
		w, err := Parse(line)
		if (err == nil) != (w.Form != "") {
			t.Fatalf("%q: %+v, %v", line, w, err)
		}
		hasSlot := slices.Contains(strings.Fields(w.Form), "N")
		if hasSlot != (w.Slot > 0) || w.Slot > 999 {
			t.Fatalf("%q: slot %d", line, w.Slot)
		}
	})
}

func FuzzParseWAV(f *testing.F) {
	f.Add([]byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x80\x3e\x00\x00\x00\x7d\x00\x00\x02\x00\x10\x00data\x04\x00\x00\x00abcd"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if pcm, err := parseWAV(b); err == nil && (len(pcm)%2 != 0 || len(pcm) > len(b)) {
			t.Fatalf("%d bytes of sound out of %d", len(pcm), len(b))
		}
	})
}
