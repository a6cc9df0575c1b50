package controller

import (
	"testing"

	"lockerd/matcher"
)

func TestPolicy(t *testing.T) {
	policy, err := ParsePolicy(" fingerprint |pattern| passcode+voice | code ")
	if err != nil {
		t.Fatal(err)
	}
	if text := policy.String(); text != "fingerprint | pattern | passcode+voice | code" {
		t.Errorf("the policy reads %q", text)
	}
	for _, c := range []struct {
		given []matcher.Kind
		want  bool
	}{
		{nil, false},
		{[]matcher.Kind{matcher.Fingerprint}, true},
		{[]matcher.Kind{matcher.Voice}, false},
		{[]matcher.Kind{matcher.Passcode}, false},
		{[]matcher.Kind{matcher.Voice, matcher.Passcode}, true},
		{[]matcher.Kind{matcher.Voice, matcher.Code}, true},
	} {
		if got := policy.Satisfied(c.given); got != c.want {
			t.Errorf("%v satisfies: %v, want %v", c.given, got, c.want)
		}
	}
	off := []matcher.Kind{matcher.Voice, matcher.Fingerprint}
	if text := policy.without(off).String(); text != "pattern | code" {
		t.Errorf("without %v it reads %q", off, text)
	}
	if len(policy) != 4 {
		t.Error("the policy itself was changed")
	}
}

func TestBadPolicies(t *testing.T) {
	for _, text := range []string{"", "|", "fingerprint |", "face", "voice++code", "voice+voice", "Fingerprint"} {
		if policy, err := ParsePolicy(text); err == nil {
			t.Errorf("%q was read as %v", text, policy)
		}
	}
}

func FuzzParsePolicy(f *testing.F) {
	f.Add("fingerprint | voice+passcode | code")
	f.Add("+|")
	f.Fuzz(func(t *testing.T, text string) {
		policy, err := ParsePolicy(text)
		if err != nil {
			return
		}
		again, err := ParsePolicy(policy.String())
		if err != nil || again.String() != policy.String() {
			t.Errorf("%q is written as %q, which reads as %v, %v", text, policy, again, err)
		}
		if policy.Satisfied(nil) {
			t.Errorf("%q is satisfied by nothing", text)
		}
	})
}
