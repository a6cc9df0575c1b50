package keypad

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/holoplot/go-evdev"
)

// typedBy returns the events with which a scanner types text.
func typedBy(t *testing.T, text string) []*evdev.InputEvent {
	t.Helper()
	codes := map[byte]evdev.EvCode{'\n': evdev.KEY_ENTER, '\t': evdev.KEY_TAB}
	for code, character := range characters {
		if code < evdev.KEY_KP7 || code > evdev.KEY_KPDOT { // the row above the letters, as scanners do
			codes[character] = code
		}
	}
	var events []*evdev.InputEvent
	key := func(code evdev.EvCode, value int32) {
		events = append(events, &evdev.InputEvent{Type: evdev.EV_KEY, Code: code, Value: value}, &evdev.InputEvent{Type: evdev.EV_SYN})
	}
	for i := range len(text) {
		code, plain := codes[text[i]]
		if !plain {
			for base, c := range codes {
				if shifted(base) == text[i] && base != text[i] {
					code = c
				}
			}
			key(evdev.KEY_LEFTSHIFT, 1)
		}
		if code == 0 {
			t.Fatalf("no key writes %q", text[i])
		}
		key(code, 1)
		key(code, 2) // held a little long
		key(code, 0)
		if !plain {
			key(evdev.KEY_LEFTSHIFT, 0)
		}
	}
	return events
}

// read feeds events at a time of day and returns the codes.
func (s *scan) read(events []*evdev.InputEvent, at time.Time) (codes []string) {
	for _, e := range events {
		if code, done := s.take(e, at); done {
			codes = append(codes, code)
		}
	}
	return codes
}

func TestScan(t *testing.T) {
	at := time.Unix(1000, 0)
	for typed, want := range map[string]string{
		"P-1005\n": "P-1005", "abcXYZ09\n": "abcXYZ09", "LP00123456789CN\t": "LP00123456789CN", "a\n\nb\n": "a|b", "\n": "",
		"https://example.org/p?id=7\n":                 "https://example.org/p?id=7",
		strings.Repeat("7", longestScan) + "\n":        strings.Repeat("7", longestScan),
		strings.Repeat("7", longestScan+1) + "\nP-1\n": "P-1", // too long: no part of it is taken
	} {
		var s scan
		if got := strings.Join(s.read(typedBy(t, typed), at), "|"); got != want {
			t.Errorf("%q gives %q, want %q", typed, got, want)
		}
	}
}

// A key that was touched long before is no part of a code, and neither is a code of which the kernel lost keys.
func TestScanDropsWhatIsNotWhole(t *testing.T) {
	var s scan
	at := time.Unix(1000, 0)
	s.read(typedBy(t, "99"), at)
	if got := s.read(typedBy(t, "P-1\n"), at.Add(time.Minute)); len(got) != 1 || got[0] != "P-1" {
		t.Errorf("after a touch long before: %q", got)
	}
	lost := append(typedBy(t, "P-10"), &evdev.InputEvent{Type: evdev.EV_SYN, Code: evdev.SYN_DROPPED})
	if got := s.read(append(lost, typedBy(t, "05\nP-2\n")...), at); len(got) != 1 || got[0] != "P-2" {
		t.Errorf("after lost keys: %q", got)
	}
	shifted := typedBy(t, "P")[:2] // shift goes down, and that it came up again gets lost
	lost = append(shifted, &evdev.InputEvent{Type: evdev.EV_SYN, Code: evdev.SYN_DROPPED})
	if got := s.read(append(lost, typedBy(t, "\n12a\n")...), at); len(got) != 1 || got[0] != "12a" {
		t.Errorf("after the end of shift was lost: %q", got)
	}
}

func FuzzScan(f *testing.F) {
	f.Add([]byte{30, 1, 28, 1})
	f.Add([]byte{42, 1, 30, 1, 42, 0, 28, 1})
	f.Fuzz(func(t *testing.T, keys []byte) {
		var s scan
		for i := 0; i+1 < len(keys); i += 2 {
			e := &evdev.InputEvent{Type: evdev.EV_KEY, Code: evdev.EvCode(keys[i]), Value: int32(keys[i+1] % 3)}
			code, done := s.take(e, time.Unix(int64(i), 0))
			if len(code) > longestScan || cap(s.text) > 4*longestScan || done == (code == "") {
				t.Fatalf("code of %d characters (%v), %d kept", len(code), done, cap(s.text))
			}
			for _, c := range code {
				if c < ' ' || c > '~' {
					t.Fatalf("code %q", code)
				}
			}
		}
	})
}

// A keyboard that types without end and without sense keeps nothing and gives no code that is too long.
func TestScanOfAFlood(t *testing.T) {
	var s scan
	random := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		e := &evdev.InputEvent{Type: evdev.EV_KEY, Code: evdev.EvCode(random.IntN(128)), Value: int32(random.IntN(2))}
		if code, _ := s.take(e, time.Unix(1000, 0)); len(code) > longestScan {
			t.Fatalf("a code of %d characters", len(code))
		}
	}
	if cap(s.text) > 4*longestScan {
		t.Errorf("%d bytes are kept", cap(s.text))
	}
}
