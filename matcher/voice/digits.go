package voice

import (
	"math"

	"lockerd/matcher"
	"lockerd/matcher/voice/speaker"
	"lockerd/matcher/voice/speech"
)

const (
	digitCoefficients = 12                         // c1…c12 of a frame
	digitDimensions   = 2*digitCoefficients + 1    // and the slopes of c0…c12
	digitStates       = 6                          // parts of a digit, said one after the other
	digitModelsSize   = 10*digitStates + 1         // the last is the pause between digits
	pause             = digitModelsSize - 1        // index of the pause
	mostWrong         = 3                          // digits of a prompt that may be misheard
	margin            = speech.FramesPerSecond / 8 // frames kept before the first and after the last voiced one
)

// digitModels are one person's ten digits and the pause between them: hidden Markov models whose states follow
// one another, each with one Gaussian (Rabiner, "A tutorial on hidden Markov models", 1989). They are learnt from
// the enrolment alone, so that it does not matter which language the person counts in.
type digitModels struct {
	means     [][]float32 // [state][dimension], digit d's states at d×digitStates
	precision [][]float32 // 1/variance: [0] for all digits, [1] for the pause
}

// digitFrames returns the vectors of the spoken part of a recording that digits are told apart by.
func digitFrames(sequence [][]float32, voiced []bool) (frames [][]float32, spoken []bool) {
	first, last := 0, len(voiced)-1
	for first < last && !voiced[first] {
		first++
	}
	for last > first && !voiced[last] {
		last--
	}
	first, last = max(0, first-margin), min(len(voiced)-1, last+margin)
	for t := first; t <= last; t++ {
		v := make([]float32, 0, digitDimensions)
		v = append(v, sequence[t][:digitCoefficients]...)
		v = append(v, sequence[t][speech.Coefficients:speech.Coefficients+digitCoefficients+1]...)
		frames = append(frames, v)
	}
	level(frames, voiced[first:last+1])
	return frames, voiced[first : last+1]
}

// level scales every dimension to a deviation of 1 over the voiced frames, which noise makes smaller (Viikki and
// Laurila, "Cepstral domain segmental feature vector normalization for noise robust speech recognition", 1998).
func level(frames [][]float32, voiced []bool) {
	var squares [digitDimensions]float64
	n := 1e-9
	for t, f := range frames {
		if voiced[t] {
			n++
			for d, x := range f {
				squares[d] += float64(x) * float64(x)
			}
		}
	}
	for _, f := range frames {
		for d := range f {
			f[d] /= float32(math.Sqrt(squares[d]/n) + 1e-3)
		}
	}
}

// learnDigits makes the models of an enrolment's strings. Where a digit begins is found by alternating between
// models and alignments, from an even division of what is voiced. Strings that do not fit the models that they
// made themselves were not the digits asked for.
func learnDigits(said []attempt) (*digitModels, error) {
	alignments := make([][]int, len(said))
	for i, a := range said {
		alignments[i] = evenly(a.prompt, a.spoken)
	}
	m := estimate(said, alignments)
	for range 8 {
		for i, a := range said {
			path, _ := m.align(a.sequence, exactly(a.prompt))
			if path == nil {
				return nil, poor(matcher.SayDigits, "string %d is too short for its digits", i+1)
			}
			alignments[i] = path
		}
		m = estimate(said, alignments)
	}
	for i, a := range said {
		if wrong := m.wrong(a.sequence, a.prompt); wrong > 1 {
			return nil, poor(matcher.SayDigits, "string %d: %d digits unlike those of the same name in the other strings", i+1, wrong)
		}
	}
	return m, nil
}

// evenly assigns each frame to a state: pauses to the pause, the rest in equal shares to the prompt's digits.
func evenly(prompt string, spoken []bool) []int {
	total := 0
	for _, v := range spoken {
		if v {
			total++
		}
	}
	path, n := make([]int, len(spoken)), 0
	for t, v := range spoken {
		if path[t] = pause; v {
			part := n * len(prompt) * digitStates / total
			path[t] = int(prompt[part/digitStates]-'0')*digitStates + part%digitStates
			n++
		}
	}
	return path
}

// estimate fits the models to frames assigned to states. The digits share one variance, since a state has few
// frames; a state's mean is drawn to that of its neighbours by a few frames.
func estimate(said []attempt, alignments [][]int) *digitModels {
	m := &digitModels{precision: make([][]float32, 2)}
	sums, counts := make([][]float64, digitModelsSize), make([]float64, digitModelsSize)
	for k := range sums {
		sums[k] = make([]float64, digitDimensions)
	}
	each := func(visit func(state int, frame []float32)) {
		for i, a := range said {
			for t, k := range alignments[i] {
				visit(k, a.sequence[t])
			}
		}
	}
	each(func(k int, frame []float32) {
		counts[k]++
		for d, x := range frame {
			sums[k][d] += float64(x)
		}
	})
	for k := range sums {
		mean := make([]float32, digitDimensions)
		for d := range mean {
			mean[d] = float32(sums[k][d] / (counts[k] + 0.5))
		}
		m.means = append(m.means, mean)
	}
	var spread [2][digitDimensions]float64
	var frames [2]float64
	each(func(k int, frame []float32) {
		c := k / pause
		frames[c]++
		for d, x := range frame {
			e := float64(x - m.means[k][d])
			spread[c][d] += e * e
		}
	})
	for c := range m.precision {
		m.precision[c] = make([]float32, digitDimensions)
		for d := range m.precision[c] {
			// A pause of which little was heard is as wide as the digits are.
			variance := (spread[c][d] + 10*spread[0][d]/(frames[0]+1) + 0.01) / (frames[c] + 10)
			m.precision[c][d] = float32(1 / variance)
		}
	}
	return m
}

// said tells whether sequence is the prompt, but for mostWrong digits misheard.
func (m *digitModels) said(sequence [][]float32, prompt string) bool {
	return m.wrong(sequence, prompt) <= mostWrong
}

// wrong returns at how many places another digit than the prompt's was heard.
func (m *digitModels) wrong(sequence [][]float32, prompt string) int {
	_, heard := m.align(sequence, anything(len(prompt)))
	if heard == nil {
		return len(prompt)
	}
	wrong := 0
	for i, d := range heard {
		if d != int(prompt[i]-'0') {
			wrong++
		}
	}
	return wrong
}

func (m *digitModels) append(b []byte) []byte {
	for _, rows := range [][][]float32{m.precision, m.means} {
		for _, row := range rows {
			b = speaker.AppendSteps(b, row)
		}
	}
	return b
}

func readDigitModels(r *speaker.Reader) *digitModels {
	m := &digitModels{precision: make([][]float32, 2), means: make([][]float32, digitModelsSize)}
	for _, rows := range [][][]float32{m.precision, m.means} {
		for i := range rows {
			rows[i] = r.Steps(digitDimensions)
		}
	}
	for _, row := range m.precision {
		for _, p := range row {
			r.Failed = r.Failed || p < 0
		}
	}
	return m
}
