package voice

import (
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"lockerd/infosystem/vault"
	"lockerd/matcher"
	"lockerd/matcher/voice/speaker"
	"lockerd/matcher/voice/synthetic"
)

const rate = 16000

// shippedModel is decoded once for all tests.
var shippedModel = sync.OnceValues(Shipped)

func newMatcher(t testing.TB, o Options) *Matcher {
	t.Helper()
	model, err := shippedModel()
	if err != nil {
		t.Fatal(err)
	}
	m, err := New(model, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var strings5 = []string{"01234567", "89012345", "67890123", "45678901", "23456789"}

func sample(v synthetic.Voice, prompt string, seed uint64) matcher.Sample {
	return matcher.Sample{Kind: matcher.Voice, Rate: rate, Prompt: prompt, Bytes: v.Say(prompt, rate, seed)}
}

func enrolled(t testing.TB, m *Matcher, v synthetic.Voice) matcher.Identification {
	t.Helper()
	var samples []matcher.Sample
	for i, s := range strings5 {
		samples = append(samples, sample(v, s, uint64(i)))
	}
	id, err := m.Enrol(samples)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestAdaAndBo(t *testing.T) {
	m := newMatcher(t, Options{})
	ada, bo := synthetic.New(1), synthetic.New(2)
	print := enrolled(t, m, ada)
	if len(print.Data) > vault.MaxRecord {
		t.Errorf("voiceprint of %d bytes, and the information system keeps %d", len(print.Data), vault.MaxRecord)
	}
	prepared, err := m.Prepare(print)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		sample matcher.Sample
		match  bool
	}{
		{"Ada", sample(ada, "40281975", 100), true},
		{"Ada says other digits", matcher.Sample{Kind: matcher.Voice, Rate: rate, Prompt: "11111111", Bytes: ada.Say("40281975", rate, 101)}, false},
		{"Bo", sample(bo, "40281975", 102), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			second, err := m.Extract(tt.sample)
			if err != nil {
				t.Fatal(err)
			}
			for _, first := range []matcher.Identification{print, prepared} {
				v, err := m.Compare(first, second)
				if err != nil {
					t.Fatal(err)
				}
				if v.Match != tt.match {
					t.Errorf("match %v at an FMR of %.4f, want %v", v.Match, v.FMR, tt.match)
				}
			}
		})
	}
}

func TestRepeatedRecordings(t *testing.T) {
	m := newMatcher(t, Options{})
	ada := synthetic.New(3)
	print := enrolled(t, m, ada)
	if _, err := m.Extract(sample(ada, "40281975", 100)); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Extract(sample(ada, "40281975", 100)); !errors.Is(err, ErrRepeated) {
		t.Errorf("the same recording again: %v, want ErrRepeated", err)
	}
	second, err := m.Extract(sample(ada, strings5[0], 0)) // as recorded at enrolment
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Compare(print, second); !errors.Is(err, ErrRepeated) {
		t.Errorf("a recording of the enrolment: %v, want ErrRepeated", err)
	}
}

// wave returns seconds of f(t), t in seconds, as samples.
func wave(seconds float64, f func(t float64) float64) []byte {
	var b []byte
	for i := range int(seconds * rate) {
		v := max(-1, min(1, f(float64(i)/rate)))
		b = binary.LittleEndian.AppendUint16(b, uint16(int16(32767*v)))
	}
	return b
}

func TestPoorRecordings(t *testing.T) {
	m := newMatcher(t, Options{})
	ada := synthetic.New(4)
	random := rand.New(rand.NewPCG(1, 1))
	loud := wave(3, func(t float64) float64 { return 5 * math.Sin(440*t) * math.Sin(1100*t) })
	for _, tt := range []struct {
		name   string
		pcm    []byte
		advice matcher.Advice
	}{
		{"silence", make([]byte, 3*2*rate), matcher.SpeakLouder},
		{"offset", wave(3, func(float64) float64 { return 0.5 }), matcher.TryAnotherWay},
		{"clipping", loud, matcher.SpeakSofter},
		{"tone", wave(3, func(t float64) float64 { return 0.3 * math.Sin(2*math.Pi*1000*t) }), matcher.TooNoisy},
		{"noise", wave(3, func(float64) float64 { return 0.1 * random.NormFloat64() }), matcher.TooNoisy},
		{"0.1 s", ada.Say("1", rate, 1)[:rate/10*2], matcher.SayDigits},
		{"one digit", ada.Say("1", rate, 1), matcher.SayDigits},
		{"10 minutes", make([]byte, 600*2*rate), matcher.SayDigits},
		{"nothing", nil, matcher.SayDigits},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := m.Extract(matcher.Sample{Kind: matcher.Voice, Rate: rate, Prompt: "12345678", Bytes: tt.pcm})
			var q *matcher.QualityError
			if !errors.As(err, &q) || q.Advice != tt.advice {
				t.Errorf("%v, want the advice %s", err, tt.advice)
			}
		})
	}
}

