package passcode

import (
	"errors"
	"testing"

	"lockerd/matcher"
)

func sample(digits string) matcher.Sample {
	return matcher.Sample{Kind: matcher.Passcode, Bytes: []byte(digits)}
}

func TestEnrolAndCompare(t *testing.T) {
	var m Matcher
	first, err := m.Enrol([]matcher.Sample{sample("271828"), sample("271828")})
	if err != nil {
		t.Fatal(err)
	}
	for digits, want := range map[string]bool{"271828": true, "271829": false, "2718280": false} {
		second, err := m.Extract(sample(digits))
		if err != nil {
			t.Fatal(err)
		}
		verdict, err := m.Compare(first, second)
		if err != nil || verdict.Match != want {
			t.Errorf("%s: match %v, %v; want %v", digits, verdict.Match, err, want)
		}
	}
}

func TestEnrolRefuses(t *testing.T) {
	for _, c := range []struct {
		once, again string
		want        matcher.Advice
	}{
		{"27182", "27182", matcher.MoreDigits},
		{"271828", "271829", matcher.RepeatTheSame},
		{"111111", "111111", matcher.LessCommon},
		{"121212", "121212", matcher.LessCommon},
		{"123123", "123123", matcher.LessCommon},
		{"123456", "123456", matcher.LessCommon},
		{"098765", "098765", matcher.LessCommon},
		{"12ab56", "12ab56", matcher.MoreDigits},
		{"", "", matcher.MoreDigits},
		{"1234567890123", "1234567890123", matcher.MoreDigits},
	} {
		_, err := Matcher{}.Enrol([]matcher.Sample{sample(c.once), sample(c.again)})
		var quality *matcher.QualityError
		if !errors.As(err, &quality) || quality.Advice != c.want {
			t.Errorf("%q then %q: %v, want advice %s", c.once, c.again, err, c.want)
		}
	}
}

// TestExtractRefusesWhatNoPasscodeIs: so that it need not count as a try.
func TestExtractRefusesWhatNoPasscodeIs(t *testing.T) {
	for _, digits := range []string{"", "27182", "2718281828459", "27182a"} {
		var quality *matcher.QualityError
		if _, err := (Matcher{}).Extract(sample(digits)); !errors.As(err, &quality) || quality.Advice != matcher.MoreDigits {
			t.Errorf("%q gives %v", digits, err)
		}
	}
}

func TestCompareDamaged(t *testing.T) {
	first := matcher.Identification{Kind: matcher.Passcode, Data: []byte("not a template")}
	second, err := Matcher{}.Extract(sample("271828"))
	if err != nil {
		t.Fatal(err)
	}
	if verdict, err := (Matcher{}).Compare(first, second); !errors.Is(err, matcher.ErrDamaged) || verdict.Match {
		t.Errorf("got %v, %v; want ErrDamaged and no match", verdict, err)
	}
}
