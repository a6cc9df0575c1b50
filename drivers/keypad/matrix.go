package keypad

import (
	"context"
	"fmt"
	"strings"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// Matrix is a keypad whose keys join rows with columns, and whose lines this program scans itself. The kernel's
// gpio-matrix-keypad does the same with less work; take Device then.
//
// Rows are inputs that are pulled up. Columns are open-drain outputs: low pulls the column, high lets go of it,
// so that two keys of a row never join two outputs that drive against each other.
type Matrix struct {
	Rows    []gpio.PinIn
	Columns []gpio.PinOut
	Keys    [][]Key // by row and column
}

// How a matrix is scanned.
const (
	scanEvery   = 5 * time.Millisecond
	steadyScans = 4 // as often a state is the same before it counts: contacts bounce for some milliseconds
	mostKeys    = 2 // pressed at a time; more are a fist, or a line that is broken
)

// ParseKeys reads "123 456 789 *0#" as the keys of a matrix, row by row.
func ParseKeys(text string) ([][]Key, error) {
	var rows [][]Key
	for _, word := range strings.Fields(text) {
		var row []Key
		for _, c := range word {
			key, ok := ParseKey(c)
			if !ok {
				return nil, fmt.Errorf("no key %q: use 0 to 9, # for enter and * for clear", c)
			}
			row = append(row, key)
		}
		if len(rows) > 0 && len(row) != len(rows[0]) {
			return nil, fmt.Errorf("the row %q has other keys than %d", word, len(rows[0]))
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("there are no keys")
	}
	return rows, nil
}

// Run scans the matrix and hands presses on until ctx ends or a line fails.
func (m Matrix) Run(ctx context.Context, ready func(), press func(Key)) error {
	tick := time.NewTicker(scanEvery)
	defer tick.Stop()
	var keys contacts
	ready()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		down, err := m.scan()
		if err != nil {
			return fmt.Errorf("cannot scan the keypad: %w", err)
		}
		for _, at := range keys.next(down) {
			press(m.Keys[at.row][at.column])
		}
	}
}

// scan reads which contacts are closed: a bit for each column, by row.
func (m Matrix) scan() ([]uint32, error) {
	down := make([]uint32, len(m.Rows))
	for c, column := range m.Columns {
		if err := column.Out(gpio.Low); err != nil {
			return nil, err
		}
		for r, row := range m.Rows {
			if row.Read() == gpio.Low {
				down[r] |= 1 << c
			}
		}
		if err := column.Out(gpio.High); err != nil {
			return nil, err
		}
	}
	return down, nil
}
