package fingerprint

// pair is a minutia of one view and one of another that may be the same.
type pair struct {
	a, b    uint8
	initial int32 // similarity of their neighbourhoods, in 1/65536
	relaxed int32
}

// found counts the neighbours that lie where the frame could see them, and those of them that it accepts.
func (f *frame) found(neighbours []neighbour) (matched, visible int) {
	for _, n := range neighbours {
		bits := f[n.square]
		if bits&n.sector != 0 {
			matched++
			visible++
		} else if bits&seen != 0 {
			visible++
		}
	}
	return matched, visible
}

// alike returns the similarity of two neighbourhoods in 1/65536: the product of the shares of either's
// neighbours that are found in the other's frame, drawn towards a third where there are few.
func alike(va *view, a int, vb *view, b int) int32 {
	m1, n1 := vb.frames[b].found(va.neighbours[a])
	m2, n2 := va.frames[a].found(vb.neighbours[b])
	return int32((m1 + 1) * (m2 + 1) << 16 / ((n1 + 3) * (n2 + 3)))
}

// Work is the memory of one comparison.
type work struct {
	candidates []pair
	pairs      []pair
	usedA      [256]bool
	usedB      [256]bool
	compatible []int32 // matrix over pairs, in 1/256
	next       []int32
	best       alignment
	trial      alignment
}

// choose picks the most similar pairs one to one.
func (w *work) choose(va, vb *view) {
	w.candidates, w.pairs = w.candidates[:0], w.pairs[:0]
	for i := range va.minutiae {
		for j := range vb.minutiae {
			if t := angleBetween(va.minutiae[i].Angle, vb.minutiae[j].Angle); t > 64 || t < -64 {
				continue
			}
			if s := alike(va, i, vb, j); s > 2000 {
				w.candidates = append(w.candidates, pair{a: uint8(i), b: uint8(j), initial: s, relaxed: s})
			}
		}
	}
	sortPairs(w.candidates)
	clear(w.usedA[:])
	clear(w.usedB[:])
	for _, p := range w.candidates {
		if !w.usedA[p.a] && !w.usedB[p.b] {
			w.usedA[p.a], w.usedB[p.b] = true, true
			w.pairs = append(w.pairs, p)
		}
	}
}
