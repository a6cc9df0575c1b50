package speech

import "math"

// Cepstra says how many values make one frame's feature vector: Coefficients static ones (c1 and up), and the
// slopes of c0 and of each of them.
const (
	Coefficients = 23
	Dimensions   = 2*Coefficients + 1
)

// floor is what is added to every filter before the logarithm, as a share of the mean power of the voiced frames
// (−30 dB): as if every recording had the same faint hiss. What a quiet room, a dull microphone or a codec leaves
// below it says nothing of the speaker, and noise added later changes little there. quietest is for silence.
const (
	floor    = 1e-3
	quietest = 1e-9
)

// A Cepstrum makes feature vectors of spectra with a given number of filters. It is safe for concurrent use.
type Cepstrum struct {
	cosines [][]float32 // [coefficient][filter]
}

// NewCepstrum returns the transform for spectra in b.
func NewCepstrum(b Band) *Cepstrum {
	c := &Cepstrum{cosines: make([][]float32, Coefficients+1)}
	scale := math.Sqrt(2 / float64(b.Filters))
	for k := range c.cosines {
		c.cosines[k] = make([]float32, b.Filters)
		for i := range c.cosines[k] {
			c.cosines[k][i] = float32(scale * math.Cos(math.Pi*float64(k)*(float64(i)+0.5)/float64(b.Filters)))
		}
	}
	return c
}

// Features returns the feature vectors of the voiced frames, each of Dimensions values, with their mean over
// the utterance taken away, which removes what microphone and room do to every frame alike.
func (c *Cepstrum) Features(s Spectrum, voiced []bool) [][]float32 {
	all := c.static(s, hiss(s, voiced))
	var features [][]float32
	for t, v := range voiced {
		if v {
			features = append(features, vector(all, t))
		}
	}
	subtractMean(features)
	return features
}

// Sequence returns the feature vectors of every frame in order, with the mean of the voiced frames taken away and
// without the hiss: digits are told apart by their quiet parts, too.
func (c *Cepstrum) Sequence(s Spectrum, voiced []bool) [][]float32 {
	all := c.static(s, quietest)
	sequence := make([][]float32, len(s))
	mean, n := make([]float64, Dimensions), 0
	for t := range s {
		sequence[t] = vector(all, t)
		if voiced[t] {
			n++
			for d, x := range sequence[t] {
				mean[d] += float64(x)
			}
		}
	}
	for _, v := range sequence {
		for d := range v {
			v[d] -= float32(mean[d] / float64(max(n, 1)))
		}
	}
	return sequence
}

// Logarithms returns the logarithm of each filter's power in the voiced frames, hiss added, with its mean over the
// utterance taken away.
func Logarithms(s Spectrum, voiced []bool) [][]float32 {
	faint := hiss(s, voiced)
	var logs [][]float32
	for t, frame := range s {
		if !voiced[t] {
			continue
		}
		l := make([]float32, len(frame))
		for i, p := range frame {
			l[i] = float32(math.Log(float64(p + faint)))
		}
		logs = append(logs, l)
	}
	subtractMean(logs)
	return logs
}

// hiss returns the power to add to each filter.
func hiss(s Spectrum, voiced []bool) float32 {
	total, n := 0.0, 0
	for t, frame := range s {
		if voiced[t] {
			total += sum(frame)
			n += len(frame)
		}
	}
	return float32(quietest + floor*total/float64(max(1, n)))
}

// static returns c0…cN of every frame, after hiss was added to each filter.
func (c *Cepstrum) static(s Spectrum, hiss float32) [][]float32 {
	all := make([][]float32, len(s))
	logs := make([]float32, len(c.cosines[0]))
	for t, frame := range s {
		for i, p := range frame {
			logs[i] = float32(math.Log(float64(p + hiss)))
		}
		all[t] = make([]float32, len(c.cosines))
		for k, cosine := range c.cosines {
			var sum float32
			for i, l := range logs {
				sum += l * cosine[i]
			}
			all[t][k] = sum
		}
	}
	return all
}

// vector joins the static values c1…cN of frame t with the slopes of c0…cN over five frames.
func vector(all [][]float32, t int) []float32 {
	at := func(t int) []float32 { return all[min(max(t, 0), len(all)-1)] }
	a, b, d, e := at(t-2), at(t-1), at(t+1), at(t+2)
	v := make([]float32, Dimensions)
	copy(v, all[t][1:])
	for k := range all[t] {
		v[Coefficients+k] = (2*(e[k]-a[k]) + d[k] - b[k]) / 10
	}
	return v
}

func subtractMean(features [][]float32) {
	if len(features) == 0 {
		return
	}
	mean := make([]float64, len(features[0]))
	for _, f := range features {
		for d, x := range f {
			mean[d] += float64(x)
		}
	}
	for _, f := range features {
		for d := range f {
			f[d] -= float32(mean[d] / float64(len(features)))
		}
	}
}
