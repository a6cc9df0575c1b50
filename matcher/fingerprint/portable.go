package fingerprint

import "math"

// The functions here give the same result on every machine: math's differ in the last bit where a
// processor multiplies and adds in one step. Tables are rounded far above that bit.

const fine = 1 << 24

// round returns v rounded to whole 1/fine.
func round(v float64) float64 { return math.Round(v*fine) / fine }

// logs holds ln(1 + i/256), powers holds 2^(i/256).
var logs, powers = func() (l, p [257]float64) {
	for i := range l {
		l[i] = round(math.Log(1 + float64(i)/256))
		p[i] = round(math.Exp2(float64(i) / 256))
	}
	return l, p
}()

// ln returns the natural logarithm of v > 0, within 1/100000.
func ln(v float64) float64 {
	fraction, exponent := math.Frexp(v) // v = fraction·2^exponent, 0.5 ≤ fraction < 1
	return between(&logs, fraction*2-1) + float64(float64(exponent-1)*math.Ln2)
}

// exp returns e to the power of v, within 1/100000 of it.
func exp(v float64) float64 {
	v = min(max(v/math.Ln2, -1000), 1000)
	whole := math.Floor(v)
	return math.Ldexp(between(&powers, v-whole), int(whole))
}

// between interpolates in a table over 0 to 1.
func between(table *[257]float64, at float64) float64 {
	i := min(int(at*256), 255)
	f := float64(at*256) - float64(i)
	return float64(table[i]*(1-f)) + float64(table[i+1]*f)
}
