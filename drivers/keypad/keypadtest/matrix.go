package keypadtest

import (
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"
)

// Matrix is the wiring of a matrix keypad: rows that are pulled up, open-drain columns, and keys that join them,
// without diodes, so that ghosts appear as they do on metal.
type Matrix struct {
	mu     sync.Mutex
	low    []bool              // columns that are pulled
	closed map[[2]int]bool     // keys that are pressed, by row and column
	bounce func(scan int) bool // whether a contact is closed at that scan; nil is always
	scans  int
}

// NewMatrix makes a matrix without a pressed key.
func NewMatrix(columns int) *Matrix {
	return &Matrix{low: make([]bool, columns), closed: map[[2]int]bool{}}
}

// Press closes a contact; Release opens it.
func (m *Matrix) Press(row, column int) { m.set(row, column, true) }

// Release opens a contact.
func (m *Matrix) Release(row, column int) { m.set(row, column, false) }

func (m *Matrix) set(row, column int, down bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if down {
		m.closed[[2]int{row, column}] = true
	} else {
		delete(m.closed, [2]int{row, column})
	}
}

// Bounce makes the contacts open and close by the number of the scan.
func (m *Matrix) Bounce(closed func(scan int) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.bounce, m.scans = closed, 0
}

// Row is a row's input, Column a column's output; both count from 0.
func (m *Matrix) Row(n int) gpio.PinIn { return matrixRow{m, n} }

// Column is a column's output.
func (m *Matrix) Column(n int) gpio.PinOut { return matrixColumn{m, n} }

// level is low when the row is joined with a pulled column, over however many pressed keys.
func (m *Matrix) level(row int) gpio.Level {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.bounce != nil && !m.bounce(m.scans) {
		return gpio.High
	}
	rows, columns := map[int]bool{row: true}, map[int]bool{}
	for grown := true; grown; {
		grown = false
		for key := range m.closed {
			if rows[key[0]] != columns[key[1]] {
				rows[key[0]], columns[key[1]], grown = true, true, true
			}
		}
	}
	for column, low := range m.low {
		if low && columns[column] {
			return gpio.Low
		}
	}
	return gpio.High
}

type matrixRow struct {
	m *Matrix
	n int
}

func (r matrixRow) Read() gpio.Level               { return r.m.level(r.n) }
func (r matrixRow) In(gpio.Pull, gpio.Edge) error  { return nil }
func (r matrixRow) WaitForEdge(time.Duration) bool { return false }
func (r matrixRow) Pull() gpio.Pull                { return gpio.PullUp }
func (r matrixRow) DefaultPull() gpio.Pull         { return gpio.PullUp }
func (r matrixRow) String() string                 { return "row" }
func (r matrixRow) Name() string                   { return "row" }
func (r matrixRow) Number() int                    { return r.n }
func (r matrixRow) Function() string               { return "" }
func (r matrixRow) Halt() error                    { return nil }

type matrixColumn struct {
	m *Matrix
	n int
}

func (c matrixColumn) Out(l gpio.Level) error {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	if c.n == 0 && l == gpio.Low {
		c.m.scans++
	}
	c.m.low[c.n] = l == gpio.Low
	return nil
}

func (c matrixColumn) PWM(gpio.Duty, physic.Frequency) error { return nil }
func (c matrixColumn) String() string                        { return "column" }
func (c matrixColumn) Name() string                          { return "column" }
func (c matrixColumn) Number() int                           { return c.n }
func (c matrixColumn) Function() string                      { return "" }
func (c matrixColumn) Halt() error                           { return nil }