// TestMusicIsNobody plays a scale of chords: refused, or at least not matched.
func TestMusicIsNobody(t *testing.T) {
	m := newMatcher(t, Options{})
	print := enrolled(t, m, synthetic.New(4))
	music := wave(5, func(t float64) float64 {
		note := 220 * math.Pow(2, math.Floor(4*t)/12)
		beat := math.Exp(-6 * math.Mod(t, 0.25))
		return 0.2 * beat * (math.Sin(2*math.Pi*note*t) + math.Sin(2.5*math.Pi*note*t) + math.Sin(3*math.Pi*note*t))
	})
	second, err := m.Extract(matcher.Sample{Kind: matcher.Voice, Rate: rate, Prompt: "40281975", Bytes: music})
	if err != nil {
		return
	}
	if v, err := m.Compare(print, second); err != nil || v.Match {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestBadSamples(t *testing.T) {
	m := newMatcher(t, Options{})
	good := sample(synthetic.New(5), "12345678", 1)
	for name, change := range map[string]func(*matcher.Sample){
		"44.1 kHz":     func(s *matcher.Sample) { s.Rate = 44100 },
		"no prompt":    func(s *matcher.Sample) { s.Prompt = "" },
		"letters":      func(s *matcher.Sample) { s.Prompt = "12x4" },
		"half a value": func(s *matcher.Sample) { s.Bytes = s.Bytes[:len(s.Bytes)-1] },
	} {
		t.Run(name, func(t *testing.T) {
			s := good
			if change(&s); s.Rate == 0 {
				t.Fatal("no rate")
			}
			if _, err := m.Extract(s); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestPoorEnrolments(t *testing.T) {
	m := newMatcher(t, Options{})
	ada, bo := synthetic.New(2), synthetic.New(3) // two who are told apart, though the model knows people only
	all := func(who func(i int) synthetic.Voice, prompt func(i int) string) []matcher.Sample {
		var samples []matcher.Sample
		for i := range strings5 {
			s := sample(who(i), strings5[i], uint64(i))
			s.Prompt = prompt(i)
			samples = append(samples, s)
		}
		return samples
	}
	onlyAda := func(int) synthetic.Voice { return ada }
	right := func(i int) string { return strings5[i] }
	same := all(onlyAda, right)
	same[3] = same[2]
	for _, tt := range []struct {
		name    string
		samples []matcher.Sample
	}{
		{"none", nil},
		{"too few", all(onlyAda, right)[:3]},
		{"digits missing", all(onlyAda, func(int) string { return "11111111" })},
		{"two people", all(func(i int) synthetic.Voice { return []synthetic.Voice{ada, bo}[i/4] }, right)},
		{"one recording twice", same},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := m.Enrol(tt.samples); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestOtherModel(t *testing.T) {
	m := newMatcher(t, Options{})
	first := enrolled(t, m, synthetic.New(8))
	second, err := m.Extract(sample(synthetic.New(8), "40281975", 9))
	if err != nil {
		t.Fatal(err)
	}
	other := append([]byte(nil), first.Data...)
	other[len(printMagic)+1] ^= 1 // in the model's id
	if _, err := m.Compare(matcher.Identification{Kind: matcher.Voice, Data: other}, second); !errors.Is(err, ErrOtherModel) {
		t.Errorf("%v, want ErrOtherModel", err)
	}
	if _, err := m.Prepare(matcher.Identification{Kind: matcher.Voice, Data: other}); !errors.Is(err, ErrOtherModel) {
		t.Errorf("%v, want ErrOtherModel", err)
	}
	older := append([]byte(nil), first.Data...)
	older[len(printMagic)]-- // the format's version
	if _, err := m.Prepare(matcher.Identification{Kind: matcher.Voice, Data: older}); !errors.Is(err, ErrOtherModel) {
		t.Errorf("an older format: %v, want ErrOtherModel", err)
	}
	for _, cut := range []int{0, 5, 20, len(first.Data) / 2, len(first.Data) - 1} {
		id := matcher.Identification{Kind: matcher.Voice, Data: first.Data[:cut]}
		if _, err := m.Compare(id, second); !errors.Is(err, matcher.ErrDamaged) {
			t.Errorf("%d bytes: %v, want ErrDamaged", cut, err)
		}
	}
	if _, err := New(&speaker.Model{}, Options{}); !errors.Is(err, speaker.ErrModel) {
		t.Errorf("an empty model: %v, want ErrModel", err)
	}
}

func TestPrompts(t *testing.T) {
	count := [10]int{}
	for _, p := range EnrolPrompts() {
		if len(p) != PromptLength {
			t.Errorf("prompt of %d digits", len(p))
		}
		for _, d := range p {
			count[d-'0']++
		}
	}
	if count != [10]int{4, 4, 4, 4, 4, 4, 4, 4, 4, 4} {
		t.Errorf("digits stand %v times, want 4 each", count)
	}
	if a, b := Prompt(), Prompt(); a == b || checkPrompt(a) != nil {
		t.Errorf("prompts %q and %q", a, b)
	}
}

func FuzzPrint(f *testing.F) {
	m := newMatcher(f, Options{})
	f.Add(enrolled(f, m, synthetic.New(1)).Data)
	f.Add([]byte(printMagic))
	second, err := m.Extract(sample(synthetic.New(1), "40281975", 9))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := m.Compare(matcher.Identification{Kind: matcher.Voice, Data: b}, second)
		if err != nil && v.Match {
			t.Error("a match with an error")
		}
	})
}

func FuzzAttempt(f *testing.F) {
	m := newMatcher(f, Options{})
	second, err := m.Extract(sample(synthetic.New(1), "40281975", 9))
	if err != nil {
		f.Fatal(err)
	}
	first := enrolled(f, m, synthetic.New(1))
	f.Add(second.Data)
	f.Add([]byte(attemptMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := m.Compare(first, matcher.Identification{Kind: matcher.Voice, Data: b})
		if err != nil && v.Match {
			t.Error("a match with an error")
		}
	})
}
