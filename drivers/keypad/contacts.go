package keypad

import (
	"math/bits"
	"slices"
)

// contact is a place in a matrix.
type contact struct{ row, column int }

// contacts turns the scans of a matrix into presses. It is pure. A scan is a bit for each column, by row.
type contacts struct {
	last   []uint32 // the scan before
	same   int      // how often in a row
	steady []uint32 // what counts
}

// next takes a scan and returns what was pressed.
func (k *contacts) next(down []uint32) []contact {
	if !slices.Equal(down, k.last) {
		k.last, k.same = slices.Clone(down), 0
	}
	if k.same++; k.same != steadyScans || doubtful(down) {
		return nil
	}
	var pressed []contact
	for row, columns := range down {
		if k.steady != nil {
			columns &^= k.steady[row]
		}
		for ; columns != 0; columns &= columns - 1 {
			pressed = append(pressed, contact{row, bits.TrailingZeros32(columns)})
		}
	}
	k.steady = slices.Clone(down)
	return pressed
}

// doubtful tells whether a scan may show keys that nobody presses. Three keys at the corners of a rectangle
// close the fourth corner's circuit, too: a ghost. It takes four contacts to look like that, and more than two
// keys at a time are not typed anyway.
func doubtful(down []uint32) bool {
	count := 0
	for _, columns := range down {
		count += bits.OnesCount32(columns)
	}
	return count > mostKeys
}
