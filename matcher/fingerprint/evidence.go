package fingerprint

import "math"

// viewEvidence is what the comparison of two views measured. Larger is more alike.
type viewEvidence [4]float64

// Evidence is what the comparison of two impressions measured: that of their first views, then that of
// their second views.
type Evidence [2 * len(viewEvidence{})]float64

// What viewEvidence holds.
const (
	// support is the root of the mean relaxed similarity of the most efficient pairs, 0 to 1.
	support = iota
	// surprise is how much the number of minutiae that fall together exceeds what chance would bring, as
	// the logarithm of a likelihood.
	surprise
	// share is the part of the minutiae in the common area that fall together, 0 to about 1.
	share
	// agreement is the mean cosine of twice the difference of ridge directions, -1 to 1.
	agreement
)

// Minutiae that fall together count by how near they are: a bell of these standard deviations.
const (
	spread     = 7  // pixels
	turnSpread = 14 // 1/256 turn
)

// byOffset and byTurn are the bells over the squared distance in pixels and the difference of directions.
var (
	byOffset = bell(tightDistance*tightDistance+1, func(i int) float64 { return float64(i) / (2 * spread * spread) })
	byTurn   = bell(129, func(i int) float64 { return float64(i*i) / (2 * turnSpread * turnSpread) })
)

func bell(n int, exponent func(int) float64) []float64 {
	t := make([]float64, n)
	for i := range t {
		t[i] = round(math.Exp(-exponent(i)))
	}
	return t
}

// measure compares two views; ra and rb are their ridge maps. Without three pairs there is no evidence.
func (w *work) measure(va, vb *view, ra, rb *ridgeMap) viewEvidence {
	var e viewEvidence
	if len(va.minutiae) < 3 || len(vb.minutiae) < 3 {
		return e
	}
	w.choose(va, vb)
	if len(w.pairs) < 3 {
		return e
	}
	w.relax(va, vb)
	w.verify(va, vb)
	t := &w.best
	together := t.together(va, vb)
	onA, onB := t.common(va, vb, ra, rb)
	agree, cells := t.flows(ra, rb)
	e[support] = math.Sqrt(w.global(min(len(va.minutiae), len(vb.minutiae))))
	e[surprise] = surpriseOf(together, onA, onB, cells)
	e[share] = together * together / (float64(onA*onB) + 20)
	e[agreement] = agree
	return e
}

// weight returns how much a minutia counts, by its quality.
func (m Minutia) weight() float64 { return float64(m.Quality) / 50 }

// together returns the weighted number of minutiae that fall together.
func (t *alignment) together(va, vb *view) float64 {
	sum := 0.0
	for _, p := range t.pairs {
		a, b := &va.minutiae[p.a], &vb.minutiae[p.b]
		near := byOffset[-p.initial] * byTurn[size(a.Angle+t.turn-b.Angle)]
		sum += float64(near * math.Sqrt(float64(int(a.Quality)*int(b.Quality))) / 50)
	}
	return sum
}

// common returns the weighted numbers of a's and b's minutiae that lie on the other's ridges.
func (t *alignment) common(va, vb *view, ra, rb *ridgeMap) (onA, onB float64) {
	for i := range va.minutiae {
		a := &va.minutiae[i]
		if x, y := t.place(int(a.X), int(a.Y)); rb.ridged(x, y) {
			onA += a.weight()
		}
	}
	for i := range vb.minutiae {
		b := &vb.minutiae[i]
		if x, y := t.back(int(b.X), int(b.Y)); ra.ridged(x, y) {
			onB += b.weight()
		}
	}
	return onA, onB
}

// surpriseOf compares the number of minutiae that fall together with the number expected of minutiae
// strewn over the common area without regard to each other: the logarithm of the Poisson likelihood
// ratio, 0 where chance would bring as many.
func surpriseOf(together, onA, onB float64, cells int) float64 {
	const (
		// A pair's share of a bell's area; of directions, about a third are near, as both follow the flow.
		bellArea = 2 * math.Pi * spread * spread * 0.35
		// Drawn towards a small density, so that a tiny common area surprises less.
		priorPairs, priorArea = 400, 5000
	)
	expected := (float64(float64(onA*onB)*bellArea) + priorPairs) / float64(cells*ridgeCell*ridgeCell+priorArea)
	if together <= expected {
		return 0
	}
	return float64(together*ln(together/expected)) - (together - expected)
}

// back returns the place that the alignment puts at (x, y).
func (t *alignment) back(x, y int) (int, int) {
	u, v := int64(x)*unit-t.dx, int64(y)*unit-t.dy
	return int((t.cos*u + t.sin*v) >> 24), int((t.cos*v - t.sin*u) >> 24)
}

// global returns the mean relaxed similarity of the most efficient pairs, 0 to 1. The more minutiae there
// are, the more pairs count: 4 to 12.
func (w *work) global(smaller int) float64 {
	n := 4 + min(max(smaller-10, 0)*8/20, 8)
	sum := int64(0)
	for range min(n, len(w.pairs)) {
		best, most := 0, int32(-1)
		for i, e := range w.efficiency {
			if e > most {
				best, most = i, e
			}
		}
		sum += int64(w.pairs[best].relaxed)
		w.efficiency[best] = -1
	}
	return float64(sum) / float64(n) / 65536
}

// flows compares the ridge maps under the alignment: the mean agreement of directions (cosine of twice the
// difference) and the number of cells compared.
func (t *alignment) flows(ra, rb *ridgeMap) (agree float64, cells int) {
	sum := 0
	for i, d := range ra.cells {
		if d == none {
			continue
		}
		x, y := t.place((ra.x+i%ra.w)*ridgeCell+ridgeCell/2, (ra.y+i/ra.w)*ridgeCell+ridgeCell/2)
		j := rb.index(x, y)
		if j < 0 || rb.cells[j] == none {
			continue
		}
		turn := (d/ridgePeriods - rb.cells[j]/ridgePeriods) * (256 / ridgeTurns)
		sum += cos(turn + 2*t.turn)
		cells++
	}
	if cells == 0 {
		return 0, 0
	}
	return float64(sum) / float64(cells*unit), cells
}
