package speaker

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"lockerd/matcher/voice/embedding"
	"lockerd/matcher/voice/gmm"
	"lockerd/matcher/voice/speech"
)

// tiny is a model of two components that nothing was trained on.
func tiny(t testing.TB) *Model {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 1))
	values := func(n int, from, to float32) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = from + (to-from)*random.Float32()
		}
		return v
	}
	d := speech.Dimensions
	mixture := gmm.New([]float32{0.5, 0.5}, [][]float32{values(d, -2, 0), values(d, 0, 2)}, [][]float32{values(d, 1, 2), values(d, 1, 2)})
	channel := gmm.NewChannel(2, d, values(2*d*2, -0.1, 0.1))
	filters := speech.Narrow.Filters
	network := &embedding.Network{
		Layers:  []embedding.Layer{{In: filters, Out: 2, Kernel: 1, Stride: 1, Dilation: 1, Weights: values(2*filters, -1, 1), Bias: values(2, 0, 1)}},
		Weights: values(3*4, -1, 1), Bias: values(3, 0, 1),
	}
	bg := &Background{Band: speech.Wide, Mixture: mixture, Channel: channel, Centre: values(2*d, -0.1, 0.1),
		Network: network, NetworkCentre: values(3, -0.1, 0.1)}
	var members []Member
	for range 5 {
		members = append(members, bg.Member(said(random)))
	}
	bg.Cohort = NewCohort(members)
	bg.Impostors = Quantiles([]float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	return &Model{Network: network, Backgrounds: []*Background{bg}}
}

// said returns what somebody's speech could leave in tiny's mixture and network.
func said(random *rand.Rand) Heard {
	s := gmm.Stats{Counts: []float32{10 + 10*random.Float32(), 10 + 10*random.Float32()}}
	for range 2 * speech.Dimensions {
		s.Shifts = append(s.Shifts, 20*random.Float32()-10)
	}
	h := Heard{Stats: s}
	for range 3 {
		h.Embedding = append(h.Embedding, s.Frames()*random.Float32())
	}
	return h
}

func TestModelFile(t *testing.T) {
	m := tiny(t)
	file, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	read, err := Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	if read.ID() != m.ID() || len(read.ID()) != 16 {
		t.Errorf("id %q, want %q", read.ID(), m.ID())
	}
	for cut := range len(file) {
		if _, err := Decode(file[:cut]); !errors.Is(err, ErrModel) {
			t.Fatalf("%d bytes of %d: %v, want ErrModel", cut, len(file), err)
		}
	}
	for at := 0; at < len(file); at += 7 {
		damaged := append([]byte(nil), file...)
		damaged[at] ^= 0x10
		if _, err := Decode(damaged); !errors.Is(err, ErrModel) {
			t.Fatalf("byte %d changed: %v, want ErrModel", at, err)
		}
	}
}

func TestFMRFallsWithTheScore(t *testing.T) {
	bg := tiny(t).Backgrounds[0]
	before := 1.0
	for s := -5.0; s < 40; s += 0.25 {
		f := bg.FMR(s)
		if f > before || f < leastRate || f > 1 {
			t.Fatalf("FMR %g at %.2f after %g", f, s, before)
		}
		before = f
	}
	if bg.FMR(-1e9) != 1 || before != leastRate {
		t.Errorf("from %g to %g, want 1 to %g", bg.FMR(-1e9), before, leastRate)
	}
}

func TestQuantiles(t *testing.T) {
	scores := make([]float64, 100_000)
	for i := range scores {
		scores[i] = float64(i)
	}
	q := Quantiles(scores)
	for i, r := range Rates {
		if want := float32(99_999 - int(r*100_000)); q[i] != want {
			t.Errorf("at %g the score %g, want %g", r, q[i], want)
		}
	}
}

// TestQuantilesOfFew draws from an exponential distribution, whose tail is the line that is followed.
func TestQuantilesOfFew(t *testing.T) {
	const n = 1000
	scores := make([]float64, n)
	for i := range scores {
		scores[i] = math.Log(n / float64(n-i))
	}
	q := Quantiles(scores)
	for i, r := range Rates {
		if want := math.Log(1 / r); math.Abs(float64(q[i])-want) > 0.1 {
			t.Errorf("at %g the score %.2f, want about %.2f", r, q[i], want)
		}
	}
	if highest := float32(math.Log(n)); q[len(q)-1] > highest+0.2 {
		t.Errorf("at 0.1 %% the score %.2f of a thousand whose highest is %.2f", q[len(q)-1], highest)
	}
}

func TestScorePrefersTheEnrolled(t *testing.T) {
	bg := tiny(t).Backgrounds[0]
	random := rand.New(rand.NewPCG(2, 2))
	a, b := said(random), said(random)
	if own, other := Score(bg.Voice(a, a), bg.Voice(a)), Score(bg.Voice(b), bg.Voice(a)); own <= other {
		t.Errorf("own %.2f, other %.2f", own, other)
	}
}

func FuzzDecode(f *testing.F) {
	file, err := tiny(f).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := Decode(b); err == nil && len(m.Backgrounds) == 0 {
			t.Error("a model without a background")
		}
		// The hash keeps damage out of decodeBackground: try it without.
		r := &Reader{Bytes: b}
		if bg, err := decodeBackground(r, nil); err == nil && bg.Mixture.Dimensions() != speech.Dimensions {
			t.Error("a background for another front end")
		}
	})
}

// A model whose voiceprints would be too long is not written.
func TestTooManyComponents(t *testing.T) {
	m := tiny(t)
	bg := m.Backgrounds[0]
	row, d := make([]float32, speech.Dimensions), bg.Mixture.Deviation[0]
	n := MaxComponents + 1
	bg.Mixture = gmm.New(slices.Repeat([]float32{1 / float32(n)}, n), slices.Repeat([][]float32{row}, n), slices.Repeat([][]float32{d}, n))
	if _, err := m.Encode(); err == nil || !strings.Contains(err.Error(), "components") {
		t.Errorf("%d components: %v, want an error that names them", n, err)
	}
}

func TestSumOfNothing(t *testing.T) {
	h := said(rand.New(rand.NewPCG(7, 7)))
	for name, sum := range map[string]Heard{"before": Sum(Heard{}, h), "after": Sum(h, Heard{})} {
		if !slices.Equal(sum.Stats.Counts, h.Stats.Counts) || !slices.Equal(sum.Stats.Shifts, h.Stats.Shifts) || !slices.Equal(sum.Embedding, h.Embedding) {
			t.Errorf("nothing %s: %+v", name, sum)
		}
	}
	if sum := Sum(Heard{}, Heard{}); len(sum.Stats.Counts) != 0 || len(sum.Embedding) != 0 {
		t.Errorf("nothing and nothing: %+v", sum)
	}
}
