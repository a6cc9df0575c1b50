package keypad

import (
	"context"
	"time"

	"github.com/holoplot/go-evdev"
)

// Scanner is a barcode scanner that acts as a keyboard with US layout, as scanners do when they come from the
// factory, for example /dev/input/by-id/…-event-kbd.
type Scanner struct {
	Path string
}

// Run takes the scanner for this program alone and hands on what it reads, one code at a time. Errors are as
// those of Device.
func (s Scanner) Run(ctx context.Context, ready func(), scanned func(string)) error {
	var code scan
	return listen(ctx, s.Path, ready, func(e *evdev.InputEvent) {
		if text, done := code.take(e, time.Now()); done {
			scanned(text)
		}
	})
}

// Bounds of a scan.
const (
	longestScan = 64              // characters; a longer one is nobody's parcel number, and no part of it is, either
	scanPause   = 2 * time.Second // a scanner types a code in a fraction of that
)

// scan puts a scanner's keys together to a code. It is pure: the time is given.
type scan struct {
	text  []byte
	shift bool
	lost  bool // the kernel dropped events: what is typed so far is not what was scanned
	last  time.Time
}

// take takes one event. Done tells that a code ended with Enter or Tab; then text is the code.
func (s *scan) take(e *evdev.InputEvent, at time.Time) (text string, done bool) {
	switch {
	case e.Type == evdev.EV_SYN && e.Code == evdev.SYN_DROPPED:
		s.lost, s.shift = true, false // that shift came up may be among them
	case e.Type == evdev.EV_KEY && (e.Code == evdev.KEY_LEFTSHIFT || e.Code == evdev.KEY_RIGHTSHIFT):
		s.shift = e.Value != 0
	case pressed(e):
		return s.press(e.Code, at)
	}
	return "", false
}

func (s *scan) press(code evdev.EvCode, at time.Time) (string, bool) {
	if at.Sub(s.last) > scanPause {
		s.begin()
	}
	s.last = at
	switch code {
	case evdev.KEY_ENTER, evdev.KEY_KPENTER, evdev.KEY_TAB:
		text, whole := string(s.text), !s.lost && len(s.text) > 0
		s.begin()
		if !whole {
			return "", false
		}
		return text, true
	}
	character, known := characters[code]
	if !known {
		return "", false
	}
	if len(s.text) == longestScan {
		s.lost = true
		return "", false
	}
	if s.shift {
		character = shifted(character)
	}
	s.text = append(s.text, character)
	return "", false
}

func (s *scan) begin() { s.text, s.lost = s.text[:0], false }

// characters is what the keys of a US keyboard write without shift.
var characters = map[evdev.EvCode]byte{
	evdev.KEY_0: '0', evdev.KEY_1: '1', evdev.KEY_2: '2', evdev.KEY_3: '3', evdev.KEY_4: '4',
	evdev.KEY_5: '5', evdev.KEY_6: '6', evdev.KEY_7: '7', evdev.KEY_8: '8', evdev.KEY_9: '9',
	evdev.KEY_A: 'a', evdev.KEY_B: 'b', evdev.KEY_C: 'c', evdev.KEY_D: 'd', evdev.KEY_E: 'e', evdev.KEY_F: 'f',
	evdev.KEY_G: 'g', evdev.KEY_H: 'h', evdev.KEY_I: 'i', evdev.KEY_J: 'j', evdev.KEY_K: 'k', evdev.KEY_L: 'l',
	evdev.KEY_M: 'm', evdev.KEY_N: 'n', evdev.KEY_O: 'o', evdev.KEY_P: 'p', evdev.KEY_Q: 'q', evdev.KEY_R: 'r',
	evdev.KEY_S: 's', evdev.KEY_T: 't', evdev.KEY_U: 'u', evdev.KEY_V: 'v', evdev.KEY_W: 'w', evdev.KEY_X: 'x',
	evdev.KEY_Y: 'y', evdev.KEY_Z: 'z', evdev.KEY_SPACE: ' ', evdev.KEY_MINUS: '-', evdev.KEY_EQUAL: '=',
	evdev.KEY_DOT: '.', evdev.KEY_COMMA: ',', evdev.KEY_SLASH: '/', evdev.KEY_SEMICOLON: ';',
	evdev.KEY_KP0: '0', evdev.KEY_KP1: '1', evdev.KEY_KP2: '2', evdev.KEY_KP3: '3', evdev.KEY_KP4: '4',
	evdev.KEY_KP5: '5', evdev.KEY_KP6: '6', evdev.KEY_KP7: '7', evdev.KEY_KP8: '8', evdev.KEY_KP9: '9',
}

// shifted returns what a US keyboard writes with shift.
func shifted(character byte) byte {
	if character >= 'a' && character <= 'z' {
		return character - 'a' + 'A'
	}
	const plain, shift = "1234567890-=.,/;", "!@#$%^&*()_+><?:"
	for i := range len(plain) {
		if plain[i] == character {
			return shift[i]
		}
	}
	return character
}
