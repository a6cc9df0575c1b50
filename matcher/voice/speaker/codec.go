package speaker

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"

	"lockerd/matcher/voice/embedding"
	"lockerd/matcher/voice/gmm"
	"lockerd/matcher/voice/speech"
)

// ErrModel is returned for a file that is not a voice model of this version, or is damaged.
var ErrModel = errors.New("this is no voice model of this version, or it is damaged")

// A Model is the backgrounds that one training made, one a band, and the network that they share.
//
// As a file: "LKVM", version 4, the network's length in four bytes and its file (embedding.Network), the count of
// backgrounds, each background, and the SHA-256 of all before it.
// A background: sampling rate, outer edges in Hz, filters; components, dimensions, rank, cohort size; weights,
// means and deviations as float32; impostors' scores as float32; the channel, component by component, as 8-bit
// steps of a scale; the centres as 16-bit steps of one each; each member of the cohort, in the mixture by 2-bit steps
// (Cohort), in the network by 8-bit steps of a scale. All big-endian.
type Model struct {
	Network     *embedding.Network // nil where the mixtures alone tell voices apart
	Backgrounds []*Background
	id          string
}

const (
	magic   = "LKVM\x04"
	maxSize = 4 << 20
)

// MaxComponents is how many Gaussians a background may have: a voiceprint has two bytes for each of a Gaussian's
// dimensions, and the information system keeps no voiceprint of more than 40 KiB.
const MaxComponents = 320

// ID names the model: the first 8 bytes of its file's hash, in hexadecimal.
func (m *Model) ID() string { return m.id }

// Background returns the background for sound of that many samples a second.
func (m *Model) Background(rate int) (*Background, error) {
	for _, bg := range m.Backgrounds {
		if bg.Band.Rate == rate {
			return bg, nil
		}
	}
	return nil, fmt.Errorf("the voice model %s has no background for %d samples a second", m.id, rate)
}

// Encode returns the model's file, and names the model. More components than MaxComponents, and a file over 4 MiB, are
// errors.
func (m *Model) Encode() ([]byte, error) {
	for _, bg := range m.Backgrounds {
		if n := bg.Mixture.Components(); n > MaxComponents {
			return nil, fmt.Errorf("the model has %d components, more than %d: voiceprints of it would be too long", n, MaxComponents)
		}
	}
	var network []byte
	if m.Network != nil {
		network = m.Network.Encode()
	}
	b := binary.BigEndian.AppendUint32([]byte(magic), uint32(len(network)))
	b = append(append(b, network...), byte(len(m.Backgrounds)))
	for _, bg := range m.Backgrounds {
		b = bg.append(b)
	}
	sum := sha256.Sum256(b)
	m.id = hex.EncodeToString(sum[:8])
	if b = append(b, sum[:]...); len(b) > maxSize {
		return nil, fmt.Errorf("the model has %d bytes, more than %d: use fewer components or a smaller cohort", len(b), maxSize)
	}
	return b, nil
}

func (bg *Background) append(b []byte) []byte {
	d := bg.Mixture.Dimensions()
	for _, v := range []int{bg.Band.Rate, int(bg.Band.Low), int(bg.Band.High), bg.Band.Filters,
		bg.Mixture.Components(), d, bg.Channel.Rank, bg.Cohort.size} {
		b = binary.BigEndian.AppendUint16(b, uint16(v))
	}
	b = AppendFloats(b, bg.Mixture.Weights)
	for c := range bg.Mixture.Means {
		b = AppendFloats(AppendFloats(b, bg.Mixture.Means[c]), bg.Mixture.Deviation[c])
	}
	b = AppendFloats(b, bg.Impostors)
	for directions := range slices.Chunk(bg.Channel.Directions, d*bg.Channel.Rank) {
		b = appendBytes(b, directions)
	}
	b = AppendSteps(b, bg.Centre)
	b = AppendSteps(b, bg.NetworkCentre)
	for i, place := range bg.Cohort.network {
		b = appendBytes(append(b, bg.Cohort.get(i)...), place)
	}
	return b
}

