package speaker

import (
	"encoding/binary"
	"math"
)

// AppendFloats appends values as float32.
func AppendFloats(b []byte, values []float32) []byte {
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// AppendSteps appends values as 16-bit steps of one scale, which comes first.
func AppendSteps(b []byte, values []float32) []byte {
	scale := largest(values) / math.MaxInt16
	b = AppendFloats(b, []float32{scale})
	for _, v := range values {
		b = binary.BigEndian.AppendUint16(b, uint16(int16(math.RoundToEven(float64(v/scale)))))
	}
	return b
}

// appendBytes appends values as 8-bit steps of one scale, which comes first.
func appendBytes(b []byte, values []float32) []byte {
	scale := largest(values) / math.MaxInt8
	b = AppendFloats(b, []float32{scale})
	for _, v := range values {
		b = append(b, byte(int8(math.RoundToEven(float64(v/scale)))))
	}
	return b
}

func largest(values []float32) float32 {
	l := float32(1e-9)
	for _, v := range values {
		l = max(l, v, -v)
	}
	return l
}

// A Reader takes numbers off the front of Bytes. When too few are left, or one is not finite, it sets Failed
// and returns zeros, in the length asked for only when that many bytes were there.
type Reader struct {
	Bytes  []byte
	Failed bool
}

// Take returns the next n bytes, nil when there are fewer.
func (r *Reader) Take(n int) []byte {
	if r.Failed || n < 0 || n > len(r.Bytes) {
		r.Failed = true
		return nil
	}
	b := r.Bytes[:n]
	r.Bytes = r.Bytes[n:]
	return b
}

// Uint16 returns the next two bytes as a number.
func (r *Reader) Uint16() uint16 {
	if b := r.Take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

// Uint32 returns the next four bytes as a number.
func (r *Reader) Uint32() uint32 {
	if b := r.Take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

// Byte returns the next byte as a number.
func (r *Reader) Byte() int {
	if b := r.Take(1); b != nil {
		return int(b[0])
	}
	return 0
}

// Floats returns the next n values of AppendFloats.
func (r *Reader) Floats(n int) []float32 {
	b := r.Take(4 * n)
	if b == nil {
		return nil
	}
	values := make([]float32, n)
	for i := range values {
		values[i] = math.Float32frombits(binary.BigEndian.Uint32(b[4*i:]))
		if v := float64(values[i]); math.IsNaN(v) || math.Abs(v) > 1e12 {
			r.Failed = true
		}
	}
	return values
}

// Steps returns the next n values of AppendSteps.
func (r *Reader) Steps(n int) []float32 {
	scale := r.Floats(1)
	b := r.Take(2 * n)
	if b == nil {
		return nil
	}
	values := make([]float32, n)
	for i := range values {
		values[i] = scale[0] * float32(int16(binary.BigEndian.Uint16(b[2*i:])))
	}
	return values
}

// byteSteps returns the next n values of appendBytes.
func (r *Reader) byteSteps(n int) []float32 {
	scale := r.Floats(1)
	b := r.Take(n)
	if b == nil {
		return nil
	}
	values := make([]float32, n)
	for i := range values {
		values[i] = scale[0] * float32(int8(b[i]))
	}
	return values
}
