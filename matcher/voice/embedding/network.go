// Package embedding has a small neural network that turns what a person said into a short vector which tells
// speakers apart, whatever the words: an x-vector (Snyder et al., "X-vectors: robust DNN embeddings for speaker
// recognition", 2018). Convolutions over time and mel filters make channels of each stretch of speech, mean and
// standard deviation over time make one vector of all, and a last linear layer makes that small.
//
// The network is trained elsewhere (train.py beside it); here it is only run, in pure Go.
package embedding

import "math"

// A Network is safe for concurrent use.
type Network struct {
	Filters int // mel filters of a frame
	Layers  []Layer
	// Weights and Bias are the last layer's: Weights[output][input], the inputs being the means of filter 0's
	// channels, filter 1's and so on, and then their standard deviations.
	Weights, Bias []float32
}

// A Layer is a convolution over time and filters with a ramp after it: what is negative becomes 0. Beyond the
// edges of time everything is 0; beyond those of the filters too, unless the kernel is as wide as all of them,
// which leaves one. Normalisation by batches is folded into the weights.
type Layer struct {
	In, Out                  int // channels
	Time, Filters            int // extent of the kernel, odd unless as wide as all filters
	TimeStride, FilterStride int
	Dilation                 int  // frames from one of the kernel's to the next
	Residual                 bool // the input is added after the ramp
	// Weights is [output][time][filter][input].
	Weights, Bias []float32
}

// A field is what one layer hands to the next: values[(time × filters + filter) × channels + channel].
type field struct {
	times, filters, channels int
	values                   []float32
}

// Size returns how long the embedding is.
func (n *Network) Size() int { return len(n.Bias) }

// Embed returns the embedding of frames, each of Filters values as speech.Logarithms returns them: a vector of
// length 1; of no frames, a vector of zeros.
func (n *Network) Embed(frames [][]float32) []float32 {
	embedding := make([]float32, n.Size())
	if len(frames) == 0 {
		return embedding
	}
	f := field{times: len(frames), filters: n.Filters, channels: 1, values: make([]float32, 0, len(frames)*n.Filters)}
	for _, frame := range frames {
		f.values = append(f.values, frame...)
	}
	for i := range n.Layers {
		next := n.Layers[i].run(f)
		clear(f.values)
		f = next
	}
	pooled := f.pool()
	square := 1e-12
	for i := range embedding {
		embedding[i] = n.Bias[i] + dot(n.Weights[i*len(pooled):(i+1)*len(pooled)], pooled)
		square += float64(embedding[i]) * float64(embedding[i])
	}
	for i := range embedding {
		embedding[i] /= float32(math.Sqrt(square))
	}
	clear(f.values)
	clear(pooled)
	return embedding
}

// after returns how many filters the layer leaves of so many.
func (l *Layer) after(filters int) int {
	if l.Filters == filters {
		return 1
	}
	return (filters-1)/l.FilterStride + 1
}

// padded returns in with zeros around it, as many as the kernel reaches over the edges.
func (l *Layer) padded(in field) field {
	time, filter := (l.Time-1)/2*l.Dilation, l.Filters/2
	if l.Filters == in.filters {
		filter = 0
	}
	out := field{times: in.times + 2*time, filters: in.filters + 2*filter, channels: in.channels}
	out.values = make([]float32, out.times*out.filters*out.channels)
	row := in.filters * in.channels
	for t := range in.times {
		copy(out.values[((t+time)*out.filters+filter)*in.channels:], in.values[t*row:(t+1)*row])
	}
	return out
}

// run returns what the layer makes of in.
func (l *Layer) run(in field) field {
	p := l.padded(in)
	out := field{times: (in.times-1)/l.TimeStride + 1, filters: l.after(in.filters), channels: l.Out}
	out.values = make([]float32, out.times*out.filters*out.channels)
	width := l.Filters * l.In
	patch := make([]float32, l.Time*width)
	for t := range out.times {
		for f := range out.filters {
			for k := range l.Time {
				from := ((t*l.TimeStride+k*l.Dilation)*p.filters + f*l.FilterStride) * l.In
				copy(patch[k*width:(k+1)*width], p.values[from:])
			}
			at := (t*out.filters + f) * l.Out
			l.multiply(patch, out.values[at:at+l.Out])
			if l.Residual {
				for i, x := range in.values[at : at+l.Out] {
					out.values[at+i] += x
				}
			}
		}
	}
	clear(p.values)
	clear(patch)
	return out
}

// multiply fills out with the ramp of the layer's weights times patch, four outputs at a time: each value of
// patch is then read once for four.
func (l *Layer) multiply(patch, out []float32) {
	n, o := len(patch), 0
	for ; o+4 <= len(out); o += 4 {
		w0, w1 := l.Weights[o*n:(o+1)*n], l.Weights[(o+1)*n:(o+2)*n]
		w2, w3 := l.Weights[(o+2)*n:(o+3)*n], l.Weights[(o+3)*n:(o+4)*n]
		w0, w1, w2, w3 = w0[:len(patch)], w1[:len(patch)], w2[:len(patch)], w3[:len(patch)]
		s0, s1, s2, s3 := l.Bias[o], l.Bias[o+1], l.Bias[o+2], l.Bias[o+3]
		for i, x := range patch {
			s0 += w0[i] * x
			s1 += w1[i] * x
			s2 += w2[i] * x
			s3 += w3[i] * x
		}
		out[o], out[o+1], out[o+2], out[o+3] = max(0, s0), max(0, s1), max(0, s2), max(0, s3)
	}
	for ; o < len(out); o++ {
		out[o] = max(0, l.Bias[o]+dot(l.Weights[o*n:(o+1)*n], patch))
	}
}

// pool returns the means over time of each filter's channels, and then their standard deviations.
func (f field) pool() []float32 {
	width := f.filters * f.channels
	pooled := make([]float32, 2*width)
	for i := range width {
		var mean, square float64
		for t := range f.times {
			mean += float64(f.values[t*width+i]) / float64(f.times)
		}
		for t := range f.times {
			d := float64(f.values[t*width+i]) - mean
			square += d * d / float64(f.times)
		}
		pooled[i], pooled[width+i] = float32(mean), float32(math.Sqrt(square+1e-5))
	}
	return pooled
}

func dot(a, b []float32) float32 {
	b = b[:len(a)]
	var sum float32
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}
