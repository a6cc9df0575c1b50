// Package flac reads FLAC files (RFC 9639) of one channel of 16 bits, and refuses every other with words that say
// how to convert it. It gives what package wav gives.
package flac

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/mewkiz/flac"
)

// ErrFormat is returned for bytes that are no FLAC file, or one that is damaged or cut short.
var ErrFormat = errors.New("this is no complete FLAC file")

// Decode returns a file's samples, 16-bit little-endian, and their number a second.
func Decode(file []byte) (samples []byte, rate int, err error) {
	defer func() { // whatever a damaged frame does to the decoder, the program goes on
		if recover() != nil {
			samples, rate, err = nil, 0, ErrFormat
		}
	}()
	s, err := flac.New(bytes.NewReader(file))
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	if s.Info.NChannels != 1 || s.Info.BitsPerSample != 16 {
		return nil, 0, fmt.Errorf("cannot read %d channels of %d bits: convert the file to one channel of 16 bits", s.Info.NChannels, s.Info.BitsPerSample)
	}
	for {
		frame, err := s.ParseNext()
		if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return nil, 0, fmt.Errorf("%w: %v", ErrFormat, err)
		}
		if len(frame.Subframes) != 1 {
			return nil, 0, fmt.Errorf("%w: a frame of %d channels", ErrFormat, len(frame.Subframes))
		}
		for _, v := range frame.Subframes[0].Samples {
			samples = binary.LittleEndian.AppendUint16(samples, uint16(int16(v)))
		}
	}
	if want := s.Info.NSamples; want != 0 && uint64(len(samples)/2) != want {
		return nil, 0, fmt.Errorf("%w: %d samples of %d", ErrFormat, len(samples)/2, want)
	}
	return samples, int(s.Info.SampleRate), nil
}
