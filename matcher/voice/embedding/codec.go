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
	mostChannels = 1024
	mostExtent   = 64 // of a kernel, a stride, a dilation
)

// A head is a layer's sizes as they stand in a file.
type head struct{ In, Out, Kernel, Stride, Dilation, Residual uint16 }

// Encode returns the network's file, big-endian: "LKVN", version 1; layers and the embedding's length in two bytes
// each; each layer's six sizes in two bytes each and its outputs; the last layer's outputs. An output: its bias
// and the scale of its weights as float32, the weights as 8-bit steps of that scale.
func (n *Network) Encode() []byte {
	b := []byte(magic)
	b = binary.BigEndian.AppendUint16(b, uint16(len(n.Layers)))
	b = binary.BigEndian.AppendUint16(b, uint16(n.Size()))
	for _, l := range n.Layers {
		residual := 0
		if l.Residual {
			residual = 1
		}
		for _, v := range []int{l.In, l.Out, l.Kernel, l.Stride, l.Dilation, residual} {
			b = binary.BigEndian.AppendUint16(b, uint16(v))
		}
		b = appendOutputs(b, transposed(l.Weights, l.Out), l.Bias)
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
	if _, err := io.ReadFull(r, start); err != nil || string(start) != magic || len(b) > mostSize {
		return nil, ErrNetwork
	}
	var sizes struct{ Layers, Size uint16 }
	if err := binary.Read(r, binary.BigEndian, &sizes); err != nil ||
		!within(mostLayers, sizes.Layers) || !within(mostChannels, sizes.Size) {
		return nil, ErrNetwork
	}
	n := &Network{}
	channels := 0
	for i := range int(sizes.Layers) {
		l, err := decodeLayer(r)
		if err != nil || i > 0 && l.In != channels {
			return nil, fmt.Errorf("layer %d: %w", i+1, ErrNetwork)
		}
		n.Layers = append(n.Layers, l)
		channels = l.Out
	}
	var err error
	if n.Weights, n.Bias, err = readOutputs(r, int(sizes.Size), 2*channels); err != nil {
		return nil, err
	}
	if r.Len() != 0 {
		return nil, ErrNetwork
	}
	return n, nil
}

func decodeLayer(r *bytes.Reader) (Layer, error) {
	var h head
	if err := binary.Read(r, binary.BigEndian, &h); err != nil {
		return Layer{}, ErrNetwork
	}
	if !within(mostChannels, h.In, h.Out) || !within(mostExtent, h.Kernel, h.Stride, h.Dilation) || h.Kernel%2 == 0 ||
		h.Residual > 1 || h.Residual == 1 && (h.In != h.Out || h.Stride != 1) {
		return Layer{}, ErrNetwork
	}
	l := Layer{In: int(h.In), Out: int(h.Out), Kernel: int(h.Kernel), Stride: int(h.Stride), Dilation: int(h.Dilation), Residual: h.Residual == 1}
	var err error
	l.Weights, l.Bias, err = readOutputs(r, l.Out, l.Kernel*l.In)
	l.Weights = transposed(l.Weights, l.Kernel*l.In)
	return l, err
}

// transposed returns the columns of a matrix of that width one after the other.
func transposed(matrix []float32, width int) []float32 {
	t := make([]float32, 0, len(matrix))
	for column := range width {
		for at := column; at < len(matrix); at += width {
			t = append(t, matrix[at])
		}
	}
	return t
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
