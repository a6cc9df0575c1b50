package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"lockerd/configs"
	"lockerd/controller"
	"lockerd/controller/console"
)

// Wires is console.Fitter's.
func (m machine) Wires() []console.Wire {
	var wires []console.Wire
	for _, s := range m.cfg.Slots {
		w := console.Wire{Slot: controller.Slot(s.Number), Relay: line(s.Relay, s), Switch: line(s.Switch, s)}
		w.Shut, w.Unknown = m.hardware.doors[w.Slot].Shut()
		wires = append(wires, w)
	}
	return wires
}

// line is a slot's line as a technician reads it; the sandbox's go by the slot where they are not named.
func line(name string, s configs.Slot) string {
	if name == "" {
		return fmt.Sprint(s.Number)
	}
	return name
}

// Pulse is console.Fitter's.
func (m machine) Pulse(ctx context.Context, who string, slot controller.Slot, looked []controller.Slot) error {
	return m.controller.PulseToLearn(ctx, who, slot, looked)
}

// Learn is console.Fitter's.
func (m machine) Learn(who string, slot controller.Slot, on bool) error {
	return m.controller.Learn(who, slot, on)
}

// learnedFile keeps what commissioning learned so far.
func (m machine) learnedFile() string { return filepath.Join(m.cfg.Dir, "commissioning.json") }

// errOtherWiring says that what is learned now would not be what holds after the next start.
var errOtherWiring = errors.New("the settings of the wiring were changed since the start: reboot, then commission")

// settled returns an error where the next start would read another wiring than the one in force.
func (m machine) settled() error {
	next, err := m.cfg.Reload()
	if err != nil {
		return fmt.Errorf("cannot start again with these settings: %w", err)
	}
	if nameWiring(next.Wired()) != nameWiring(m.cfg.Wired()) {
		return errOtherWiring
	}
	return nil
}

// nameWiring returns a name that no other wiring has.
func nameWiring(w configs.Wiring) string {
	w.Boards = append([]configs.Board{}, w.Boards...) // none and an empty list are one
	return fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "%#v", w)))
}

// Findings is console.Fitter's.
func (m machine) Findings() (console.Findings, error) {
	var found console.Findings
	if err := m.settled(); err != nil {
		return found, err
	}
	text, err := os.ReadFile(m.learnedFile())
	if errors.Is(err, fs.ErrNotExist) {
		return found, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &found)
	}
	if err != nil {
		return found, fmt.Errorf("cannot read what was learned before (remove %s to begin anew): %w", m.learnedFile(), err)
	}
	if found.Wiring != nameWiring(m.cfg.Wired()) {
		return console.Findings{}, nil // the lines are others now
	}
	return found, nil
}

// Keep is console.Fitter's.
func (m machine) Keep(found console.Findings) error {
	found.Wiring = cmp.Or(found.Wiring, nameWiring(m.cfg.Wired()))
	text, err := json.Marshal(found)
	if err != nil {
		return err
	}
	return configs.Replace(m.learnedFile(), text)
}

// Propose is console.Fitter's.
func (m machine) Propose(found console.Findings) (console.Proposal, error) {
	if err := m.settled(); err != nil {
		return console.Proposal{}, err
	}
	now := m.cfg.Wired()
	next, notes := rewire(now, found)
	return console.Proposal{
		Lines: difference(now, next), Notes: notes, Wiring: nameWiring(next),
		Write: func() (string, error) { return m.cfg.Wiring, m.cfg.SaveWiring(next) },
	}, nil
}

// rewire returns the wiring with what was found, and what a person must look into.
func rewire(w configs.Wiring, found console.Findings) (configs.Wiring, []string) {
	w.Slots, w.Boards = slices.Clone(w.Slots), slices.Clone(w.Boards)
	if found.RelaysInverted {
		return invertRelays(w)
	}
	before := slices.Clone(w.Slots)
	relays := assign(before, found.Relays)
	switches := assign(before, found.Switches)
	for i := range w.Slots {
		w.Slots[i].Relay = own(before[relays[i]].Relay, before[relays[i]], w.Slots[i])
		w.Slots[i].Switch = own(before[switches[i]].Switch, before[switches[i]], w.Slots[i])
	}
	notes := unseen(before, found)
	return w, append(notes, invertSwitches(&w, before, found)...)
}

// own is a line of one slot that becomes another's; the sandbox's lines need no name while they are their slot's.
func own(name string, from, to configs.Slot) string {
	if name == "" && from.Number != to.Number {
		return fmt.Sprint(from.Number)
	}
	return name
}

