package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lockerd/configs"
	"lockerd/controller"
	"lockerd/controller/console"
)

// crossed writes a wiring of three slots: relays in a ring, switches of doors 1 and 2 swapped, and each switch
// set the other way round.
func crossed(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "wiring.yaml")
	text := `gpio: {switch_active_low: false}
slots:
  - {number: 1, size: small, relay: "2", switch: "2"}
  - {number: 2, size: small, relay: "3", switch: "1"}
  - {number: 3, size: small, relay: "1", switch: "3"}
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestCommission is a technician's visit to a cabinet that was wired anyhow. Each line is pulsed once, a door at
// a time; the visit is broken off and taken up again; and after the restart each slot opens its own door.
func TestCommission(t *testing.T) {
	t.Parallel()
	wiring := crossed(t)
	r := newRig(t, "wiring="+wiring)
	steps := func(steps ...func() error) {
		t.Helper()
		for i, step := range steps {
			if err := step(); err != nil {
				t.Fatalf("step %d: %v", i+1, err)
			}
		}
	}
	var console *terminal
	visit := func() (err error) { console, err = r.terminal(); return err }
	types := func(prompt, line string) func() error { return func() error { return console.types(prompt, line) } }
	shows := func(text string) func() error { return func() error { return console.await(text) } }
	shut := func(door int) func() error { return func() error { return r.say(fmt.Sprintf("door %d shut", door)) } }
	login := func() error {
		if err := console.types("Staff number: ", technicianNumber); err != nil {
			return err
		}
		return console.types("Secret: ", technicianSecret)
	}
	const go1, go2, pulse, which = "Sandbox> ", "to go on: ", "or stop: ", "or none: "

	steps(r.on, func() error { return r.technician(false) }, visit, login,
		types(go1, "commission"), types(go2, "yes"), types("lock hum? ", "no"), types("press Enter. ", ""),
		shows("relay 2, until now of slot 1"), types(pulse, ""), types(which, "4"), shows("no such door"),
		types(which, "2"), shows("Switch 2 tells of door 2"), types("press Enter. ", ""), shows("still says"),
		shut(2), types("press Enter. ", ""),
		types(pulse, "stop"), shows("2 doors are still to be found"), types(go1, "logout"),
	)
	if now, err := os.ReadFile(wiring); err != nil || !strings.Contains(string(now), `relay: "2", switch: "2"`) {
		t.Errorf("the settings were changed before everything was known: %s, %v", now, err)
	}
	steps(login, types(go1, "commission"), types(go2, "yes"), shows("1 of 3 lines are known"), types("or begin anew? ", "on"),
		types("press Enter. ", ""), shows("relay 3, until now of slot 2"), types(pulse, ""), types(which, "2"), shows("opened by another relay"),
		types(which, "3"), shows("Switch 3 tells of door 3"), shut(3), types("press Enter. ", ""),
		types(pulse, ""), types(which, "1"), shows("Switch 1 tells of door 1"), shut(1), types("press Enter. ", ""),
		shows("- gpio.switch_active_low: false"), shows("+ slot 1: relay 1, switch 1"), types("for the next start: ", "yes"), shows("Written to"),
		// Until the next start the wiring in force is the wrong one.
		types(go1, "commission"), types(go2, "yes"), shows("reboot, then commission"), types(go1, "slots"), shows("commissioning"),
		types(go1, "logout"),
	)
	for slot, pulses := range []int{1, 1, 1} {
		if got := r.d.hardware.box.Pulses(slot + 1); got != pulses {
			t.Errorf("door %d was pulsed %d times, want %d", slot+1, got, pulses)
		}
	}
	if kept, err := os.ReadFile(wiring + ".old"); err != nil || !strings.Contains(string(kept), `relay: "2"`) {
		t.Errorf("the wiring before was not kept: %v", err)
	}
	cfg, err := configs.Load("../../configs/sandbox.yaml", "wiring="+wiring)
	if err != nil || !cfg.GPIO.SwitchActiveLow || cfg.Slots[1].Relay != "2" {
		t.Fatalf("the wiring that was written: %+v, %v", cfg.Wired(), err)
	}
	steps(r.off, r.on, visit, login, types(go1, "commission"), types(go2, "yes"), shows("3 of 3 lines are known"), types("or begin anew? ", "on"),
		shows("The settings in force are right"), shows("back in service"), types(go1, "open 3 is it the third"), shows("Door 3 was opened"))
	if shut, err := r.d.hardware.doors[3].Shut(); err != nil || shut {
		t.Errorf("door 3: shut %v, %v", shut, err)
	}
	entries, err := r.lines()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.What == controller.Forced || e.What == controller.Jammed {
			t.Errorf("an alarm while doors were learned: %+v", e)
		}
	}
}

// What was learned before the wiring was changed by hand is not taken up: its lines are others now. Before the
// restart nothing is learned at all.
func TestCommissionAfterAChangeByHand(t *testing.T) {
	t.Parallel()
	wiring := crossed(t)
	r := newRig(t, "wiring="+wiring)
	if err := r.on(); err != nil {
		t.Fatal(err)
	}
	learned := console.Findings{Relays: doors{1: 2, 2: 3, 3: 1}, Switches: doors{1: 2, 2: 1, 3: 3}}
	if err := (machine{r.d}).Keep(learned); err != nil {
		t.Fatal(err)
	}
	if found, err := (machine{r.d}).Findings(); err != nil || !maps.Equal(found.Relays, learned.Relays) {
		t.Errorf("kept: %+v, %v", found, err)
	}
	text, err := os.ReadFile(wiring)
	if err != nil {
		t.Fatal(err)
	}
	swapped := strings.NewReplacer(`relay: "2"`, `relay: "1"`, `relay: "1"`, `relay: "2"`).Replace(string(text))
	if err := os.WriteFile(wiring, []byte(swapped), 0o600); err != nil {
		t.Fatal(err)
	}
	if found, err := (machine{r.d}).Findings(); !errors.Is(err, errOtherWiring) {
		t.Errorf("before the restart: %+v, %v", found, err)
	}
	if change, err := (machine{r.d}).Propose(learned); !errors.Is(err, errOtherWiring) {
		t.Errorf("before the restart: %+v, %v", change, err)
	}
	if err := errors.Join(r.off(), r.on()); err != nil {
		t.Fatal(err)
	}
	if found, err := (machine{r.d}).Findings(); err != nil || len(found.Relays) != 0 {
		t.Errorf("after the restart: %+v, %v", found, err)
	}
}

// While a parcel lies in the cabinet nothing is pulsed to learn, since any door may open.
func TestCommissionWithParcels(t *testing.T) {
	t.Parallel()
	s := &story{rig: newRig(t), newest: map[string]string{}}
	if err := s.take("given ada, with a parcel in slot 1"); err != nil {
		t.Fatal(err)
	}
	before := s.d.hardware.box.Pulses(2)
	if err := s.d.controller.PulseToLearn(t.Context(), technicianNumber, 2, nil); err == nil || !strings.Contains(err.Error(), "take them out first") {
		t.Errorf("pulsed: %v", err)
	}
	if after := s.d.hardware.box.Pulses(2); after != before {
		t.Errorf("%d pulses", after-before)
	}
}

// Into slots that are out of service a technician looks only where something is pulsed after it, and when no other slot
// can get a parcel any more. Who stops there leaves the slots as they were.
func TestCommissionLooksInside(t *testing.T) {
	t.Parallel()
	r := newRig(t, "wiring="+crossed(t))
	if err := errors.Join(r.on(), r.technician(false)); err != nil {
		t.Fatal(err)
	}
	m := machine{r.d}
	if err := m.controller.SetService(technicianNumber, 2, "commissioning", false); err != nil { // so somebody typed
		t.Fatal(err)
	}
	learning := func(want bool) error {
		slots, err := m.Slots()
		for _, l := range slots {
			if l.Learning != want || l.Slot == 2 && l.Out != "commissioning" {
				err = errors.Join(err, fmt.Errorf("slot %d: %+v, want learning %v", l.Slot, l, want))
			}
		}
		return err
	}
	terminal, err := r.terminal()
	if err != nil {
		t.Fatal(err)
	}
	types := func(prompt, line string) func() error { return func() error { return terminal.types(prompt, line) } }
	for i, step := range []func() error{
		types("Staff number: ", technicianNumber), types("Secret: ", technicianSecret),
		types("Sandbox> ", "commission"), types("to go on: ", "yes"), types("lock hum? ", "no"),
		func() error { return terminal.await("no record knows: 2.") },
		func() error { return learning(true) },
		types("or stop: ", "stop"), func() error { return terminal.await("nothing was pulsed") },
		func() error { return terminal.await("Sandbox> ") },
		func() error { return learning(false) },
		func() error {
			found := doors{1: 1, 2: 2, 3: 3}
			return m.Keep(console.Findings{Relays: found, Switches: found})
		},
		func() error { return terminal.types("", "commission") }, types("to go on: ", "yes"), types("or begin anew? ", "on"),
		func() error { return terminal.await("The settings") },
	} {
		if err := step(); err != nil {
			t.Fatalf("step %d: %v", i+1, err)
		}
	}
	if pulses := r.d.hardware.box.Pulses(1) + r.d.hardware.box.Pulses(2) + r.d.hardware.box.Pulses(3); pulses != 0 {
		t.Errorf("%d pulses", pulses)
	}
}
