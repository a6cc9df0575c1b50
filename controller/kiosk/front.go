package kiosk

import (
	"fmt"
	"net/http"
	"strings"

	"lockerd/controller"
)

// Place is where a door, or the touchscreen itself, stands on the cabinet's front.
type Place struct {
	Slot          controller.Slot // 0 is the touchscreen
	Row, Column   int             // of its upper left corner, from 1
	Rows, Columns int             // that it takes up
}

// frontStyle returns the style sheet that puts the doors of the map where they stand: a grid area for each, and rows and
// columns as large as half a screen has room for.
func frontStyle(places []Place) string {
	rows, columns := extent(places)
	if rows == 0 {
		return ""
	}
	var css strings.Builder
	write := func(room, high, widest float64) {
		door, row := min(widest, room/float64(columns)-.15), min(2.2, high/float64(rows)-.15)
		fmt.Fprintf(&css, ".front { --columns: %d; --door: %.2frem; --row: %.2frem; --number: %.2frem; }\n", columns, door, row, min(1, door/2, row/1.4))
	}
	write(19.6, 10, 3.17) // in the size of the page's letters: half of a lying screen
	css.WriteString("@media (orientation: portrait) {\n")
	write(26, 15, 5)
	css.WriteString("}\n")
	for _, p := range places {
		fmt.Fprintf(&css, ".front .door-%d { grid-area: %d / %d / span %d / span %d; }\n", p.Slot, p.Row, p.Column, p.Rows, p.Columns)
	}
	return css.String()
}

// extent is how many rows and columns the front has.
func extent(places []Place) (rows, columns int) {
	for _, p := range places {
		rows, columns = max(rows, p.Row+p.Rows-1), max(columns, p.Column+p.Columns-1)
	}
	return rows, columns
}

func (k *Kiosk) serveFront(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	fmt.Fprint(w, frontStyle(k.options.Places))
}

// Grid is the class of the doors' map: as the doors stand, where the settings say so, or else so many side by side that
// all of them can be seen.
func (s *screen) Grid() string {
	if len(s.Options.Places) > 0 {
		return "front"
	}
	return fmt.Sprintf("columns-%d", s.columns())
}

// columns is how many doors stand side by side on the map.
func (s *screen) columns() int {
	if _, columns := extent(s.Options.Places); columns > 0 {
		return columns
	}
	switch n := len(s.Doors); {
	case n <= 12:
		return 4
	case n <= 24:
		return 6
	case n <= 50:
		return 10
	default:
		return 14
	}
}

// mostPicks is how many doors that can be touched have room side by side in half a screen.
const mostPicks = 6

// PicksStand tells whether the free doors to choose among can stand where they are on the map, with the others between
// them. Of a wider cabinet the free ones are listed.
func (s *screen) PicksStand() bool { return s.columns() <= mostPicks }

// HasHere tells whether the map shows where the touchscreen is.
func (s *screen) HasHere() bool {
	return len(s.Options.Places) > 0 && s.Options.Places[0].Slot == 0
}
