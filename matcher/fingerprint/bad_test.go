package fingerprint

import (
	"errors"
	"math/rand/v2"
	"testing"

	"lockerd/matcher"
	"lockerd/matcher/fingerprint/synthetic"
)

// painted returns a sample of w × h pixels that paint colours.
func painted(w, h int, paint func(x, y int) byte) matcher.Sample {
	s := matcher.Sample{Kind: matcher.Fingerprint, Bytes: make([]byte, w*h), Width: w, Height: h, DPI: 500}
	for i := range s.Bytes {
		s.Bytes[i] = paint(i%w, i/w)
	}
	return s
}

func TestExtractRefusesWhatIsNoImage(t *testing.T) {
	good := sample(1, 0)
	tests := map[string]func(*matcher.Sample){
		"empty":           func(s *matcher.Sample) { *s = matcher.Sample{Kind: matcher.Fingerprint} },
		"another kind":    func(s *matcher.Sample) { s.Kind = matcher.Voice },
		"cut short":       func(s *matcher.Sample) { s.Bytes = s.Bytes[:len(s.Bytes)-1] },
		"too long":        func(s *matcher.Sample) { s.Bytes = append(s.Bytes, 0) },
		"too small":       func(s *matcher.Sample) { s.Width, s.Height, s.Bytes = 95, 95, make([]byte, 95*95) },
		"too large":       func(s *matcher.Sample) { s.Width, s.Height, s.Bytes = 1001, 100, make([]byte, 100100) },
		"negative":        func(s *matcher.Sample) { s.Width, s.Height = -s.Width, -s.Height },
		"no resolution":   func(s *matcher.Sample) { s.DPI = 0 },
		"huge resolution": func(s *matcher.Sample) { s.DPI = 1 << 30 },
	}
	for name, spoil := range tests {
		s := good
		spoil(&s)
		if _, err := New(Options{}).Extract(s); !errors.Is(err, ErrImage) {
			t.Errorf("%s: got %v, want ErrImage", name, err)
		}
	}
}

func TestExtractGivesAdvice(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	tests := map[string]struct {
		sample matcher.Sample
		want   matcher.Advice
	}{
		"white":        {painted(256, 288, func(x, y int) byte { return 255 }), matcher.CleanSensor},
		"black":        {painted(256, 288, func(x, y int) byte { return 0 }), matcher.CleanSensor},
		"a wet finger": {painted(256, 288, func(x, y int) byte { return byte(rng.IntN(120)) }), matcher.PressLighter},
		"a dry finger": {painted(256, 288, func(x, y int) byte { return byte(255 - rng.IntN(120)) }), matcher.PressHarder},
		"a corner of a finger": {func() matcher.Sample {
			s := sample(1, 0)
			for i := range s.Bytes {
				if i%s.Width > 70 || i/s.Width > 70 {
					s.Bytes[i] = 235
				}
			}
			return s
		}(), matcher.PressCentre},
	}
	for name, test := range tests {
		_, err := New(Options{}).Extract(test.sample)
		var q *matcher.QualityError
		if !errors.As(err, &q) || q.Advice != test.want {
			t.Errorf("%s: got %v, want advice %q", name, err, test.want)
		}
	}
}

func TestNoNonFingerMatches(t *testing.T) {
	m := New(Options{})
	var fingers []matcher.Identification
	for seed := range uint64(2) {
		id, err := m.Extract(sample(seed, 0))
		if err != nil {
			t.Fatal(err)
		}
		if id, err = m.Prepare(id); err != nil {
			t.Fatal(err)
		}
		fingers = append(fingers, id)
	}
	accepted := 0
	for n := range uint64(3 * len(synthetic.Others)) {
		id, err := m.Extract(matcher.Sample{Kind: matcher.Fingerprint, Bytes: synthetic.Other(n, 256, 288), Width: 256, Height: 288, DPI: synthetic.DPI})
		var q *matcher.QualityError
		if errors.As(err, &q) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		accepted++
		for i, f := range fingers {
			if v, err := m.Compare(f, id); err != nil || v.Match {
				t.Errorf("image %d (%s) matches finger %d: %+v, %v", n, synthetic.Others[n%uint64(len(synthetic.Others))], i, v, err)
			}
		}
	}
	if accepted == 0 {
		t.Error("every image was refused, so that nothing was compared")
	}
}

func TestDamagedDataIsAnError(t *testing.T) {
	m := New(Options{})
	id, err := m.Extract(sample(1, 0))
	if err != nil {
		t.Fatal(err)
	}
	for n := range id.Data {
		if _, err := m.Prepare(matcher.Identification{Kind: matcher.Fingerprint, Data: id.Data[:n]}); !errors.Is(err, matcher.ErrDamaged) {
			t.Fatalf("%d of %d bytes: got %v, want ErrDamaged", n, len(id.Data), err)
		}
	}
}

func FuzzRecord(f *testing.F) {
	id, err := New(Options{}).Extract(sample(1, 0))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(id.Data)
	f.Add(id.Data[6:])
	f.Add([]byte("FMR\x00 20\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m := New(Options{})
		other := matcher.Identification{Kind: matcher.Fingerprint, Data: data}
		v, err := m.Compare(id, other)
		if err != nil && !errors.Is(err, matcher.ErrDamaged) {
			t.Errorf("error %v is not ErrDamaged", err)
		}
		if err != nil && v.Match {
			t.Error("an error that matches")
		}
		impressions, err := unpack(data)
		if err != nil {
			return
		}
		if _, err := unpack(pack(impressions...)); err != nil {
			t.Errorf("what was read and written cannot be read again: %v", err)
		}
	})
}

func FuzzImage(f *testing.F) {
	s := sample(1, 0)
	f.Add(s.Bytes, s.Width, s.Height, s.DPI)
	f.Add(make([]byte, 96*96), 96, 96, 500)
	f.Add(make([]byte, 100*120), 100, 120, 1000)
	f.Fuzz(func(t *testing.T, data []byte, w, h, dpi int) {
		id, err := New(Options{}).Extract(matcher.Sample{Kind: matcher.Fingerprint, Bytes: data, Width: w, Height: h, DPI: dpi})
		if err != nil {
			return
		}
		if len(id.Data) > MaxTemplate+6 {
			t.Errorf("%d bytes", len(id.Data))
		}
		if _, err := New(Options{}).Prepare(id); err != nil {
			t.Errorf("an extracted template cannot be read: %v", err)
		}
	})
}
