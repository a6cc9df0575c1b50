package pattern

import (
	"bytes"
	"errors"
	"testing"

	"lockerd/matcher"
)

func sample(dots ...byte) matcher.Sample {
	return matcher.Sample{Kind: matcher.Pattern, Bytes: dots}
}

func TestEnrolAndCompare(t *testing.T) {
	var m Matcher
	first, err := m.Enrol([]matcher.Sample{sample(0, 4, 5, 7, 6), sample(0, 4, 5, 7, 6)})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		dots []byte
		want bool
	}{
		{[]byte{0, 4, 5, 7, 6}, true},
		{[]byte{6, 7, 5, 4, 0}, false},
		{[]byte{0, 4, 5, 7, 6, 3}, false},
		{[]byte{0, 4, 5, 7}, false},
	} {
		second, err := m.Extract(sample(c.dots...))
		if err != nil {
			t.Fatal(err)
		}
		verdict, err := m.Compare(first, second)
		if err != nil || verdict.Match != c.want {
			t.Errorf("%v: match %v, %v; want %v", c.dots, verdict.Match, err, c.want)
		}
	}
}

func TestLinesTouchDotsBetween(t *testing.T) {
	for _, c := range []struct{ drawn, want []byte }{
		{[]byte{0, 2, 8}, []byte{0, 1, 2, 5, 8}},
		{[]byte{1, 0, 2, 5}, []byte{1, 0, 2, 5}}, // 1 was touched before
		{[]byte{0, 8, 2, 4}, []byte{0, 4, 8, 5, 2}},
		{[]byte{0, 5, 6, 1}, []byte{0, 5, 6, 1}}, // knight's moves pass over nothing
	} {
		got, err := touched(c.drawn)
		if err != nil || !bytes.Equal(got, c.want) {
			t.Errorf("touched(%v) = %v, %v; want %v", c.drawn, got, err, c.want)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		once, again []byte
		want        matcher.Advice
	}{
		{nil, nil, matcher.MoreDots},
		{[]byte{0, 1, 4}, []byte{0, 1, 4}, matcher.MoreDots},
		{[]byte{0, 1, 4, 0}, []byte{0, 1, 4, 0}, matcher.RepeatTheSame},
		{[]byte{0, 1, 4, 9}, []byte{0, 1, 4, 9}, matcher.RepeatTheSame},
		{[]byte{0, 3, 6, 7, 8}, []byte{0, 3, 6, 7, 8}, matcher.LessCommon},
		{[]byte{8, 7, 6, 3, 0}, []byte{8, 7, 6, 3, 0}, matcher.LessCommon},
		{[]byte{0, 4, 5, 7, 6}, []byte{0, 4, 5, 7, 3}, matcher.RepeatTheSame},
	} {
		_, err := Matcher{}.Enrol([]matcher.Sample{sample(c.once...), sample(c.again...)})
		var quality *matcher.QualityError
		if !errors.As(err, &quality) || quality.Advice != c.want {
			t.Errorf("%v then %v: %v, want advice %s", c.once, c.again, err, c.want)
		}
	}
}

func FuzzTouched(f *testing.F) {
	f.Add([]byte{0, 2, 8, 6})
	f.Add([]byte{255, 0})
	f.Fuzz(func(t *testing.T, dots []byte) {
		all, err := touched(dots)
		if err != nil {
			return
		}
		for i, dot := range all {
			if dot > 8 || bytes.IndexByte(all[:i], dot) >= 0 {
				t.Fatalf("touched(%v) = %v", dots, all)
			}
		}
	})
}
