package fingerprint

// alignment lays one view rigidly over another and pairs their minutiae.
type alignment struct {
	cos, sin int64 // of the turn, in 1/unit
	dx, dy   int64 // pixels, in 1/unit
	turn     uint8
	pairs    []pair // minutiae that fall together; initial holds the squared distance
	total    int64  // what decides which alignment is best
}

// Tolerances of pairing after alignment.

const (
	looseDistance = 20 // pixels
	tightDistance = 15 // pixels
	pairTurn      = 20 // 1/256 turn
	bases         = 8  // pairs that are tried as the start of an alignment
)

// verify looks for the alignment under which most minutiae fall together, starting from the most
// efficient pairs and those that fit to each. It needs pairs in the order of relax.
func (w *work) verify(va, vb *view) {
	w.best.pairs, w.best.total = w.best.pairs[:0], -1
	clear(w.usedA[:])
	n := len(w.pairs)
	w.efficiency = grow(w.efficiency, n)
	for i, p := range w.pairs {
		w.efficiency[i] = p.efficiency()
	}
	for range min(bases, n) {
		base, most := -1, int32(-1)
		for i, e := range w.efficiency {
			if !w.usedA[i] && e > most {
				base, most = i, e
			}
		}
		if base < 0 {
			return
		}
		w.usedA[base] = true
		for j, f := range w.compatible[base*n:][:n] {
			if f > 200 {
				w.usedA[j] = true
			}
		}
		t := &w.trial
		t.pairs = append(t.pairs[:0], w.pairs[base])
		for j, f := range w.compatible[base*n:][:n] {
			if f > 128 {
				t.pairs = append(t.pairs, w.pairs[j])
			}
		}
		t.fromPairs(va.seeds, vb.seeds)
		for _, limit := range [2]int{looseDistance, tightDistance} {
			w.collect(va, vb, limit)
			if len(t.pairs) < 2 {
				break
			}
			if limit == looseDistance {
				t.fromPairs(va.minutiae, vb.minutiae)
			}
		}
		if t.total > w.best.total {
			w.best, w.trial = w.trial, w.best
		}
	}
}

// fromPairs sets the alignment that brings the pairs' minutiae together with least squares.
func (t *alignment) fromPairs(as, bs []Minutia) {
	n := int64(len(t.pairs))
	var ax, ay, bx, by int64
	turn := 0
	for _, p := range t.pairs {
		a, b := as[p.a], bs[p.b]
		ax += int64(a.X)
		ay += int64(a.Y)
		bx += int64(b.X)
		by += int64(b.Y)
		turn += angleBetween(b.Angle-a.Angle, bs[t.pairs[0].b].Angle-as[t.pairs[0].a].Angle)
	}
	mean := bs[t.pairs[0].b].Angle - as[t.pairs[0].a].Angle + uint8(turn/int(n))
	// The directions count as points 12 pixels away, so that few pairs close together do not turn wildly.
	dot, cross := int64(cos(mean))*n*n*n*144>>12, -int64(sin(mean))*n*n*n*144>>12
	for _, p := range t.pairs {
		a, b := as[p.a], bs[p.b]
		x, y := int64(a.X)*n-ax, int64(a.Y)*n-ay
		u, v := int64(b.X)*n-bx, int64(b.Y)*n-by
		dot += x*u + y*v
		cross += x*v - y*u
	}
	for dot > 1<<24 || dot < -1<<24 || cross > 1<<24 || cross < -1<<24 {
		dot, cross = dot>>1, cross>>1
	}
	norm := max(int64(isqrt64(dot*dot+cross*cross)), 1)
	t.cos, t.sin = dot*unit/norm, cross*unit/norm
	t.turn = uint8(-((atan2(int(t.sin), int(t.cos)) + 128) >> 8))
	t.dx = (bx*unit - t.cos*ax + t.sin*ay) / n
	t.dy = (by*unit - t.sin*ax - t.cos*ay) / n
}

// place returns where the alignment puts (x, y).
func (t *alignment) place(x, y int) (int, int) {
	return int((t.cos*int64(x) - t.sin*int64(y) + t.dx) >> 12), int((t.sin*int64(x) + t.cos*int64(y) + t.dy) >> 12)
}

// collect pairs the minutiae that fall within limit pixels of each other under the trial alignment, the
// nearest first, one to one.
func (w *work) collect(va, vb *view, limit int) {
	t := &w.trial
	w.candidates = w.candidates[:0]
	for i := range va.minutiae {
		a := &va.minutiae[i]
		x, y := t.place(int(a.X), int(a.Y))
		first, last := vb.rows(y-limit, y+limit)
		for j := first; j < last; j++ {
			b := &vb.minutiae[j]
			dx := int(b.X) - x
			if uint(dx+limit) > uint(2*limit) || size(a.Angle+t.turn-b.Angle) > pairTurn {
				continue
			}
			dy := int(b.Y) - y
			if d := dx*dx + dy*dy; d <= limit*limit {
				w.candidates = append(w.candidates, pair{a: uint8(i), b: uint8(j), initial: int32(-d)})
			}
		}
	}
	sortPairs(w.candidates)
	var usedA, usedB [256]bool
	t.pairs, t.total = t.pairs[:0], 0
	for _, p := range w.candidates {
		if !usedA[p.a] && !usedB[p.b] {
			usedA[p.a], usedB[p.b] = true, true
			t.pairs = append(t.pairs, p)
			t.total += int64(limit*limit+100) + int64(p.initial)
		}
	}
}
