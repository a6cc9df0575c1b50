package speech

import "math"

// A transform takes the discrete Fourier transform of real values: of n/2 complex numbers made of pairs of them, from
// which the n/2+1 lower bins are taken (Sorensen et al., "Real-valued fast Fourier transform algorithms", 1987). The
// halving steps are Stockham's, which need no reordering. It is not safe for concurrent use.
type transform struct {
	roots     []complex128 // e^(−2πik/n) for k < n/2
	data, aux []complex128 // n/2
}

// newTransform returns a transform of n values, a power of two from 4 on.
func newTransform(n int) *transform {
	t := &transform{roots: make([]complex128, n/2), data: make([]complex128, n/2), aux: make([]complex128, n/2)}
	for k := range t.roots {
		sin, cos := math.Sincos(-2 * math.Pi * float64(k) / float64(n))
		t.roots[k] = complex(cos, sin)
	}
	return t
}

// power fills bins, n/2+1 of them, with the squares of the absolute values of the transform of frame.
func (t *transform) power(bins, frame []float64) {
	for i := range t.data {
		t.data[i] = complex(frame[2*i], frame[2*i+1])
	}
	t.run()
	half := len(t.data)
	first := t.data[0]
	bins[0], bins[half] = square(complex(real(first)+imag(first), 0)), square(complex(real(first)-imag(first), 0))
	for k := 1; 2*k <= half; k++ {
		a, b := t.data[k], t.data[half-k]
		even := complex(0.5*(real(a)+real(b)), 0.5*(imag(a)-imag(b)))
		odd := t.roots[k] * complex(0.5*(imag(a)+imag(b)), 0.5*(real(b)-real(a)))
		bins[k], bins[half-k] = square(even+odd), square(even-odd)
	}
}

// square returns the square of the absolute value.
func square(c complex128) float64 { return real(c)*real(c) + imag(c)*imag(c) }

// run transforms data, by four at a time and at last by two where the length asks for that.
func (t *transform) run() {
	n := len(t.data)
	stride := 1 // how many transforms of the same length lie interleaved
	for ; n >= 4; n, stride = n/4, 4*stride {
		quarter := n / 4
		for p := range quarter {
			w1 := t.roots[2*p*stride]
			w2 := w1 * w1
			w3 := w2 * w1
			in, out := t.data[p*stride:], t.aux[4*p*stride:]
			in1, in2, in3 := t.data[(p+quarter)*stride:], t.data[(p+2*quarter)*stride:], t.data[(p+3*quarter)*stride:]
			for q := range stride {
				a, b, c, d := in[q], in1[q], in2[q], in3[q]
				sum, difference := a+c, a-c
				other, turned := b+d, complex(imag(b)-imag(d), real(d)-real(b)) // −i(b−d)
				out[q] = sum + other
				out[q+stride] = w1 * (difference + turned)
				out[q+2*stride] = w2 * (sum - other)
				out[q+3*stride] = w3 * (difference - turned)
			}
		}
		t.data, t.aux = t.aux, t.data
	}
	if n == 2 {
		for q := range stride {
			a, b := t.data[q], t.data[q+stride]
			t.aux[q], t.aux[q+stride] = a+b, a-b
		}
		t.data, t.aux = t.aux, t.data
	}
}
