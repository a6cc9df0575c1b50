package fingerprint_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"lockerd/drivers/fingerprint"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPacketBytes(t *testing.T) {
	// The frames of the manual: GenImg and its answer "no finger", VfyPwd with password 0.
	for frame, want := range map[string]fingerprint.Packet{
		"ef01ffffffff010003010005":         {Address: 0xFFFFFFFF, PID: fingerprint.Command, Content: []byte{1}},
		"ef01ffffffff07000302000c":         {Address: 0xFFFFFFFF, PID: fingerprint.Ack, Content: []byte{2}},
		"ef01ffffffff0100071300000000001b": {Address: 0xFFFFFFFF, PID: fingerprint.Command, Content: []byte{0x13, 0, 0, 0, 0}},
	} {
		if got := want.Append(nil); !bytes.Equal(got, unhex(t, frame)) {
			t.Errorf("frame %x, want %s", got, frame)
		}
		p, n, err := fingerprint.ParsePacket(unhex(t, frame))
		if err != nil || n != len(frame)/2 || p.PID != want.PID || p.Address != want.Address || !bytes.Equal(p.Content, want.Content) {
			t.Errorf("%s parses to %+v, %d, %v", frame, p, n, err)
		}
	}
}

func TestPacketErrors(t *testing.T) {
	for _, test := range []struct {
		bytes string
		done  int
		err   error
	}{
		{"", 0, fingerprint.ErrShort},
		{"ef", 0, fingerprint.ErrShort},
		{"ef01ffffffff0100030100", 0, fingerprint.ErrShort},
		{"0037ef01", 2, fingerprint.ErrMalformed},
		{"0037ef", 2, fingerprint.ErrMalformed},
		{"ef01ffffffff010003010006", 12, fingerprint.ErrChecksum},
		{"ef01ffffffff0101030100", 2, fingerprint.ErrMalformed},   // length 259
		{"ef01ffffffff0100010100", 2, fingerprint.ErrMalformed},   // length 1
		{"ef01ffffffff0300030100", 2, fingerprint.ErrMalformed},   // unknown kind
		{"ef01ffffffff02ffffffff01", 2, fingerprint.ErrMalformed}, // length 65535 is never waited for
	} {
		if _, n, err := fingerprint.ParsePacket(unhex(t, test.bytes)); n != test.done || !errors.Is(err, test.err) {
			t.Errorf("%s: %d bytes done, %v; want %d, %v", test.bytes, n, err, test.done, test.err)
		}
	}
}

// FuzzParsePacket checks that the parser always ends, never reads beyond its input, and believes only frames
// that Append would write.
func FuzzParsePacket(f *testing.F) {
	f.Add([]byte{0xEF, 1, 0xFF, 0xFF, 0xFF, 0xFF, 7, 0, 3, 0, 0, 10})
	f.Add([]byte{0, 0xEF, 0xEF, 1, 0xFF, 0xFF, 0xFF, 0xFF, 8, 0, 2, 0, 10, 0xEF})
	f.Add(bytes.Repeat([]byte{0xEF, 1}, 200))
	f.Fuzz(func(t *testing.T, b []byte) {
		for {
			p, n, err := fingerprint.ParsePacket(b)
			if n < 0 || n > len(b) {
				t.Fatalf("%d of %d bytes done", n, len(b))
			}
			if err == nil && !bytes.Equal(p.Append(nil), b[:n]) {
				t.Fatalf("packet %+v is not the frame %x", p, b[:n])
			}
			if errors.Is(err, fingerprint.ErrShort) {
				if len(b) > 9+258 {
					t.Fatalf("waits for more than a packet: %x", b)
				}
				return
			}
			if n == 0 {
				t.Fatalf("no progress on %x: %v", b, err)
			}
			b = b[n:]
		}
	})
}

// FuzzAssembler checks that an image never holds more than its pixels, and its rows come once and in order.
func FuzzAssembler(f *testing.F) {
	f.Add(uint16(4), uint16(2), []byte{1, 2, 3, 4}, uint8(3))
	f.Add(uint16(192), uint16(192), make([]byte, 400), uint8(128))
	f.Fuzz(func(t *testing.T, width, height uint16, data []byte, part uint8) {
		rows := 0
		a, err := fingerprint.NewAssembler(int(width), int(height), func(y int, row []byte) {
			if y != rows || len(row) != int(width) {
				t.Fatalf("row %d of %d pixels after %d rows", y, len(row), rows)
			}
			rows++
		})
		if err != nil {
			return
		}
		sent := len(data)
		for len(data) > 0 {
			n := min(len(data), int(part)+1)
			if err := a.Add(data[:n]); err != nil {
				if 2*sent <= int(width)*int(height) {
					t.Fatalf("%d bytes refused: %v", sent, err)
				}
				return
			}
			data = data[n:]
		}
		image, err := a.Image()
		if whole := 2*sent == int(width)*int(height); whole != (err == nil) || whole && (rows != int(height) || len(image.Pix) != 2*sent) {
			t.Fatalf("%d bytes for %d × %d: %d rows, %v", sent, width, height, rows, err)
		}
	})
}

func FuzzParameters(f *testing.F) {
	f.Add(make([]byte, 16))
	f.Add(append(make([]byte, 15), 6))
	f.Add(bytes.Repeat([]byte{1}, 46))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := fingerprint.ParseParameters(b); err == nil && (p.Baud < 9600 || p.Baud > 115200 || p.PacketSize < 32 || p.PacketSize > 256) {
			t.Fatalf("impossible parameters %+v", p)
		}
		if p, err := fingerprint.ParseProduct(b); err == nil {
			if _, err := fingerprint.NewAssembler(p.Width, p.Height, nil); err != nil {
				t.Fatalf("product with an impossible image %+v", p)
			}
		}
	})
}
