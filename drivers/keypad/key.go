// Package keypad reads a numeric keypad: a USB or kernel matrix keypad through evdev, or any other Source.
package keypad

import "context"

// Key is one press: a digit '0' to '9', Enter or Clear.
type Key byte

// The keys that are no digits.
const (
	Enter Key = '#' // also the enter keys of a keyboard
	Clear Key = '*' // also backspace, delete and escape
)

// Digit tells whether the key is one.
func (k Key) Digit() bool { return k >= '0' && k <= '9' }

// Source is where keys come from.
type Source interface {
	// Run hands each press on until ctx ends or the keypad is gone; then the error wraps ErrGone.
	Run(ctx context.Context, press func(Key)) error
}

// ParseKey returns the key that a character stands for.
func ParseKey(r rune) (Key, bool) {
	switch {
	case r >= '0' && r <= '9':
		return Key(r), true
	case r == '#' || r == '\n' || r == '\r':
		return Enter, true
	case r == '*' || r == '\b' || r == 0x7F || r == 0x1B:
		return Clear, true
	}
	return 0, false
}
