package main

import (
	"slices"
	"testing"

	"lockerd/configs"
	"lockerd/controller"
	"lockerd/controller/console"
)

type doors = map[controller.Slot]controller.Slot

// What was found leads to the wiring under which each door has its own lines, whatever it was before.
func TestRewire(t *testing.T) {
	slots := []configs.Slot{{Number: 1, Relay: "GPIO16", Switch: "GPIO2"}, {Number: 2, Relay: "GPIO17", Switch: "GPIO3"}, {Number: 3, Relay: "left:1", Switch: "left:1"}}
	boards := []configs.Board{{Name: "left", Kind: "8a", Bus: "a", Address: 1}}
	for name, tt := range map[string]struct {
		found       console.Findings
		want, notes []string
	}{
		"as it is": {console.Findings{Relays: doors{1: 1, 2: 2, 3: 3}, Switches: doors{1: 1, 2: 2, 3: 3}, Inverted: map[controller.Slot]bool{1: false}}, nil, nil},
		"in a ring": {console.Findings{Relays: doors{1: 2, 2: 3, 3: 1}, Switches: doors{1: 1, 2: 2, 3: 3}}, []string{
			"- slot 1: relay GPIO16, switch GPIO2", "+ slot 1: relay left:1, switch GPIO2",
			"- slot 2: relay GPIO17, switch GPIO3", "+ slot 2: relay GPIO16, switch GPIO3",
			"- slot 3: relay left:1, switch left:1", "+ slot 3: relay GPIO17, switch left:1"}, nil},
		"switches swapped and inverted": {console.Findings{Relays: doors{1: 1, 2: 2, 3: 3}, Switches: doors{1: 2, 2: 1, 3: 3}, Inverted: map[controller.Slot]bool{1: true, 2: true, 3: false}}, []string{
			"- gpio.switch_active_low: false", "+ gpio.switch_active_low: true",
			"- slot 1: relay GPIO16, switch GPIO2", "+ slot 1: relay GPIO16, switch GPIO3",
			"- slot 2: relay GPIO17, switch GPIO3", "+ slot 2: relay GPIO17, switch GPIO2"}, nil},
		"a board's switches inverted": {console.Findings{Relays: doors{1: 1, 2: 2, 3: 3}, Switches: doors{1: 1, 2: 2, 3: 3}, Inverted: map[controller.Slot]bool{3: true}},
			[]string{"- boards.left.switch_active_low: false", "+ boards.left.switch_active_low: true"}, nil},
		"one of them wired otherwise": {console.Findings{Relays: doors{1: 1, 2: 2, 3: 3}, Switches: doors{1: 1, 2: 2, 3: 3}, Inverted: map[controller.Slot]bool{1: true, 2: false}}, nil,
			[]string{"The switch GPIO2 works the other way round than the others beside it: rewire it."}},
		"a switch that was not seen": {console.Findings{Relays: doors{1: 2, 2: 1, 3: 3}, Switches: doors{1: 2, 3: 3}}, []string{
			"- slot 1: relay GPIO16, switch GPIO2", "+ slot 1: relay GPIO17, switch GPIO3",
			"- slot 2: relay GPIO17, switch GPIO3", "+ slot 2: relay GPIO16, switch GPIO2"},
			[]string{"No switch was seen to tell of door 1: mend that, then commission anew."}},
		"relays that pull in at rest": {console.Findings{RelaysInverted: true}, []string{"- gpio.relay_active_low: false", "+ gpio.relay_active_low: true"},
			[]string{"Relays that pull in at rest are wired or set the other way round. Cut the locks' supply until the next start."}},
	} {
		now := configs.Wiring{Slots: slices.Clone(slots), Boards: slices.Clone(boards)}
		next, notes := rewire(now, tt.found)
		if got := difference(now, next); !slices.Equal(got, tt.want) || !slices.Equal(notes, tt.notes) {
			t.Errorf("%s:\n%q\n%q", name, got, notes)
		}
		if !slices.Equal(now.Slots, slots) || !slices.Equal(now.Boards, boards) {
			t.Errorf("%s: the wiring in force was changed", name)
		}
	}
}

// Whatever was found, each line is used once: never do two doors share one.
func TestAssignIsAPermutation(t *testing.T) {
	slots := []configs.Slot{{Number: 1}, {Number: 2}, {Number: 3}, {Number: 4}}
	for code := range 5 * 5 * 5 * 5 {
		found, used := doors{}, map[controller.Slot]bool{}
		for i, n := 0, code; i < 4; i, n = i+1, n/5 {
			if door := controller.Slot(n % 5); door != 0 && !used[door] {
				found[controller.Slot(i+1)], used[door] = door, true
			}
		}
		whose := assign(slots, found)
		sorted := slices.Sorted(slices.Values(whose))
		if !slices.Equal(sorted, []int{0, 1, 2, 3}) {
			t.Fatalf("%v gives %v", found, whose)
		}
		for line, door := range found {
			if whose[door-1] != int(line-1) {
				t.Fatalf("%v gives %v: door %d has another line", found, whose, door)
			}
		}
	}
}
