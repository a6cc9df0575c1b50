package fingerprint

import "math"

// Relaxation: pairs that fit together support each other, others fade (Y. Feng et al., "A novel
// fingerprint matching algorithm", 2006; in the form "LSS-R" of R. Cappelli, M. Ferrara, D. Maltoni,
// "Minutia Cylinder-Code", TPAMI 32 (12), 2010).
const rounds = 5

// sigmoid returns a falling sigmoid of i/scale in 1/256.
func sigmoid(n int, scale, centre, slope float64) []int32 {
	t := make([]int32, n)
	for i := range t {
		t[i] = int32(math.Round(256 / (1 + math.Exp(-slope*(float64(i)/scale-centre)))))
	}
	return t
}

var (
	byDistance = sigmoid(80, 4, 6.5, -1.6)                      // difference of distances, 1/4 pixels
	byAngle    = sigmoid(129, 256/(2*math.Pi), math.Pi/12, -30) // difference of angles, 1/256 turn
)

// fit returns how well two pairs fit together, in 1/256.
func fit(va, vb *view, p, q pair) int32 {
	na, nb := len(va.seeds), len(vb.seeds)
	pa, qa, pb, qb := int(p.a), int(q.a), int(p.b), int(q.b)
	d := int(va.distance[pa*na+qa]) - int(vb.distance[pb*nb+qb])
	d = max(d, -d)
	if d >= len(byDistance) {
		return 0
	}
	turn := (va.seeds[pa].Angle - va.seeds[qa].Angle) - (vb.seeds[pb].Angle - vb.seeds[qb].Angle)
	from := va.bearing[pa*na+qa] - vb.bearing[pb*nb+qb]
	to := va.bearing[qa*na+pa] - vb.bearing[qb*nb+pb]
	f := byDistance[d] * byAngle[size(turn)] >> 8
	return f * (byAngle[size(from)] + byAngle[size(to)]) >> 9
}

// size returns the size of an angle of 1/256 turn, 0 to 128.
func size(angle uint8) int {
	a := int(int8(angle))
	return max(a, -a)
}

// relax lets the pairs support each other.
func (w *work) relax(va, vb *view) {
	n := len(w.pairs)
	if n < 2 {
		return
	}
	w.compatible = grow(w.compatible, n*n)
	for i := range n {
		w.compatible[i*n+i] = 0
		for j := range i {
			f := fit(va, vb, w.pairs[i], w.pairs[j])
			w.compatible[i*n+j], w.compatible[j*n+i] = f, f
		}
	}
	w.next = grow(w.next, n)
	for range rounds {
		for i := range n {
			sum := int64(0)
			for j, f := range w.compatible[i*n:][:n] {
				sum += int64(f) * int64(w.pairs[j].relaxed)
			}
			w.next[i] = w.pairs[i].relaxed/2 + int32(sum/int64(n-1)>>9)
		}
		for i := range n {
			w.pairs[i].relaxed = w.next[i]
		}
	}
}

// efficiency returns how much of a pair's similarity the others support, in 1/1024.
func (p pair) efficiency() int32 { return int32(int64(p.relaxed) << 10 / int64(p.initial)) }

// sortPairs orders a few pairs by falling initial similarity; equal ones keep their order.
func sortPairs(pairs []pair) {
	for i := 1; i < len(pairs); i++ {
		p, j := pairs[i], i
		for ; j > 0 && pairs[j-1].initial < p.initial; j-- {
			pairs[j] = pairs[j-1]
		}
		pairs[j] = p
	}
}

// grow returns a slice of n elements, in old's memory where it is large enough.
func grow[T any](old []T, n int) []T {
	if cap(old) < n {
		return make([]T, n)
	}
	return old[:n]
}
