package configs

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// mostPlaces is how many rows and columns kiosk.doors may have: the touchscreen draws no more that can be read.
const mostPlaces = 16

// DoorPlace is where a door, or the touchscreen itself, stands on the cabinet's front.
type DoorPlace struct {
	Slot          int // its slot's number; 0 is the touchscreen
	Row, Column   int // of its upper left corner, from 1
	Rows, Columns int // that it takes up
}

// Places reads Doors, which were checked: where each door and the touchscreen stand, in the order of the slots. Without
// Doors there are none.
func (k Kiosk) Places() []DoorPlace {
	spans := map[int]DoorPlace{}
	for row, line := range k.Doors {
		for column, word := range strings.Fields(line) {
			slot, ok := standing(word)
			if !ok {
				continue
			}
			p, known := spans[slot]
			if !known {
				p = DoorPlace{Slot: slot, Row: row + 1, Column: column + 1}
			}
			left, right := min(p.Column, column+1), max(p.Column+p.Columns, column+2)
			p.Rows, p.Column, p.Columns = row+2-p.Row, left, right-left
			spans[slot] = p
		}
	}
	var places []DoorPlace
	for _, p := range spans {
		places = append(places, p)
	}
	slices.SortFunc(places, func(a, b DoorPlace) int { return cmp.Compare(a.Slot, b.Slot) })
	return places
}

// drawsEveryDoor tells whether Doors name the slots, all of them and no other.
func (c *Cabinet) drawsEveryDoor() bool {
	var drawn, slots []int
	for _, p := range c.Kiosk.Places() {
		if p.Slot != 0 {
			drawn = append(drawn, p.Slot)
		}
	}
	for _, s := range c.Slots {
		slots = append(slots, s.Number)
	}
	slices.Sort(slots)
	return slices.Equal(drawn, slots)
}

// standing reads one word of Doors: a slot's number, or 0 for the touchscreen. A dot is neither.
func standing(word string) (slot int, ok bool) {
	if word == "screen" {
		return 0, true
	}
	n, err := strconv.Atoi(word)
	return n, err == nil && n > 0
}

// checkDoors finds a front that cannot be: rows of different lengths, doors that the cabinet has not or that stand
// nowhere, and doors that are no rectangle. A front that was true until commissioning learned of other slots keeps no
// cabinet from starting: it is not drawn, and Warnings says so.
func (c *Cabinet) checkDoors(d *document) {
	if len(c.Kiosk.Doors) == 0 {
		return
	}
	if strings.HasPrefix(d.where["slots"], c.Wiring+":") && !c.drawsEveryDoor() {
		c.Kiosk.Doors, c.undrawn = nil, true
		return
	}
	drawn := map[int]int{} // in how many places a slot stands
	width := len(strings.Fields(c.Kiosk.Doors[0]))
	if width > mostPlaces || len(c.Kiosk.Doors) > mostPlaces {
		d.problem("kiosk.doors", "has %d rows of %d doors; at most %d of each can be drawn", len(c.Kiosk.Doors), width, mostPlaces)
	}
	for i, line := range c.Kiosk.Doors {
		key := fmt.Sprintf("kiosk.doors[%d]", i)
		words := strings.Fields(line)
		if len(words) != width {
			d.problem(key, "has %d places, the first row has %d; write . where there is no door", len(words), width)
		}
		for _, word := range words {
			slot, ok := standing(word)
			known := slot == 0 || slices.ContainsFunc(c.Slots, func(s Slot) bool { return s.Number == slot })
			if word != "." && !(ok && known) {
				d.problem(key, "has %q; write numbers of slots, screen for the touchscreen, and . where there is no door", word)
			} else if ok {
				drawn[slot]++
			}
		}
	}
	for _, s := range c.Slots {
		if drawn[s.Number] == 0 {
			d.problem("kiosk.doors", "leaves out slot %d; write where its door stands", s.Number)
		}
	}
	for _, p := range c.Kiosk.Places() {
		if drawn[p.Slot] != p.Rows*p.Columns {
			d.problem("kiosk.doors", "has the places of %s apart; a large door is a rectangle of its number", cmp.Or(strings.TrimPrefix(strconv.Itoa(p.Slot), "0"), "screen"))
		}
	}
}
