// Package embedding has a small neural network that turns what a person said into a short vector which tells
// speakers apart, whatever the words: an x-vector (Snyder et al., "X-vectors: robust DNN embeddings for speaker
// recognition", 2018). Convolutions over time (a time-delay neural network) make channels of the mel filters, mean and
// standard deviation over time make one vector of all, and a last linear layer makes that small.
//
// The network is trained elsewhere (train.py beside it); here it is only run, in pure Go.
package embedding

import "math"

// A Network is safe for concurrent use.
type Network struct {
	Layers []Layer
	// Weights and Bias are the last layer's: Weights[output][input], the inputs being the means of the channels and
	// then their standard deviations.
	Weights, Bias []float32
}

// A Layer is a convolution over time with a ramp after it: what is negative becomes 0. Beyond the ends everything is
// 0. Normalisation by batches is folded into the weights.
type Layer struct {
	In, Out  int  // channels; those of the first layer's input are mel filters
	Kernel   int  // frames that an output is made of, odd
	Stride   int  // frames from one output to the next
	Dilation int  // frames from one of the kernel's to the next
	Residual bool // the input is added after the ramp
	// Weights is [kernel][input][output].
	Weights, Bias []float32
}

// A sequence is what one layer hands to the next: values[time × channels + channel].
type sequence struct {
	times, channels int
	values          []float32
}

// Filters returns how many mel filters a frame has.
func (n *Network) Filters() int { return n.Layers[0].In }

// Size returns how long the embedding is.
func (n *Network) Size() int { return len(n.Bias) }

// Embed returns the embedding of frames, each of Filters values as speech.Logarithms returns them: a vector of
// length 1; of no frames, a vector of zeros.
func (n *Network) Embed(frames [][]float32) []float32 {
	embedding := make([]float32, n.Size())
	if len(frames) == 0 {
		return embedding
	}
	s := sequence{times: len(frames), channels: n.Filters(), values: make([]float32, 0, len(frames)*n.Filters())}
	for _, frame := range frames {
		s.values = append(s.values, frame...)
	}
	for i := range n.Layers {
		next := n.Layers[i].run(s)
		clear(s.values)
		s = next
	}
	pooled := s.pool()
	square := 1e-12
	for i := range embedding {
		embedding[i] = n.Bias[i] + dot(n.Weights[i*len(pooled):(i+1)*len(pooled)], pooled)
		square += float64(embedding[i]) * float64(embedding[i])
	}
	for i := range embedding {
		embedding[i] /= float32(math.Sqrt(square))
	}
	clear(s.values)
	clear(pooled)
	return embedding
}

// run returns what the layer makes of in.
func (l *Layer) run(in sequence) sequence {
	around := (l.Kernel - 1) / 2 * l.Dilation
	padded := make([]float32, (in.times+2*around)*l.In)
	copy(padded[around*l.In:], in.values)
	out := sequence{times: (in.times-1)/l.Stride + 1, channels: l.Out}
	out.values = make([]float32, out.times*l.Out)
	taps := make([]tap, 0, l.Kernel*l.In+3)
	for t := range out.times {
		taps = taps[:0]
		for k := range l.Kernel {
			at := (t*l.Stride + k*l.Dilation) * l.In
			taps = l.appendTaps(taps, k, padded[at:at+l.In])
		}
		made := out.values[t*l.Out : (t+1)*l.Out]
		l.sum(taps, made)
		if l.Residual {
			for i, x := range in.values[t*l.In : (t+1)*l.In] {
				made[i] += x
			}
		}
	}
	clear(padded)
	clear(taps[:cap(taps)])
	return out
}

// A tap is an input that is not 0, with its weights in every output.
type tap struct {
	value   float32
	weights []float32
}

// appendTaps appends those of one frame, the k-th of the kernel. The ramps leave about half of them.
func (l *Layer) appendTaps(taps []tap, k int, frame []float32) []tap {
	weights := l.Weights[k*l.In*l.Out : (k+1)*l.In*l.Out]
	for i, x := range frame {
		if x != 0 {
			taps = append(taps, tap{x, weights[i*l.Out : (i+1)*l.Out]})
		}
	}
	return taps
}

// sum fills out with the ramp of the bias and of the taps' values times their weights, four taps at a time: each
// output is then fetched and stored once for four.
func (l *Layer) sum(taps []tap, out []float32) {
	copy(out, l.Bias)
	for len(taps)%4 != 0 {
		taps = append(taps, tap{0, l.Weights[:l.Out]})
	}
	for ; len(taps) > 0; taps = taps[4:] {
		x0, x1, x2, x3 := taps[0].value, taps[1].value, taps[2].value, taps[3].value
		w0, w1 := taps[0].weights[:len(out)], taps[1].weights[:len(out)]
		w2, w3 := taps[2].weights[:len(out)], taps[3].weights[:len(out)]
		for o := range out {
			out[o] += x0*w0[o] + x1*w1[o] + (x2*w2[o] + x3*w3[o])
		}
	}
	for o, x := range out {
		out[o] = max(0, x)
	}
}

// pool returns the channels' means over time, and then their standard deviations.
func (s sequence) pool() []float32 {
	pooled := make([]float32, 2*s.channels)
	for i := range s.channels {
		var mean, square float64
		for t := range s.times {
			mean += float64(s.values[t*s.channels+i]) / float64(s.times)
		}
		for t := range s.times {
			d := float64(s.values[t*s.channels+i]) - mean
			square += d * d / float64(s.times)
		}
		pooled[i], pooled[s.channels+i] = float32(mean), float32(math.Sqrt(square+1e-5))
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
