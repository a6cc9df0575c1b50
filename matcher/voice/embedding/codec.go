package embedding

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// ErrNetwork is returned for what is no network of this version, or is damaged.
var ErrNetwork = errors.New("this is no network of this version, or it is damaged")

// Bounds of a network that is read.
const (
	magic        = "LKVN\x01"
	mostSize     = 2 << 20
	mostLayers   = 32
	mostFilters  = 128
	mostChannels = 1024
	mostExtent   = 64 // of a kernel, a stride, a dilation
)

// A head is a layer's sizes as they stand in a file.
type head struct {
	In, Out, Time, Filters, TimeStride, FilterStride, Dilation, Residual uint16
}

// Encode returns the network's file, big-endian: "LKVN", version 1; filters, layers and the embedding's length in
// two bytes each; each layer's eight sizes in two bytes each and its outputs; the last layer's outputs. An
// output: its bias and the scale of its weights as float32, the weights as 8-bit steps of that scale.
func (n *Network) Encode() []byte {
	b := []byte(magic)
	for _, v := range []int{n.Filters, len(n.Layers), n.Size()} {
		b = binary.BigEndian.AppendUint16(b, uint16(v))
	}
	for _, l := range n.Layers {
		for _, v := range []int{l.In, l.Out, l.Time, l.Filters, l.TimeStride, l.FilterStride, l.Dilation} {
			b = binary.BigEndian.AppendUint16(b, uint16(v))
		}
		residual := uint16(0)
		if l.Residual {
			residual = 1
		}
		b = binary.BigEndian.AppendUint16(b, residual)
		b = appendOutputs(b, l.Weights, l.Bias)
	}
	return appendOutputs(b, n.Weights, n.Bias)
}

func appendOutputs(b []byte, weights, bias []float32) []byte {
	width := len(weights) / len(bias)
	for o, shift := range bias {
		row := weights[o*width : (o+1)*width]
		largest := float32(1e-9)
		for _, w := range row {
			largest = max(largest, w, -w)
		}
		scale := largest / math.MaxInt8
		b = binary.BigEndian.AppendUint32(b, math.Float32bits(shift))
		b = binary.BigEndian.AppendUint32(b, math.Float32bits(scale))
		for _, w := range row {
			b = append(b, byte(int8(math.RoundToEven(float64(w/scale)))))
		}
	}
	return b
}

// Decode reads a network's file.
func Decode(b []byte) (*Network, error) {
	r := bytes.NewReader(b)
	start := make([]byte, len(magic))
	var sizes struct{ Filters, Layers, Size uint16 }
	if _, err := io.ReadFull(r, start); err != nil || string(start) != magic || len(b) > mostSize {
		return nil, ErrNetwork
	}
	if err := binary.Read(r, binary.BigEndian, &sizes); err != nil ||
		!within(mostFilters, sizes.Filters) || sizes.Layers > mostLayers || !within(mostChannels, sizes.Size) {
		return nil, ErrNetwork
	}
	n := &Network{Filters: int(sizes.Filters)}
	channels, filters := 1, n.Filters
	for i := range int(sizes.Layers) {
		l, err := decodeLayer(r, channels, filters)
		if err != nil {
			return nil, fmt.Errorf("layer %d: %w", i+1, err)
		}
		n.Layers = append(n.Layers, l)
		channels, filters = l.Out, l.after(filters)
	}
	var err error
	if n.Weights, n.Bias, err = readOutputs(r, int(sizes.Size), 2*channels*filters); err != nil {
		return nil, err
	}
	if r.Len() != 0 {
		return nil, ErrNetwork
	}
	return n, nil
}

// decodeLayer reads a layer that takes so many channels and filters.
func decodeLayer(r *bytes.Reader, channels, filters int) (Layer, error) {
	var h head
	if err := binary.Read(r, binary.BigEndian, &h); err != nil {
		return Layer{}, ErrNetwork
	}
	l := Layer{In: int(h.In), Out: int(h.Out), Time: int(h.Time), Filters: int(h.Filters), TimeStride: int(h.TimeStride),
		FilterStride: int(h.FilterStride), Dilation: int(h.Dilation), Residual: h.Residual == 1}
	whole := l.Filters == filters
	switch {
	case !within(mostChannels, h.In, h.Out), !within(mostExtent, h.Time, h.TimeStride, h.FilterStride, h.Dilation), !within(mostFilters, h.Filters),
		h.Residual > 1, l.In != channels, l.Time%2 == 0, l.Filters > filters, !whole && l.Filters%2 == 0,
		l.Residual && (l.In != l.Out || l.TimeStride != 1 || l.after(filters) != filters):
		return Layer{}, ErrNetwork
	}
	var err error
	l.Weights, l.Bias, err = readOutputs(r, l.Out, l.Time*l.Filters*l.In)
	return l, err
}

// within tells whether each size is from 1 to most.
func within(most uint16, sizes ...uint16) bool {
	for _, s := range sizes {
		if s < 1 || s > most {
			return false
		}
	}
	return true
}

// readOutputs reads the weights of so many outputs, width each, and their biases.
func readOutputs(r *bytes.Reader, outputs, width int) (weights, bias []float32, err error) {
	if int64(r.Len()) < int64(outputs)*int64(8+width) {
		return nil, nil, ErrNetwork
	}
	steps := make([]int8, width)
	for range outputs {
		var numbers [2]float32
		if err := binary.Read(r, binary.BigEndian, &numbers); err != nil {
			return nil, nil, ErrNetwork
		}
		for _, v := range numbers {
			if v := float64(v); math.IsNaN(v) || math.Abs(v) > 1e6 {
				return nil, nil, ErrNetwork
			}
		}
		if err := binary.Read(r, binary.BigEndian, steps); err != nil {
			return nil, nil, ErrNetwork
		}
		bias = append(bias, numbers[0])
		for _, s := range steps {
			weights = append(weights, numbers[1]*float32(s))
		}
	}
	return weights, bias, nil
}