// assign returns for each slot, by index, whose line it gets: the one that was found to be its own, and what is
// left to those of which nothing was found, in order.
func assign(slots []configs.Slot, found map[controller.Slot]controller.Slot) []int {
	whose := make([]int, len(slots))
	taken := make([]bool, len(slots))
	for i, s := range slots {
		whose[i] = slices.IndexFunc(slots, func(line configs.Slot) bool {
			return found[controller.Slot(line.Number)] == controller.Slot(s.Number)
		})
		if whose[i] >= 0 {
			taken[whose[i]] = true
		}
	}
	for i := range slots {
		if whose[i] < 0 && !taken[i] {
			whose[i], taken[i] = i, true // its own line, which nobody else has
		}
	}
	for i := range slots {
		if whose[i] < 0 {
			whose[i] = slices.Index(taken, false)
			taken[whose[i]] = true
		}
	}
	return whose
}

// unseen names the doors of which no switch tells.
func unseen(slots []configs.Slot, found console.Findings) []string {
	var notes []string
	for _, s := range slots {
		told := slices.Contains(slices.Collect(maps.Values(found.Switches)), controller.Slot(s.Number))
		if !told {
			notes = append(notes, fmt.Sprintf("No switch was seen to tell of door %d: mend that, then commission anew.", s.Number))
		}
	}
	return notes
}

// invertSwitches turns the level of the switches round where they were seen to tell the opposite, for each
// chip or board as a whole; the few that differ from the others on it are told.
func invertSwitches(w *configs.Wiring, before []configs.Slot, found console.Findings) (notes []string) {
	count := map[string][2]int{}
	carrier := func(s configs.Slot) string { return configs.ParseLine(s.Switch).Board }
	for _, s := range before {
		inverted, seen := found.Inverted[controller.Slot(s.Number)]
		c := count[carrier(s)]
		if seen && inverted {
			c[1]++
		} else if seen {
			c[0]++
		}
		count[carrier(s)] = c
	}
	for _, s := range before {
		inverted, seen := found.Inverted[controller.Slot(s.Number)]
		c := count[carrier(s)]
		if seen && inverted != (c[1] > c[0]) {
			notes = append(notes, fmt.Sprintf("The switch %s works the other way round than the others beside it: rewire it.", line(s.Switch, s)))
		}
	}
	if c := count[""]; c[1] > c[0] {
		w.GPIO.SwitchActiveLow = !w.GPIO.SwitchActiveLow
	}
	for i, b := range w.Boards {
		if c := count[b.Name]; c[1] > c[0] {
			w.Boards[i].SwitchActiveLow = !b.SwitchActiveLow
		}
	}
	return notes
}

// invertRelays turns the rest level of all pins with relays round.
func invertRelays(w configs.Wiring) (configs.Wiring, []string) {
	w.GPIO.RelayActiveLow = !w.GPIO.RelayActiveLow
	for i, b := range w.Boards {
		if b.Kind == configs.Expander {
			w.Boards[i].RelayActiveLow = !b.RelayActiveLow
		}
	}
	return w, []string{"Relays that pull in at rest are wired or set the other way round. Cut the locks' supply until the next start."}
}

// difference lists what changes, in lines with - and +.
func difference(now, next configs.Wiring) []string {
	var lines []string
	flag := func(key string, before, after bool) {
		if before != after {
			lines = append(lines, fmt.Sprintf("- %s: %v", key, before), fmt.Sprintf("+ %s: %v", key, after))
		}
	}
	flag("gpio.relay_active_low", now.GPIO.RelayActiveLow, next.GPIO.RelayActiveLow)
	flag("gpio.switch_active_low", now.GPIO.SwitchActiveLow, next.GPIO.SwitchActiveLow)
	for i, b := range now.Boards {
		flag("boards."+b.Name+".relay_active_low", b.RelayActiveLow, next.Boards[i].RelayActiveLow)
		flag("boards."+b.Name+".switch_active_low", b.SwitchActiveLow, next.Boards[i].SwitchActiveLow)
	}
	for i, s := range now.Slots {
		if n := next.Slots[i]; s != n {
			lines = append(lines, "- "+slotLine(s), "+ "+slotLine(n))
		}
	}
	return lines
}

func slotLine(s configs.Slot) string {
	return fmt.Sprintf("slot %d: relay %s, switch %s", s.Number, line(s.Relay, s), line(s.Switch, s))
}
