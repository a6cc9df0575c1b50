package fingerprint

// Bounds that end the search for pairs early.
const (
	leastShare = 4    // a quarter of a minutia's neighbours are found again
	leastAlike = 5000 // similarity in 1/65536
	mostPairs  = 40
)

// pair is a minutia of one view and one of another that may be the same: seeds while pairs are chosen and
// relaxed, any minutiae once the views are aligned.
type pair struct {
	a, b    uint8
	initial int32 // similarity of their neighbourhoods, in 1/65536
	relaxed int32
}

// found counts the neighbours that lie where the frame could see them, and those of them that it accepts.
// It does without branches: a count is the carry out of sixteen bits.
func (f *frame) found(neighbours []neighbour) (matched, visible uint32) {
	for _, n := range neighbours {
		bits := f[n.square]
		hit := uint32(bits & n.sector)
		matched += (hit + 0xffff) >> 16
		visible += ((hit | uint32(bits&seen)) + 0xffff) >> 16
	}
	return matched, visible
}

// alike returns the similarity of two neighbourhoods in 1/65536: the product of the shares of either's
// neighbours that are found in the other's frame, drawn towards a third where there are few. It returns 0
// as soon as one share is too small.
func alike(va *view, a int, vb *view, b int) int32 {
	m1, n1 := vb.frames[b].found(va.near[a])
	if (m1+1)*leastShare < n1+3 {
		return 0
	}
	m2, n2 := va.frames[a].found(vb.near[b])
	return int32((m1 + 1) * (m2 + 1) << 16 / ((n1 + 3) * (n2 + 3)))
}

// work is the memory of one comparison.
type work struct {
	candidates []pair
	sorted     []pair
	pairs      []pair
	usedA      [256]bool
	usedB      [256]bool
	compatible []int32 // matrix over pairs, in 1/256
	next       []int32
	efficiency []int32 // of pairs
	best       alignment
	trial      alignment
}

// choose picks the most similar pairs one to one.
func (w *work) choose(va, vb *view) {
	w.candidates, w.pairs = w.candidates[:0], w.pairs[:0]
	for j := range vb.seeds {
		for i := range va.seeds {
			if t := angleBetween(va.seeds[i].Angle, vb.seeds[j].Angle); t > 64 || t < -64 {
				continue
			}
			if s := alike(va, i, vb, j); s > leastAlike {
				w.candidates = append(w.candidates, pair{a: uint8(i), b: uint8(j), initial: s, relaxed: s})
			}
		}
	}
	w.bucket()
	clear(w.usedA[:])
	clear(w.usedB[:])
	for _, p := range w.sorted {
		if len(w.pairs) == mostPairs {
			break
		}
		if !w.usedA[p.a] && !w.usedB[p.b] {
			w.usedA[p.a], w.usedB[p.b] = true, true
			w.pairs = append(w.pairs, p)
		}
	}
}

// bucket sorts the candidates by falling similarity, in 256 steps, into sorted.
func (w *work) bucket() {
	var starts [257]int
	for _, p := range w.candidates {
		starts[256-min(p.initial>>8, 255)]++
	}
	for i := 1; i < len(starts); i++ {
		starts[i] += starts[i-1]
	}
	w.sorted = grow(w.sorted, len(w.candidates))
	for _, p := range w.candidates {
		k := 255 - min(p.initial>>8, 255)
		w.sorted[starts[k]] = p
		starts[k]++
	}
}
