// Package keypad reads what types: a numeric keypad (on USB, the kernel's matrix keypad, or a matrix on lines
// that this package scans) and a barcode scanner, which is a keyboard to the kernel.
package keypad

// Key is one press: a digit '0' to '9', Enter or Clear.
type Key byte

// The keys that are no digits.
const (
	Enter Key = '#' // also the enter keys of a keyboard
	Clear Key = '*' // also backspace, delete and escape
)

// Digit tells whether the key is one.
func (k Key) Digit() bool { return k >= '0' && k <= '9' }

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
