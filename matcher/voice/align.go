package voice

import "math"

// exactly returns, place by place, the digits that may stand there: those of prompt. anything allows every digit
// at each of n places.
func exactly(prompt string) [][]int {
	allowed := make([][]int, len(prompt))
	for i, d := range prompt {
		allowed[i] = []int{int(d - '0')}
	}
	return allowed
}

func anything(n int) [][]int {
	allowed := make([][]int, n)
	for i := range allowed {
		allowed[i] = []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	}
	return allowed
}

// Where the best path into a state came from: itself, the part before it in its digit, the pause before its
// digit, or the digit at the place before.
const (
	fromItself = iota
	fromPart
	fromPause
	fromDigit
)

// A lattice holds the best scores of the paths that end in each state at one frame, and how they got there at
// every frame. State k×(10×digitStates) + d×digitStates + s is part s of digit d at place k; the pauses before
// each place and after the last follow them.
type lattice struct {
	places int
	score  []float32
	next   []float32
	from   [][]byte // [frame][state]
	ended  [][]int8 // [frame][place]: the digit whose last part was best in the frame before
}

func (l *lattice) part(place, digit, s int) int { return (place*10+digit)*digitStates + s }
func (l *lattice) gap(place int) int            { return l.places*10*digitStates + place }

// align finds the likeliest way to say one of the digits allowed at each place, with or without pauses between.
// It returns each frame's state in the models and the digit heard at each place; nil when there are too few
// frames.
func (m *digitModels) align(frames [][]float32, allowed [][]int) (path, heard []int) {
	if len(frames) < len(allowed)*digitStates {
		return nil, nil
	}
	n := len(allowed)
	l := &lattice{places: n, from: make([][]byte, len(frames)), ended: make([][]int8, len(frames))}
	size := n*10*digitStates + n + 1
	l.score, l.next = make([]float32, size), make([]float32, size)
	for i := range l.score {
		l.score[i] = float32(math.Inf(-1))
	}
	emission := make([]float32, digitModelsSize)
	for t, frame := range frames {
		m.emissions(frame, emission)
		l.from[t], l.ended[t] = make([]byte, size), make([]int8, n+1)
		l.step(t, emission, allowed)
		l.score, l.next = l.next, l.score
	}
	return l.trace(allowed)
}

// emissions fills e with the log likelihood of frame in each state, up to what all share.
func (m *digitModels) emissions(frame []float32, e []float32) {
	for k, mean := range m.means {
		precision := m.precision[k/pause]
		var sum float32
		for d, x := range frame {
			diff := x - mean[d]
			sum += diff * diff * precision[d]
		}
		e[k] = -0.5 * sum
	}
	// The pause has a width of its own, which the density is scaled by.
	var scale float64
	for d, p := range m.precision[1] {
		scale += 0.5 * (math.Log(float64(p)+1e-9) - math.Log(float64(m.precision[0][d])+1e-9))
	}
	e[pause] += float32(scale)
}

// step advances every path by frame t.
func (l *lattice) step(t int, emission []float32, allowed [][]int) {
	lowest := float32(math.Inf(-1))
	before := lowest // the digit that ended before the current place
	if t == 0 {
		before = 0
	}
	for place := 0; place <= l.places; place++ {
		g := l.gap(place)
		beforePause := l.score[g]
		l.next[g], l.from[t][g] = beforePause, fromItself
		if before > beforePause {
			l.next[g], l.from[t][g] = before, fromDigit
		}
		l.next[g] += emission[pause]
		if place == l.places {
			return
		}
		ended := lowest
		for _, d := range allowed[place] {
			for s := range digitStates {
				i := l.part(place, d, s)
				best, from := l.score[i], byte(fromItself)
				if s > 0 {
					if l.score[i-1] > best {
						best, from = l.score[i-1], fromPart
					}
				} else {
					if beforePause > best {
						best, from = beforePause, fromPause
					}
					if before > best {
						best, from = before, fromDigit
					}
				}
				l.next[i], l.from[t][i] = best+emission[d*digitStates+s], from
			}
			if end := l.score[l.part(place, d, digitStates-1)]; end > ended {
				ended, l.ended[t][place+1] = end, int8(d)
			}
		}
		before = ended
	}
}

// trace follows the best complete path back.
func (l *lattice) trace(allowed [][]int) (path, heard []int) {
	t := len(l.from) - 1
	at, place := l.gap(l.places), l.places
	best := l.score[at]
	for _, d := range allowed[l.places-1] {
		if i := l.part(l.places-1, d, digitStates-1); l.score[i] > best {
			best, at, place = l.score[i], i, l.places-1
		}
	}
	if math.IsInf(float64(best), -1) || math.IsNaN(float64(best)) {
		return nil, nil
	}
	path, heard = make([]int, t+1), make([]int, l.places)
	for ; t >= 0; t-- {
		silent := at >= l.gap(0)
		if path[t] = pause; !silent {
			path[t] = at % (10 * digitStates)
			heard[place] = path[t] / digitStates
		}
		switch l.from[t][at] {
		case fromPart:
			at--
		case fromPause:
			at = l.gap(place)
		case fromDigit:
			if place--; place >= 0 {
				at = l.part(place, int(l.ended[t][place+1]), digitStates-1)
			}
		}
	}
	return path, heard
}
