// Package wav reads and writes WAVE files of one channel of 16-bit PCM, the form in which a cabinet records, and
// refuses every other with words that say how to convert it.
//
// The format: "RIFF", size 4, "WAVE", then chunks of a name of 4 bytes, a size of 4 (little-endian) and content
// padded to an even length; "fmt " holds format 2, channels 2, rate 4, bytes a second 4, block 2, bits 2; "data"
// the samples (Microsoft and IBM, "Multimedia Programming Interface and Data Specifications 1.0", 1991).
package wav

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrFormat is returned for bytes that are no WAVE file, or one cut short.
var ErrFormat = errors.New("this is no complete WAVE file")

const (
	pcm        = 1
	extensible = 0xFFFE
)

// Decode returns a file's samples, 16-bit little-endian, and their number a second. The bytes are part of file.
func Decode(file []byte) (samples []byte, rate int, err error) {
	if len(file) < 12 || string(file[:4]) != "RIFF" || string(file[8:12]) != "WAVE" {
		return nil, 0, ErrFormat
	}
	for rest := file[12:]; len(rest) >= 8; {
		name, size := string(rest[:4]), int64(binary.LittleEndian.Uint32(rest[4:]))
		content := rest[8:]
		if size > int64(len(content)) {
			return nil, 0, fmt.Errorf("%w: it ends within %q", ErrFormat, name)
		}
		content = content[:size]
		switch name {
		case "fmt ":
			if rate, err = format(content); err != nil {
				return nil, 0, err
			}
		case "data":
			if rate == 0 || len(content)%2 != 0 {
				return nil, 0, fmt.Errorf("%w: samples of no stated format", ErrFormat)
			}
			return content, rate, nil
		}
		rest = rest[min(int64(len(rest)), 8+size+size%2):]
	}
	return nil, 0, fmt.Errorf("%w: it has no samples", ErrFormat)
}

// Encode returns a file of the samples, 16-bit little-endian, so many a second.
func Encode(samples []byte, rate int) []byte {
	b := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(36+len(samples)))
	b = binary.LittleEndian.AppendUint32(append(b, "WAVEfmt "...), 16)
	b = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(b, pcm), 1)
	b = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, uint32(rate)), uint32(2*rate))
	b = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(b, 2), 16)
	b = binary.LittleEndian.AppendUint32(append(b, "data"...), uint32(len(samples)))
	return append(b, samples...)
}

// format reads the "fmt " chunk and returns the sampling rate.
func format(b []byte) (rate int, err error) {
	if len(b) < 16 {
		return 0, ErrFormat
	}
	code, channels := binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint16(b[2:])
	bits := binary.LittleEndian.Uint16(b[14:])
	rate = int(binary.LittleEndian.Uint32(b[4:]))
	switch {
	case code == extensible && len(b) >= 26:
		code = binary.LittleEndian.Uint16(b[24:])
	}
	switch {
	case code != pcm || bits != 16:
		return 0, fmt.Errorf("cannot read %d-bit samples of format %d: convert the file to 16-bit PCM", bits, code)
	case channels != 1:
		return 0, fmt.Errorf("cannot read %d channels: convert the file to one", channels)
	case rate == 0:
		return 0, ErrFormat
	}
	return rate, nil
}
