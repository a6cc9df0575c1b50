package keypad_test

import (
	"testing"
	"time"

	"lockerd/drivers/keypad"
)

func TestLine(t *testing.T) {
	now := time.Unix(1000, 0)
	for typed, want := range map[string]string{
		"1234#": "1234", "12*34#": "34", "#": "", "12345678#": "123456", "12_34#": "34", "1*2*#": "",
	} {
		line := keypad.Line{Max: 6, Idle: 10 * time.Second}
		got, ended := "", false
		for _, c := range typed {
			if c == '_' { // nobody touches the keypad for a while
				now = now.Add(11 * time.Second)
				continue
			}
			key, ok := keypad.ParseKey(c)
			if !ok {
				t.Fatalf("no key %q", c)
			}
			got, ended = line.Press(key, now)
		}
		if !ended || got != want || line.Len() != 0 {
			t.Errorf("%q gives %q (%v), want %q", typed, got, ended, want)
		}
	}
}

func FuzzLine(f *testing.F) {
	f.Add("12#*3", uint8(4))
	f.Fuzz(func(t *testing.T, typed string, limit uint8) {
		line := keypad.Line{Max: int(limit)}
		for i := range len(typed) {
			digits, _ := line.Press(keypad.Key(typed[i]), time.Unix(int64(i), 0))
			if bound := max(int(limit), 32); len(digits) > bound || line.Len() > bound {
				t.Fatalf("%d digits", len(digits))
			}
			for _, d := range digits {
				if d < '0' || d > '9' {
					t.Fatalf("digits %q", digits)
				}
			}
		}
	})
}
