package speaker

import (
	"math"
	"math/rand/v2"
	"testing"

	"lockerd/matcher/voice/gmm"
)

// TestCohortCosines holds the cosines by the table of steps against those of the places as they were.
func TestCohortCosines(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	place := func() Place {
		v := make([]float32, 999) // not four a byte
		for i := range v {
			v[i] = float32(random.NormFloat64())
		}
		return unit(v)
	}
	var members []Member
	for range 7 {
		members = append(members, Member{Mixture: place(), Network: place()})
	}
	c := NewCohort(members)
	if c.Size() != len(members) {
		t.Fatalf("%d members, want %d", c.Size(), len(members))
	}
	for i, m := range members {
		if cosine := c.mixtureCosines(m.Mixture)[i]; cosine < 0.93 {
			t.Errorf("member %d: the direction is kept to a cosine of %.3f", i, cosine)
		}
	}
	p := place()
	inMixture, inNetwork := c.mixtureCosines(p), c.networkCosines(p)
	for i, m := range members {
		kept := make([]float32, len(p))
		for j := range kept {
			kept[j] = step(c.get(i)[j/4], j%4)
			if kept[j]*m.Mixture[j] < 0 {
				t.Fatalf("member %d: value %d was %g and is %g", i, j, m.Mixture[j], kept[j])
			}
		}
		if want := float64(gmm.Dot(p, unit(kept))); math.Abs(inMixture[i]-want) > 1e-6 {
			t.Errorf("member %d: cosine %g in the mixture, want %g", i, inMixture[i], want)
		}
		if want := float64(gmm.Dot(p, m.Network)); inNetwork[i] != want {
			t.Errorf("member %d: cosine %g in the network, want %g", i, inNetwork[i], want)
		}
	}
	if got := NewCohort(nil).mixtureCosines(p); len(got) != 0 {
		t.Errorf("%d cosines with nobody", len(got))
	}
}
