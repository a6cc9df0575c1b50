package speech

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestPower holds the bins against the sum that defines them.
func TestPower(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	for n := 4; n <= 512; n *= 2 {
		frame, bins := make([]float64, n), make([]float64, n/2+1)
		for i := range frame {
			frame[i] = random.NormFloat64()
		}
		newTransform(n).power(bins, frame)
		for k, got := range bins {
			var re, im float64
			for i, x := range frame {
				sin, cos := math.Sincos(2 * math.Pi * float64(k) * float64(i) / float64(n))
				re, im = re+x*cos, im-x*sin
			}
			if want := re*re + im*im; math.Abs(got-want) > 1e-9*float64(n) {
				t.Errorf("%d values, bin %d: %g, want %g", n, k, got, want)
			}
		}
	}
}
