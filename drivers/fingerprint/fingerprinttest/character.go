package fingerprinttest

import (
	"bytes"
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
)

// Finger is what can be laid on the glass.
type Finger interface {
	// Identity is the same for every impression of one finger, and different for another finger.
	Identity() uint64
	// Impression returns the n-th impression: 8-bit grey, width × height pixels, 0 = ridge.
	Impression(n uint64, width, height int) []byte
}

// A character file: magic 4, then features of one impression, each a signed byte, zeros to the model's size.
// A template: magic 4, features of the first impression, features of the second, zeros to the size.
var (
	characterMagic = []byte("CHR1")
	templateMagic  = []byte("TPL1")
)

const features = 120

// character makes the character file of one impression.
func character(identity, impression uint64, size int) []byte {
	own := rand.New(rand.NewPCG(identity, 0x5eed))
	disturbance := rand.New(rand.NewPCG(identity, impression+1))
	b := make([]byte, size)
	copy(b, characterMagic)
	for i := range features {
		v := 40*own.NormFloat64() + 14*disturbance.NormFloat64()
		b[4+i] = byte(int8(math.Round(min(max(v, -127), 127))))
	}
	return b
}

// merge makes a template of two character files. It reports false when they are of different fingers.
func merge(a, b []byte, size int) ([]byte, bool) {
	fa, fb := impressions(a), impressions(b)
	if len(fa) == 0 || len(fb) == 0 || score(a, b) < threshold(1) {
		return nil, false
	}
	t := make([]byte, size)
	copy(t, templateMagic)
	copy(t[4:], fa[0])
	copy(t[4+features:], fb[len(fb)-1])
	return t, true
}

// impressions returns the features that a character file or template holds; none where it is damaged.
func impressions(b []byte) [][]byte {
	switch {
	case len(b) >= 4+features && bytes.HasPrefix(b, characterMagic):
		return [][]byte{b[4 : 4+features]}
	case len(b) >= 4+2*features && bytes.HasPrefix(b, templateMagic):
		return [][]byte{b[4 : 4+features], b[4+features : 4+2*features]}
	}
	return nil
}

// score compares two character files or templates, 0–200.
func score(a, b []byte) int {
	best := 0
	for _, x := range impressions(a) {
		for _, y := range impressions(b) {
			best = max(best, int(math.Round(200*correlation(x, y))))
		}
	}
	return best
}

// threshold is the score from which a security level, 1–5, says "the same".
func threshold(level int) int { return 70 + 10*level }

// correlation returns the cosine of the angle between two lists of signed bytes.
func correlation(a, b []byte) float64 {
	var ab, aa, bb float64
	for i := range a {
		x, y := float64(int8(a[i])), float64(int8(b[i]))
		ab, aa, bb = ab+float64(x*y), aa+float64(x*x), bb+float64(y*y)
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return ab / math.Sqrt(float64(aa*bb))
}

// identityOf gives an image that came by DownImage an identity: the same for the same pixels only.
func identityOf(packed []byte) uint64 {
	h := fnv.New64a()
	h.Write(packed)
	return binary.BigEndian.Uint64(h.Sum(nil))
}
