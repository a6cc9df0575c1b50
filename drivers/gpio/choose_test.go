package gpio

import (
	"errors"
	"testing"
)

// One chip with two names is one chip; two chips with one label are two, and neither is taken by chance.
func TestWrongDoorIsNeverChosen(t *testing.T) {
	tests := []struct {
		name   string
		places []place
		chip   string
		offset int
		ok     bool
	}{
		{"nowhere", nil, "", 0, false},
		{"once", []place{{"gpiochip0", "gpiochip0", 17}}, "gpiochip0", 17, true},
		{"one chip with two names", []place{{"gpiochip0", "gpiochip0", 17}, {"gpiochip4", "gpiochip0", 17}}, "gpiochip0", 17, true},
		{"two chips with one label", []place{{"gpiochip0", "gpiochip0", 17}, {"gpiochip1", "gpiochip1", 17}}, "", 0, false},
		{"two chips, one with two names", []place{{"gpiochip4", "gpiochip0", 3}, {"gpiochip0", "gpiochip0", 3}, {"gpiochip1", "gpiochip1", 5}}, "", 0, false},
	}
	for _, tt := range tests {
		chip, offset, err := Line{Chip: "relays", Name: "slot1"}.choose(tt.places)
		if (err == nil) != tt.ok || chip != tt.chip || offset != tt.offset || err != nil && !errors.Is(err, ErrNoLine) {
			t.Errorf("%s: %s/%d, %v", tt.name, chip, offset, err)
		}
	}
}
