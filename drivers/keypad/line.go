package keypad

import "time"

// Line puts keys together to what a person typed: digits until Enter. It is pure: the time is given.
type Line struct {
	// Max is how many digits a line has at most; 0 for 32. The digits beyond are dropped.
	Max int
	// Idle is after how long without a key the digits so far are forgotten, so that the next person does
	// not go on where one left; 0 for never.
	Idle time.Duration

	digits []byte
	last   time.Time
}

// Press takes one key at a time of day. Done tells that it was Enter; then digits is what was typed, which
// may be empty, and the line begins anew.
func (l *Line) Press(k Key, at time.Time) (digits string, done bool) {
	l.Expire(at)
	l.last = at
	switch {
	case k == Enter:
		digits = string(l.digits)
		l.Reset()
		return digits, true
	case k == Clear:
		l.Reset()
	case k.Digit() && len(l.digits) < l.max():
		l.digits = append(l.digits, byte(k))
	}
	return "", false
}

// Expire forgets the digits when the last key is too long ago. It tells whether it did.
func (l *Line) Expire(at time.Time) bool {
	if l.Idle <= 0 || len(l.digits) == 0 || at.Sub(l.last) < l.Idle {
		return false
	}
	l.Reset()
	return true
}

// Len is how many digits there are so far, for the screen to show dots.
func (l *Line) Len() int { return len(l.digits) }

// Reset forgets and overwrites the digits.
func (l *Line) Reset() {
	clear(l.digits)
	l.digits = l.digits[:0]
}

func (l *Line) max() int {
	if l.Max <= 0 {
		return 32
	}
	return l.Max
}
