package fingerprint

// features is the number of measurements that a comparison of two views gives.
const features = 8

// evidence is what a comparison of two views measured.
type evidence [features]float64

// measure compares two views and returns the evidence; ra and rb are their ridge maps.
func (w *work) measure(va, vb *view, ra, rb *ridgeMap) evidence {
	var e evidence
	if len(va.minutiae) < 3 || len(vb.minutiae) < 3 {
		return e
	}
	w.choose(va, vb)
	if len(w.pairs) < 3 {
		return e
	}
	w.relax(va, vb)
	clear(w.usedA[:])
	w.verify(va, vb)
	e[0] = w.global(min(len(va.minutiae), len(vb.minutiae)))
	t := &w.best
	m := len(t.pairs)
	onA, onB := 0, 0
	quality := 0
	residual := 0
	for _, p := range t.pairs {
		quality += min(int(va.minutiae[p.a].Quality), int(vb.minutiae[p.b].Quality))
		residual += isqrt(int(-p.initial))
	}
	for _, a := range va.minutiae {
		if x, y := t.place(int(a.X), int(a.Y)); rb.ridged(x, y) {
			onA++
		}
	}
	for _, b := range vb.minutiae {
		if x, y := t.back(int(b.X), int(b.Y)); ra.ridged(x, y) {
			onB++
		}
	}
	agree, periods, cells := t.flows(ra, rb)
	e[1] = float64(m)
	e[2] = float64(m*m) / float64(max(onA, m, 1)*max(onB, m, 1))
	e[3] = float64(quality) / 100
	e[4] = float64(residual) / float64(max(m, 1))
	e[5] = float64(agree)
	e[6] = float64(periods)
	e[7] = float64(cells) / 100
	return e
}

// back returns the place that the alignment puts at (x, y).
func (t *alignment) back(x, y int) (int, int) {
	u, v := int64(x)*unit-t.dx, int64(y)*unit-t.dy
	return int((t.cos*u + t.sin*v) >> 24), int((t.cos*v - t.sin*u) >> 24)
}

// global returns the mean relaxed similarity of the most efficient pairs, 0 to 1.
func (w *work) global(smaller int) float64 {
	n := 4 + min(max(smaller-10, 0)*8/20, 8)
	sortEfficient(w.pairs)
	sum := int64(0)
	for _, p := range w.pairs[:min(n, len(w.pairs))] {
		sum += int64(p.relaxed)
	}
	return float64(sum) / float64(n) / 65536
}

// flows compares the ridge maps under the alignment: the mean agreement of directions (cosine of twice the
// difference, 1 = the same), the mean difference of periods in pixels, and the number of cells compared.
func (t *alignment) flows(ra, rb *ridgeMap) (agree, periods float64, cells int) {
	sum, difference := 0, 0
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
		difference += abs(int(d%ridgePeriods) - int(rb.cells[j]%ridgePeriods))
		cells++
	}
	if cells == 0 {
		return 0, 0, 0
	}
	return float64(sum) / float64(cells*unit), float64(difference) / float64(cells), cells
}

func abs(v int) int { return max(v, -v) }
