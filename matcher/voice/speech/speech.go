// Package speech turns sound into what a voice is modelled with: mel power spectra, the frames in which
// somebody speaks, and normalised cepstra.
//
// The chain is the classical one of speaker verification (Davis and Mermelstein 1980 for the mel cepstrum;
// Bimbot et al., "A tutorial on text-independent speaker verification", 2004, for the whole): frames of 25 ms
// every 10 ms, a Hamming window, a bank of triangular filters on the mel scale, the logarithm, a cosine
// transform, and normalisation over the voiced frames of one utterance so that microphone and room drop out.
//
// Package speech knows no files and no devices: samples are float32 in −1…1.
package speech

import (
	"fmt"
	"math"
)

// FramesPerSecond is how many frames one second of sound has.
const FramesPerSecond = 100

// A Band says which sound is analysed: its sampling rate and the mel filters laid over it.
type Band struct {
	Rate      int     // samples a second
	Low, High float64 // Hz, the outer edges of the first and the last filter
	Filters   int
}

// The bands of a cabinet's microphone and of a telephone line.
var (
	Wide   = Band{Rate: 16000, Low: 100, High: 7200, Filters: 30}
	Narrow = Band{Rate: 8000, Low: 200, High: 3600, Filters: 26}
)

// BandOf returns the band for sound of that many samples a second: 8000 or 16000.
func BandOf(rate int) (Band, error) {
	switch rate {
	case Wide.Rate:
		return Wide, nil
	case Narrow.Rate:
		return Narrow, nil
	}
	return Band{}, fmt.Errorf("cannot use sound of %d samples a second: record at 16000 (or 8000)", rate)
}

// A Spectrum is the power in each mel filter, frame by frame: Spectrum[t][filter], linear.
type Spectrum [][]float32

// An Analyser takes the mel spectrum of sound in one band. It is not safe for concurrent use.
type Analyser struct {
	band    Band
	length  int // samples in a frame
	hop     int // samples from frame to frame
	fourier *transform
	window  []float64
	filters []filter
	narrow  []filter // those of Narrow over this band's bins
	frame   []float64
	power   []float64
}

// A filter is one triangle of the mel bank: the weights of the bins from first on.
type filter struct {
	first   int
	weights []float64
}

// NewAnalyser returns an analyser for sound in b.
func NewAnalyser(b Band) *Analyser {
	length, hop := b.Rate/40, b.Rate/FramesPerSecond
	size := 1
	for size < length {
		size *= 2
	}
	a := &Analyser{
		band: b, length: length, hop: hop, fourier: newTransform(size),
		window: make([]float64, length), frame: make([]float64, size),
		power: make([]float64, size/2+1),
	}
	for i := range a.window {
		a.window[i] = 0.54 - 0.46*math.Cos(2*math.Pi*float64(i)/float64(length-1))
	}
	a.filters = melBank(b, size)
	narrow := Narrow
	narrow.Rate = b.Rate
	a.narrow = melBank(narrow, size)
	return a
}

func mel(hz float64) float64  { return 1127 * math.Log1p(hz/700) }
func hertz(m float64) float64 { return 700 * math.Expm1(m/1127) }

// melBank lays b.Filters triangles over the bins of a transform of size points.
func melBank(b Band, size int) []filter {
	low, high := mel(b.Low), mel(b.High)
	edge := func(i int) float64 {
		return hertz(low+(high-low)*float64(i)/float64(b.Filters+1)) * float64(size) / float64(b.Rate)
	}
	bank := make([]filter, b.Filters)
	for i := range bank {
		left, centre, right := edge(i), edge(i+1), edge(i+2)
		first, last := int(math.Ceil(left)), int(right)
		f := filter{first: first}
		for k := first; k <= last; k++ {
			x := float64(k)
			f.weights = append(f.weights, max(0, min((x-left)/(centre-left), (right-x)/(right-centre))))
		}
		bank[i] = f
	}
	return bank
}

// Frames returns how many frames n samples have.
func (a *Analyser) Frames(n int) int {
	if n < a.length {
		return 0
	}
	return (n-a.length)/a.hop + 1
}

// Spectrum returns the mel spectrum of sound; the part after the last whole frame is left out.
func (a *Analyser) Spectrum(sound []float32) Spectrum {
	s, _ := a.Spectra(sound)
	return s
}

// Spectra returns the mel spectrum of sound, and that by the filters of Narrow: what is heard of it over a
// telephone line, whatever the rate. In the narrow band both are the same.
func (a *Analyser) Spectra(sound []float32) (own, narrow Spectrum) {
	n := a.Frames(len(sound))
	own = newSpectrum(n, len(a.filters))
	narrow = own
	if a.band != Narrow {
		narrow = newSpectrum(n, len(a.narrow))
	}
	for t := range own {
		a.transform(sound, t)
		a.filter(a.filters, own[t])
		if a.band != Narrow {
			a.filter(a.narrow, narrow[t])
		}
	}
	return own, narrow
}

func newSpectrum(frames, filters int) Spectrum {
	s, values := make(Spectrum, frames), make([]float32, frames*filters)
	for t := range s {
		s[t], values = values[:filters:filters], values[filters:]
	}
	return s
}

// transform takes the power of frame t of sound, bin by bin.
func (a *Analyser) transform(sound []float32, t int) {
	const emphasis = 0.97
	samples := sound[t*a.hop : t*a.hop+a.length]
	previous := float64(samples[0])
	if t > 0 {
		previous = float64(sound[t*a.hop-1])
	}
	for i, v := range samples {
		x := float64(v)
		a.frame[i] = (x - emphasis*previous) * a.window[i]
		previous = x
	}
	a.fourier.power(a.power, a.frame)
}

// filter sums up the power of the frame at hand under each filter of bank.
func (a *Analyser) filter(bank []filter, sums []float32) {
	for i, f := range bank {
		sum := 0.0
		for k, w := range f.weights {
			sum += w * a.power[f.first+k]
		}
		sums[i] = float32(sum)
	}
}
