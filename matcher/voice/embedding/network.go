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
	out := sequence{times: (in.times-1)/l.Stride + 1, channels: l.Out}
	out.values = make([]float32, out.times*l.Out)
	heard := in.taps()
	for t := range out.times {
		made := out.values[t*l.Out : (t+1)*l.Out]
		copy(made, l.Bias)
		for k := range l.Kernel {
			if at := t*l.Stride + (k-l.Kernel/2)*l.Dilation; at >= 0 && at < in.times {
				add(made, heard[at], l.Weights[k*l.In*l.Out:(k+1)*l.In*l.Out])
			}
		}
		for o, x := range made {
			made[o] = max(0, x)
		}
		if l.Residual {
			for i, x := range in.values[t*l.In : (t+1)*l.In] {
				made[i] += x
			}
		}
	}
	for _, taps := range heard {
		clear(taps)
	}
	return out
}

// A tap is a channel's value at one time.
type tap struct {
	channel int
	value   float32
}

// taps returns, time by time, the values that are not 0, of which the ramps leave about half. They are filled up with
// zeros to a multiple of four.
func (s sequence) taps() [][]tap {
	taps := make([][]tap, s.times)
	room := make([]tap, s.times*(s.channels+3))
	for t := range taps {
		n := 0
		for c, x := range s.values[t*s.channels : (t+1)*s.channels] {
			if room[n] = (tap{c, x}); x != 0 {
				n++
			}
		}
		whole := (n + 3) / 4 * 4
		clear(room[n:whole])
		taps[t], room = room[:whole], room[whole:]
	}
	return taps
}

// add adds the taps' values times their weights, [channel][output], to out, four taps at a time: each output is then
// fetched and stored once for four.
func add(out []float32, taps []tap, weights []float32) {
	for ; len(taps) >= 4; taps = taps[4:] {
		t0, t1, t2, t3 := taps[0], taps[1], taps[2], taps[3]
		w0, w1 := weights[t0.channel*len(out):][:len(out)], weights[t1.channel*len(out):][:len(out)]
		w2, w3 := weights[t2.channel*len(out):][:len(out)], weights[t3.channel*len(out):][:len(out)]
		for o := range out {
			out[o] += t0.value*w0[o] + t1.value*w1[o] + (t2.value*w2[o] + t3.value*w3[o])
		}
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
