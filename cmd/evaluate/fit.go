package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"lockerd/matcher/fingerprint"
)

// fit finds the calibration for comparisons: weights by logistic regression, genuine and impostor counting
// the same, with a small penalty on large weights; then the line through the tail of the impostors'
// scores. Comparisons without evidence, and with more than one piece of it, are left out. Too few of either kind are an
// error.
func fit(all []comparison) (fingerprint.Calibration, error) {
	comparisons, genuine := single(all)
	if impostors := len(comparisons) - genuine; genuine == 0 || impostors < leastImpostors {
		return fingerprint.Calibration{}, fmt.Errorf("cannot fit weights on %d comparisons of one finger and %d of two: give 1 and %d at least",
			genuine, impostors, leastImpostors)
	}
	var c fingerprint.Calibration
	d := len(c.Weights)
	mean, dev := spreadOf(comparisons, d)
	w := make([]float64, d+1)
	for range 25 { // Newton's method; it settles in about ten steps
		improve(w, comparisons, mean, dev)
	}
	c.Bias = w[d]
	for k := range c.Weights {
		c.Weights[k] = w[k] / dev[k]
		c.Bias -= w[k] * mean[k] / dev[k]
	}
	var impostor []float64
	for _, t := range comparisons {
		if !t.genuine {
			impostor = append(impostor, c.Score(t.evidence))
		}
	}
	slices.Sort(impostor)
	c.Tail = tailOf(impostor)
	for _, v := range append(c.Weights[:], c.Bias, c.Tail[0], c.Tail[1]) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return c, errors.New("cannot fit weights: the comparisons are too much alike")
		}
	}
	return c, nil
}

// leastImpostors leaves tailOf two scores.
const leastImpostors = 250

// single returns the comparisons with one piece of evidence, and how many of them are genuine.
func single(all []comparison) (list []comparison, genuine int) {
	for _, t := range all {
		if len(t.evidence) == 1 {
			list = append(list, t)
			if t.genuine {
				genuine++
			}
		}
	}
	return list, genuine
}

// spreadOf returns the mean and standard deviation of each measurement.
func spreadOf(comparisons []comparison, d int) (mean, dev []float64) {
	mean, dev = make([]float64, d), make([]float64, d)
	n := float64(len(comparisons))
	for _, t := range comparisons {
		for k, v := range t.evidence[0] {
			mean[k] += v
			dev[k] += v * v
		}
	}
	for k := range mean {
		mean[k] /= n
		dev[k] = math.Sqrt(max(0, dev[k]/n-mean[k]*mean[k])) + 1e-9 // rounding may make it less than nothing
	}
	return mean, dev
}

// improve takes one Newton step of the logistic regression over standardised measurements.
func improve(w []float64, comparisons []comparison, mean, dev []float64) {
	const total, penalty = 1000, 1
	d := len(mean)
	genuine, impostor := 0.0, 0.0
	for _, t := range comparisons {
		if t.genuine {
			genuine++
		} else {
			impostor++
		}
	}
	gradient, hessian := make([]float64, d+1), make([][]float64, d+1)
	for i := range hessian {
		hessian[i] = make([]float64, d+1)
		hessian[i][i] = penalty
		gradient[i] = -penalty * w[i]
	}
	hessian[d][d], gradient[d] = 1e-6, 0
	x := make([]float64, d+1)
	x[d] = 1
	for _, t := range comparisons {
		score := w[d]
		for k, v := range t.evidence[0] {
			x[k] = (v - mean[k]) / dev[k]
			score += w[k] * x[k]
		}
		p, target, weight := 1/(1+math.Exp(-score)), 0.0, total/2/impostor
		if t.genuine {
			target, weight = 1, total/2/genuine
		}
		for i := range x {
			gradient[i] += weight * (target - p) * x[i]
			for j := range x {
				hessian[i][j] += weight * p * (1 - p) * x[i] * x[j]
			}
		}
	}
	for i, step := range solve(hessian, gradient) {
		w[i] += step
	}
}

// solve returns x with a·x = b, by elimination; a and b are overwritten.
func solve(a [][]float64, b []float64) []float64 {
	n := len(b)
	for c := range n {
		pivot := c
		for r := c + 1; r < n; r++ {
			if math.Abs(a[r][c]) > math.Abs(a[pivot][c]) {
				pivot = r
			}
		}
		a[c], a[pivot] = a[pivot], a[c]
		b[c], b[pivot] = b[pivot], b[c]
		for r := range n {
			if r == c {
				continue
			}
			f := a[r][c] / a[c][c]
			for k := c; k < n; k++ {
				a[r][k] -= f * a[c][k]
			}
			b[r] -= f * b[c]
		}
	}
	for i := range b {
		b[i] /= a[i][i]
	}
	return b
}

// tailOf returns the line a, b with ln(share of scores at or above s) = a - b·s, by least squares over the
// uppermost fiftieth of ascending scores without the last three.
func tailOf(scores []float64) [2]float64 {
	n := len(scores)
	var k, x, y, xx, xy float64
	for i := n - n/50; i < n-3; i++ {
		s, l := scores[i], math.Log(float64(n-i)/float64(n))
		k, x, y, xx, xy = k+1, x+s, y+l, xx+s*s, xy+s*l
	}
	slope := (k*xy - x*y) / (k*xx - x*x)
	return [2]float64{(y - slope*x) / k, -slope}
}

// writeCalibration writes a calibration as the source of weights.go.
func writeCalibration(w io.Writer, c fingerprint.Calibration, train string, sets []string) {
	if train != "" {
		train = " -train " + train
	}
	fmt.Fprintln(w, "package fingerprint")
	fmt.Fprintln(w)
	fmt.Fprintf(w, "// builtIn was fitted by evaluate fingerprint -fit%s on %v.\n", train, sets)
	fmt.Fprintln(w, "var builtIn = Calibration{")
	fmt.Fprintln(w, "\tWeights: Evidence{")
	for _, v := range c.Weights {
		fmt.Fprintf(w, "\t\t%.6g,\n", v)
	}
	fmt.Fprintln(w, "\t},")
	fmt.Fprintf(w, "\tBias: %.6g,\n\tTail: [2]float64{%.6g, %.6g},\n}\n", c.Bias, c.Tail[0], c.Tail[1])
}
