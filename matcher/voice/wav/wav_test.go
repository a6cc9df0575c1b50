package wav

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// file builds a WAVE file; every part can be made wrong.
func file(code, channels uint16, rate uint32, bits uint16, data []byte) []byte {
	b := []byte("RIFF....WAVEfmt \x10\x00\x00\x00")
	b = binary.LittleEndian.AppendUint16(b, code)
	b = binary.LittleEndian.AppendUint16(b, channels)
	b = binary.LittleEndian.AppendUint32(b, rate)
	b = binary.LittleEndian.AppendUint32(b, rate*uint32(channels)*uint32(bits)/8)
	b = binary.LittleEndian.AppendUint16(b, channels*bits/8)
	b = binary.LittleEndian.AppendUint16(b, bits)
	b = append(b, "LIST\x03\x00\x00\x00abc\x00data"...) // an odd chunk and its padding come first
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	return append(b, data...)
}

func TestDecode(t *testing.T) {
	good := file(1, 1, 16000, 16, []byte{1, 2, 3, 4})
	for _, tt := range []struct {
		name string
		file []byte
		ok   bool
	}{
		{"16-bit mono", good, true},
		{"stereo", file(1, 2, 16000, 16, []byte{1, 2, 3, 4}), false},
		{"8-bit", file(1, 1, 16000, 8, []byte{1, 2}), false},
		{"float", file(3, 1, 16000, 32, []byte{1, 2, 3, 4}), false},
		{"no rate", file(1, 1, 0, 16, []byte{1, 2}), false},
		{"half a sample", file(1, 1, 16000, 16, []byte{1, 2, 3}), false},
		{"cut short", good[:len(good)-1], false},
		{"no samples", good[:36], false},
		{"empty", nil, false},
		{"other", []byte("fLaC, not RIFF at all"), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			samples, rate, err := Decode(tt.file)
			if (err == nil) != tt.ok {
				t.Fatalf("error %v, want none: %v", err, tt.ok)
			}
			if tt.ok && (rate != 16000 || !bytes.Equal(samples, []byte{1, 2, 3, 4})) {
				t.Errorf("got %v at %d", samples, rate)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(file(1, 1, 16000, 16, []byte{1, 2, 3, 4}))
	f.Add(file(0xFFFE, 2, 44100, 24, nil))
	f.Add([]byte("RIFF\xff\xff\xff\xffWAVEdata\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		samples, rate, err := Decode(b)
		if err == nil && (rate == 0 || len(samples)%2 != 0 || len(samples) > len(b)) {
			t.Errorf("%d bytes at %d of a file of %d", len(samples), rate, len(b))
		}
	})
}

func TestEncode(t *testing.T) {
	for _, rate := range []int{8000, 16000} {
		want := []byte{1, 2, 3, 4, 255, 127}
		got, read, err := Decode(Encode(want, rate))
		if err != nil || read != rate || !bytes.Equal(got, want) {
			t.Errorf("%v at %d is read as %v at %d, %v", want, rate, got, read, err)
		}
	}
}