// Decode reads a model's file.
func Decode(b []byte) (*Model, error) {
	if len(b) > maxSize || len(b) < len(magic)+sha256.Size || string(b[:len(magic)]) != magic {
		return nil, ErrModel
	}
	body := b[:len(b)-sha256.Size]
	sum := sha256.Sum256(body)
	if string(sum[:]) != string(b[len(body):]) {
		return nil, fmt.Errorf("%w: its hash is wrong", ErrModel)
	}
	m := &Model{id: hex.EncodeToString(sum[:8])}
	r := &Reader{Bytes: body[len(magic):]}
	if network := r.Take(int(r.Uint32())); len(network) > 0 {
		var err error
		if m.Network, err = embedding.Decode(network); err != nil || m.Network.Filters() != speech.Narrow.Filters {
			return nil, fmt.Errorf("%w: its network cannot be used", ErrModel)
		}
	}
	for range r.Byte() {
		bg, err := decodeBackground(r, m.Network)
		if err != nil {
			return nil, err
		}
		m.Backgrounds = append(m.Backgrounds, bg)
	}
	if r.Failed || len(r.Bytes) != 0 || len(m.Backgrounds) == 0 {
		return nil, ErrModel
	}
	return m, nil
}

func decodeBackground(r *Reader, network *embedding.Network) (*Background, error) {
	var head [8]int
	for i := range head {
		head[i] = int(r.Uint16())
	}
	band, err := speech.BandOf(head[0])
	if err != nil || r.Failed {
		return nil, ErrModel
	}
	components, d, rank, size := head[4], head[5], head[6], head[7]
	if head[1] != int(band.Low) || head[2] != int(band.High) || head[3] != band.Filters ||
		d != speech.Dimensions || components < 1 || components > MaxComponents || rank < 1 || rank > 256 || size < 2 {
		return nil, fmt.Errorf("%w: made for another front end", ErrModel)
	}
	weights := r.Floats(components)
	means, deviation := make([][]float32, components), make([][]float32, components)
	for c := range means {
		means[c], deviation[c] = r.Floats(d), r.Floats(d)
	}
	impostors := r.Floats(len(Rates))
	var directions []float32
	for range components {
		directions = append(directions, r.byteSteps(d*rank)...)
	}
	centre := r.Steps(components * d)
	embedded := 0
	if network != nil {
		embedded = network.Size()
	}
	networkCentre := r.Steps(embedded)
	if r.Failed || !positive(weights) {
		return nil, ErrModel
	}
	for _, row := range deviation {
		if !positive(row) {
			return nil, ErrModel
		}
	}
	bg := &Background{Band: band, Mixture: gmm.New(weights, means, deviation), Channel: gmm.NewChannel(rank, d, directions),
		Centre: centre, Network: network, NetworkCentre: networkCentre, Impostors: impostors}
	if bg.Cohort = readCohort(r, size, components*d, embedded); r.Failed {
		return nil, ErrModel
	}
	return bg, nil
}

// readCohort reads size members whose places have length and embedded values.
func readCohort(r *Reader, size, length, embedded int) *Cohort {
	if len(r.Bytes) < (length+3)/4*size {
		r.Failed = true
		return nil
	}
	c := &Cohort{size: size, length: length, steps: make([]byte, (length+3)/4*size), units: make([]float32, size)}
	for i := range size {
		steps, place := r.Take((length+3)/4), r.byteSteps(embedded)
		if r.Failed {
			return nil
		}
		c.set(i, steps)
		c.network = append(c.network, unit(place))
	}
	return c
}

func positive(values []float32) bool {
	for _, v := range values {
		if !(v > 0) || math.IsInf(float64(v), 0) {
			return false
		}
	}
	return true
}
