package gmm

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// clouds returns n points around each of centres, deviating by 1.
func clouds(n int, centres ...[]float32) [][]float32 {
	random := rand.New(rand.NewPCG(1, 1))
	var points [][]float32
	for range n {
		for _, c := range centres {
			p := make([]float32, len(c))
			for i, v := range c {
				p[i] = v + float32(random.NormFloat64())
			}
			points = append(points, p)
		}
	}
	return points
}

func TestTrainFindsClouds(t *testing.T) {
	m, err := Train(clouds(500, []float32{-5, 0}, []float32{5, 3}), 2, 10, 4)
	if err != nil {
		t.Fatal(err)
	}
	left, right := m.Means[0], m.Means[1]
	if left[0] > right[0] {
		left, right = right, left
	}
	for i, want := range []float32{-5, 0, 5, 3} {
		if got := append(append([]float32{}, left...), right...)[i]; math.Abs(float64(got-want)) > 0.2 {
			t.Errorf("mean %d is %.2f, want %.0f", i, got, want)
		}
	}
	for c := range m.Weights {
		if math.Abs(float64(m.Weights[c]-0.5)) > 0.05 || math.Abs(float64(m.Deviation[c][0]-1)) > 0.1 {
			t.Errorf("weight %.2f, deviation %.2f", m.Weights[c], m.Deviation[c][0])
		}
	}
	if _, err := Train(clouds(10, []float32{0}), 8, 1, 1); !errors.Is(err, ErrTooLittle) {
		t.Errorf("%v, want ErrTooLittle", err)
	}
}

func TestStats(t *testing.T) {
	m := New([]float32{0.5, 0.5}, [][]float32{{-5}, {5}}, [][]float32{{1}, {2}})
	s := m.Stats([][]float32{{-4}, {-6}, {9}})
	if math.Abs(float64(s.Counts[0]-2)) > 1e-3 || math.Abs(float64(s.Counts[1]-1)) > 1e-3 {
		t.Errorf("counts %v, want 2 and 1", s.Counts)
	}
	if math.Abs(float64(s.Shifts[0])) > 1e-2 || math.Abs(float64(s.Shifts[1]-2)) > 1e-2 {
		t.Errorf("shifts %v, want 0 and 2 deviations", s.Shifts)
	}
	// The density at 9 is 0.5 of a Gaussian two deviations of 2 away.
	want := math.Log(0.5/(2*math.Sqrt(2*math.Pi))) - 2
	if got := m.Stats([][]float32{{9}}).LogLikelihood; math.Abs(got-want) > 1e-3 {
		t.Errorf("log likelihood %.4f, want %.4f", got, want)
	}
}

func TestChannelIsRemoved(t *testing.T) {
	// Speakers differ in the second dimension, utterances of one speaker in the first.
	random := rand.New(rand.NewPCG(2, 2))
	m := New([]float32{1}, [][]float32{{0, 0}}, [][]float32{{1, 1}})
	var utterances []Stats
	var speakers []string
	for s := range 20 {
		own := float32(random.NormFloat64())
		for range 10 {
			room := 3 * float32(random.NormFloat64())
			var frames [][]float32
			for range 50 {
				frames = append(frames, []float32{room + float32(random.NormFloat64()), own + float32(random.NormFloat64())})
			}
			utterances, speakers = append(utterances, m.Stats(frames)), append(speakers, string(rune('a'+s)))
		}
	}
	c, err := TrainChannel(utterances, speakers, 2, 1, 5, 4, 1)
	if err != nil {
		t.Fatal(err)
	}
	var before, after, speaker, kept float64
	for _, u := range utterances {
		clean := c.Remove(u)
		before, after = before+math.Abs(float64(u.Shifts[0])), after+math.Abs(float64(clean.Shifts[0]))
		speaker, kept = speaker+math.Abs(float64(u.Shifts[1])), kept+math.Abs(float64(clean.Shifts[1]))
	}
	if after > 0.1*before || kept < 0.8*speaker {
		t.Errorf("of the room %.2f remains, of the speaker %.2f", after/before, kept/speaker)
	}
	if _, err := TrainChannel(utterances[:1], speakers[:1], 2, 1, 1, 4, 1); !errors.Is(err, ErrTooLittle) {
		t.Errorf("%v, want ErrTooLittle", err)
	}
}

func TestInvert(t *testing.T) {
	a := []float64{4, 1, 0.5, 1, 3, 0.2, 0.5, 0.2, 2}
	b := invert(a, 3)
	for i := range 3 {
		for j := range 3 {
			sum, want := 0.0, 0.0
			for k := range 3 {
				sum += a[i*3+k] * b[k*3+j]
			}
			if i == j {
				want = 1
			}
			if math.Abs(sum-want) > 1e-9 {
				t.Errorf("product at %d, %d is %g", i, j, sum)
			}
		}
	}
}

// TestPosteriors holds shares and density against their definition, whatever component is guessed first.
func TestPosteriors(t *testing.T) {
	const components, d = 6, 11
	random := rand.New(rand.NewPCG(2, 2))
	vectors := func(of func() float64) [][]float32 {
		rows := make([][]float32, components)
		for c := range rows {
			rows[c] = make([]float32, d)
			for i := range rows[c] {
				rows[c][i] = float32(of())
			}
		}
		return rows
	}
	m := New([]float32{0.3, 0.1, 0.2, 0.1, 0.2, 0.1}, vectors(random.NormFloat64), vectors(func() float64 { return 1 + random.Float64() }))
	for trial := range 20 {
		x := make([]float32, d)
		for i := range x {
			x[i] = float32(3 * random.NormFloat64())
		}
		want, total, likeliest := make([]float64, components), 0.0, 0
		for c := range want {
			want[c] = float64(m.Weights[c])
			for i, v := range x {
				z := float64(v-m.Means[c][i]) / float64(m.Deviation[c][i])
				want[c] *= math.Exp(-0.5*z*z) / math.Sqrt(2*math.Pi) / float64(m.Deviation[c][i])
			}
			total += want[c]
			if want[c] > want[likeliest] {
				likeliest = c
			}
		}
		p := make([]float32, components)
		density, found := m.posteriors(x, trial%components, p)
		if math.Abs(density-math.Log(total)) > 1e-4 || found != likeliest {
			t.Errorf("trial %d: density %g at component %d, want %g at %d", trial, density, found, math.Log(total), likeliest)
		}
		for c := range p {
			if math.Abs(float64(p[c])-want[c]/total) > 1e-4 {
				t.Errorf("trial %d: component %d has %g, want %g", trial, c, p[c], want[c]/total)
			}
		}
	}
}
