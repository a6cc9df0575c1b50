package speaker

import (
	"math"
	"slices"
)

// Rates are the false-match rates at which the scores of impostors are kept, falling.
var Rates = []float64{0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001}

// leastRate is the smallest false-match rate that is ever claimed: a tenth of what was measured.
const leastRate = 1e-4

// leastErrors is how many impostors must reach a score for their share to be told from them: the true rate then lies
// within 30 % of it nine times of ten (the rule of 30: Doddington et al., "The NIST speaker recognition evaluation",
// 2000).
const leastErrors = 30

// Quantiles returns the scores that the shares Rates of the impostors' scores reach. Rates that fewer than
// leastErrors of them would tell go on along the line of the decade before, in the logarithm of the rate: the
// tail of a normal distribution falls faster, so that this claims too much rather than too little. Each
// threshold after the first lies above the one before.
func Quantiles(impostors []float64) []float32 {
	sorted := slices.Clone(impostors)
	slices.Sort(sorted)
	scores := make([]float32, len(Rates))
	told := 1 // the last rate that the scores tell
	for i, r := range Rates {
		if i > 1 && r*float64(len(sorted)) < leastErrors {
			from := max(0, told-decade)
			scores[i] = float32(onwards(r, float64(scores[from]), float64(scores[told]), Rates[from], Rates[told]))
		} else {
			scores[i] = float32(sorted[max(0, len(sorted)-1-int(r*float64(len(sorted))))])
			told = max(told, i)
		}
		if i > 0 {
			scores[i] = max(scores[i], scores[i-1]+1e-3)
		}
	}
	return scores
}

// decade is how many of Rates span a factor of ten.
const decade = 3

// FMR returns the estimated share of other people who would reach score. Between the measured rates its
// logarithm is a straight line; beyond them it goes on along the last line, but claims no less than leastRate.
func (bg *Background) FMR(score float64) float64 {
	if len(bg.Impostors) != len(Rates) || math.IsNaN(score) {
		return 1
	}
	if score <= float64(bg.Impostors[0]) {
		return 1
	}
	last := len(Rates) - 1
	i := 1
	for i < last && score > float64(bg.Impostors[i]) {
		i++
	}
	if i == last { // the far tail: no steeper than over the last decade measured
		return max(leastRate, along(score, float64(bg.Impostors[last-decade]), float64(bg.Impostors[last]), Rates[last-decade], Rates[last]))
	}
	return along(score, float64(bg.Impostors[i-1]), float64(bg.Impostors[i]), Rates[i-1], Rates[i])
}

func along(score, s0, s1, r0, r1 float64) float64 {
	return math.Exp(math.Log(r0) + (score-s0)/(s1-s0)*(math.Log(r1)-math.Log(r0)))
}

// onwards is along the other way round: the score at rate on the line through (s0, r0) and (s1, r1).
func onwards(rate, s0, s1, r0, r1 float64) float64 {
	return s0 + (s1-s0)*(math.Log(r0)-math.Log(rate))/(math.Log(r0)-math.Log(r1))
}
