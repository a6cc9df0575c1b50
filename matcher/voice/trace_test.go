package voice

import (
	"bytes"
	"errors"
	"testing"

	"lockerd/matcher"
	"lockerd/matcher/voice/synthetic"
)

// What one matcher heard, another one knows again by its trace: a recording is refused after a restart, too.
func TestTrace(t *testing.T) {
	before, after := newMatcher(t, Options{}), newMatcher(t, Options{})
	recording := sample(synthetic.New(6), "40281975", 1)
	replay, another := recording, sample(synthetic.New(6), "40281975", 2)
	replay.Bytes = bytes.Clone(recording.Bytes)
	second, err := before.Extract(recording)
	if err != nil {
		t.Fatal(err)
	}
	trace, err := before.Trace(second)
	if err != nil {
		t.Fatal(err)
	}
	if len(trace) > 8<<10 {
		t.Errorf("a trace has %d bytes", len(trace))
	}
	if err := after.Remember(trace); err != nil {
		t.Fatal(err)
	}
	if _, err := after.Extract(replay); !errors.Is(err, ErrRepeated) {
		t.Errorf("a replay after a restart: %v, want ErrRepeated", err)
	}
	if _, err := after.Extract(another); err != nil {
		t.Errorf("the same digits said once more: %v", err)
	}
}

func FuzzTrace(f *testing.F) {
	m := newMatcher(f, Options{})
	second, err := m.Extract(sample(synthetic.New(1), "40281975", 9))
	if err != nil {
		f.Fatal(err)
	}
	trace, err := m.Trace(second)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(trace)
	f.Add(trace[:len(trace)-1])
	f.Add([]byte(traceMagic))
	f.Fuzz(func(t *testing.T, trace []byte) {
		m := newMatcher(t, Options{Attempts: 1})
		if err := m.Remember(trace); err != nil && !errors.Is(err, matcher.ErrDamaged) {
			t.Errorf("%v, want ErrDamaged", err)
		}
	})
}

// BenchmarkRepeats measures what it costs to hold an attempt against all that a cabinet remembers.
func BenchmarkRepeats(b *testing.B) {
	m := newMatcher(b, Options{Attempts: 256})
	for i := range 256 {
		a, err := m.analyse(sample(synthetic.New(uint64(i)), Prompt(), uint64(i)))
		if err != nil {
			b.Fatal(err)
		}
		m.attempts.remember(a.sketch)
	}
	a, err := m.analyse(sample(synthetic.New(1000), Prompt(), 1))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for _, before := range m.attempts.ring {
			repeats(a.sketch, before)
		}
	}
}
