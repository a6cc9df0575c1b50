package board

import (
	"bytes"
	"errors"
	"testing"
)

// The frames of the makers' own examples.
func TestFrames(t *testing.T) {
	for name, tt := range map[string]struct{ got, want []byte }{
		"8A unlock":                 {eightFrame([3]byte{eightUnlock, 1, 1}, 0x11), []byte{0x8A, 1, 1, 0x11, 0x9B}},
		"8A state":                  {eightFrame([3]byte{eightState, 1, 1}, 0x33), []byte{0x80, 1, 1, 0x33, 0xB3}},
		"CU16 unlock":               {kerongFrame(0x00, kerongUnlock), []byte{2, 0, 0x31, 3, 0x36}},
		"CU16 state":                {kerongFrame(0x00, kerongState), []byte{2, 0, 0x30, 3, 0x35}},
		"Modbus relay 1 on":         {seal([]byte{1, 5, 0, 0, 0xFF, 0}), []byte{1, 5, 0, 0, 0xFF, 0, 0x8C, 0x3A}},
		"Modbus relay 1 for 700 ms": {seal([]byte{1, 5, 2, 0, 0, 7}), []byte{1, 5, 2, 0, 0, 7, 0x8D, 0xB0}},
	} {
		if !bytes.Equal(tt.got, tt.want) {
			t.Errorf("%s: % X, want % X", name, tt.got, tt.want)
		}
	}
}

// parsers are every decoder of the package, each for one question.
var parsers = map[string]parser{
	"8A":      func(b []byte) ([]byte, int, error) { return parseEight([3]byte{eightState, 1, 2}, b) },
	"CU16":    func(b []byte) ([]byte, int, error) { return parseKerong(0x30, b) },
	"inputs":  func(b []byte) ([]byte, int, error) { return parseBits(1, readInputs, 1, b) },
	"written": func(b []byte) ([]byte, int, error) { return parseWritten(seal([]byte{1, 5, 2, 0, 0, 7}), b) },
}

// answers are right ones, by parser.
var answers = map[string][]byte{
	"8A":      {0x80, 1, 2, 0x11, 0x92},
	"CU16":    {2, 0x30, 0x35, 0xFF, 0x7F, 0, 0, 3, 0xE8},
	"inputs":  seal([]byte{1, 2, 1, 1}),
	"written": seal([]byte{1, 5, 2, 0, 0, 7}),
}

// Of a right answer every shorter part asks for more, and every wrong bit is found.
func TestEveryBitCounts(t *testing.T) {
	for name, parse := range parsers {
		whole := answers[name]
		if _, n, err := parse(whole); err != nil || n != len(whole) {
			t.Fatalf("%s: %d, %v", name, n, err)
		}
		for n := range whole {
			if _, _, err := parse(whole[:n]); !errors.Is(err, errMore) {
				t.Errorf("%s: %d bytes give %v", name, n, err)
			}
		}
		for i := range len(whole) * 8 {
			wrong := bytes.Clone(whole)
			wrong[i/8] ^= 1 << (i % 8)
			if _, _, err := parse(wrong); err == nil {
				t.Errorf("%s: a wrong bit %d is taken", name, i)
			}
		}
	}
}

func FuzzAnswers(f *testing.F) {
	for _, whole := range answers {
		f.Add(whole)
		f.Add(append([]byte{0x80, 1}, whole...))
	}
	f.Add(seal([]byte{1, 0x82, 2}))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		for name, parse := range parsers {
			answer, n, err := parse(raw)
			switch {
			case n < 0 || n > len(raw) || len(answer) > len(raw):
				t.Errorf("%s: %d of %d bytes", name, n, len(raw))
			case err == nil && (n == 0 || len(answer) == 0):
				t.Errorf("%s: an empty answer", name)
			case errors.Is(err, errMore) && len(raw) >= maxFrame:
				t.Errorf("%s: wants more than the longest frame", name)
			}
		}
	})
}
