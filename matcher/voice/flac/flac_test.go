package flac

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/mewkiz/flac"
	"github.com/mewkiz/flac/frame"
	"github.com/mewkiz/flac/meta"
)

// encoded returns a FLAC file of n samples i² on each channel.
func encoded(t testing.TB, channels, bits uint8, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	e, err := flac.NewEncoder(&b, &meta.StreamInfo{BlockSizeMin: 256, BlockSizeMax: 256, SampleRate: 16000,
		NChannels: channels, BitsPerSample: bits, NSamples: uint64(n)})
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < n; at += 256 {
		f := &frame.Frame{Header: frame.Header{HasFixedBlockSize: true, BlockSize: 256, SampleRate: 16000,
			Channels: frame.Channels(channels - 1), BitsPerSample: bits}}
		for range channels {
			s := &frame.Subframe{SubHeader: frame.SubHeader{Pred: frame.PredVerbatim}, NSamples: 256}
			for i := range 256 {
				s.Samples = append(s.Samples, int32((at+i)*(at+i)%100))
			}
			f.Subframes = append(f.Subframes, s)
		}
		if err := e.WriteFrame(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDecode(t *testing.T) {
	good := encoded(t, 1, 16, 1024)
	damaged := bytes.Clone(good)
	damaged[len(damaged)/2] ^= 0xFF
	for _, tt := range []struct {
		name string
		file []byte
		ok   bool
	}{
		{"16-bit mono", good, true},
		{"stereo", encoded(t, 2, 16, 1024), false},
		{"8-bit", encoded(t, 1, 8, 1024), false},
		{"cut short", good[:len(good)-100], false},
		{"cut between frames", encoded(t, 1, 16, 512)[:42+(len(good)-42)/4], false},
		{"damaged", damaged, false},
		{"head alone", good[:42], false},
		{"empty", nil, false},
		{"other", []byte("RIFF, not fLaC at all"), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pcm, rate, err := Decode(tt.file)
			if (err == nil) != tt.ok {
				t.Fatalf("error %v, want one: %v", err, !tt.ok)
			}
			if !tt.ok {
				return
			}
			if rate != 16000 || len(pcm) != 2048 || binary.LittleEndian.Uint16(pcm[2*1000:]) != 1000*1000%100 {
				t.Errorf("%d bytes at %d samples a second", len(pcm), rate)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encoded(f, 1, 16, 512))
	f.Add([]byte("fLaC"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if pcm, rate, err := Decode(b); err != nil && (pcm != nil || rate != 0) {
			t.Error("samples with an error")
		}
	})
}
