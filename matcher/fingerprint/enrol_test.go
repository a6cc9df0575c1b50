package fingerprint

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"lockerd/matcher"
)

func TestEnrolRefuses(t *testing.T) {
	white := painted(256, 288, func(x, y int) byte { return 255 })
	tests := map[string]struct {
		samples []matcher.Sample
		want    matcher.Advice
	}{
		"a mixed-up finger":   {[]matcher.Sample{sample(1, 0), sample(1, 1), sample(2, 0)}, matcher.SameFinger},
		"one finger and many": {[]matcher.Sample{sample(1, 0), sample(1, 1), sample(1, 2), sample(2, 0), sample(2, 1), sample(2, 2)}, matcher.SameFinger},
		"a poor impression":   {[]matcher.Sample{sample(1, 0), sample(1, 1), white}, matcher.CleanSensor},
	}
	for name, test := range tests {
		_, err := New(Options{}).Enrol(test.samples)
		var q *matcher.QualityError
		if !errors.As(err, &q) || q.Advice != test.want {
			t.Errorf("%s: got %v, want advice %q", name, err, test.want)
		}
	}
	for _, n := range []int{0, 2, 7} {
		if _, err := New(Options{}).Enrol(make([]matcher.Sample, n)); err == nil {
			t.Errorf("%d samples: no error", n)
		}
	}
}

// TestEnrolKeepsTheBest enrols five impressions, one of a part of the finger.
func TestEnrolKeepsTheBest(t *testing.T) {
	m := New(Options{})
	var samples []matcher.Sample
	for n := range uint64(5) {
		samples = append(samples, sample(1, n))
	}
	part := samples[2]
	part.Bytes = bytes.Clone(part.Bytes)
	for i := range part.Bytes {
		if i%part.Width > part.Width/4 {
			part.Bytes[i] = 235
		}
	}
	samples[2] = part
	id, err := m.Enrol(samples)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := Export(id)
	if err != nil {
		t.Fatal(err)
	}
	if len(kept) != mostKept {
		t.Errorf("%d impressions kept, want %d", len(kept), mostKept)
	}
	for i, s := range samples {
		one, err := m.Extract(s)
		if err != nil {
			t.Fatal(err)
		}
		record, err := Export(one)
		if err != nil {
			t.Fatal(err)
		}
		if len(record[0]) > MaxTemplate {
			t.Errorf("impression %d has %d bytes, more than %d", i, len(record[0]), MaxTemplate)
		}
		found := slices.ContainsFunc(kept, func(r []byte) bool { return bytes.Equal(r, record[0]) })
		if want := i != 2; found != want {
			t.Errorf("impression %d kept: %v, want %v", i, found, want)
		}
	}
}

func TestBest(t *testing.T) {
	scores := [][]float64{
		{0, 9, 2, 8, 40},
		{9, 0, 3, 9, 9},
		{2, 3, 0, 2, 3},
		{8, 9, 2, 0, 1},
		{40, 9, 3, 1, 0}, // very like the first, and unlike the fourth
	}
	grades := []uint8{50, 60, 50, 50, 50}
	for n, want := range map[int][]int{5: {0, 1, 2, 3, 4}, 4: {0, 1, 3, 4}, 3: {0, 1, 4}} {
		if got := best(scores, grades, n); !slices.Equal(got, want) {
			t.Errorf("best %d: got %v, want %v", n, got, want)
		}
	}
	alike := [][]float64{{0, 20, 20}, {20, 0, 20}, {20, 20, 0}}
	if got := best(alike, []uint8{60, 40, 50}, 2); !slices.Equal(got, []int{0, 2}) {
		t.Errorf("of impressions that agree alike: got %v, want the clearest", got)
	}
}

// TestLargestTemplate packs an impression with everything it can hold.
func TestLargestTemplate(t *testing.T) {
	p := &impression{w: maxSide, h: maxSide, grade: 100}
	p.ridge = ridgeMap{w: mostWide, h: mostHigh, cells: make([]uint8, mostWide*mostHigh)}
	for range mostViews {
		p.views = append(p.views, make([]Minutia, mostMinutiae))
	}
	if n := len(appendRecord(nil, p)); n > MaxTemplate {
		t.Errorf("the largest record has %d bytes, more than %d", n, MaxTemplate)
	}
}
