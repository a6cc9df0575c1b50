package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"lockerd/configs"
	"lockerd/controller"
	"lockerd/controller/console"
	"lockerd/drivers/lock/board"
	"lockerd/drivers/uart"
	"lockerd/matcher"
	"lockerd/sync/link"
)

// serveConsole serves the technician's serial console, if the cabinet has one.
func (d *cabinet) serveConsole(ctx context.Context) error {
	if d.hardware.console == "" {
		return nil
	}
	options := console.Options{Machine: machine{d}, Records: machine{d}, Care: machine{d}, Fitter: machine{d}, Cabinet: d.cfg.Name, Idle: d.cfg.Console.Idle, Logger: d.log}
	return uart.Serve(ctx, d.hardware.console, d.cfg.Console.Baud, d.consoleChanged, func(ctx context.Context, port *uart.Port) error {
		if err := console.Serve(ctx, port, d.controller, options); err != nil && ctx.Err() == nil {
			d.log.Warn("console session ended", "err", err)
		}
		return uart.ErrGone // whatever happened to the port: open it anew
	})
}

func (d *cabinet) consoleChanged(err error) {
	if err != nil {
		d.log.Warn("serial console is not there", "err", err)
		return
	}
	d.log.Info("serial console is ready", "port", d.hardware.console)
}

// machine tells the technician how the cabinet does. It is all that the console asks of a cabinet.
type machine struct{ *cabinet }

// Status is console.Machine's.
func (m machine) Status(context.Context) console.Status {
	_, uptime := bootClock()
	status := console.Status{
		Cabinet: m.cfg.Name, Version: version, Started: m.started, Slots: len(m.cfg.Slots),
		Clock: console.Clock{Now: time.Now(), Synchronised: m.synced(), Uptime: uptime},
	}
	for _, door := range m.controller.Doors() {
		switch {
		case door.Taken:
			status.Parcels++
		case !door.Out:
			status.Free++
		}
		if door.Open {
			status.OpenDoors = append(status.OpenDoors, door.Slot)
		}
		if door.Out {
			status.OutOfService = append(status.OutOfService, door.Slot)
		}
	}
	if tail, err := m.store.Tail(1); err == nil && len(tail) == 1 {
		status.Journal = tail[0].Seq
	}
	if m.link != nil {
		s := m.link.Status()
		status.Network = console.Network{Connected: s.Connected, Infosystem: m.cfg.Sync.Infosystem, Since: s.Since, Waiting: s.Backlog, Version: s.Version, Detail: s.LastError}
	}
	status.Faults = m.faults(status)
	return status
}

// faults lists what is known to be wrong without testing anything.
func (m machine) faults(status console.Status) []console.Check {
	var faults []console.Check
	for _, kind := range m.controller.Silent() {
		faults = append(faults, console.Check{Part: string(kind), Detail: "its sensor does not answer", Advice: "check its plug and power"})
	}
	for _, slot := range m.controller.SilentDoors() {
		faults = append(faults, console.Check{Part: "door", Name: fmt.Sprint(slot), Detail: "its switch does not answer", Advice: fmt.Sprintf("test door %d says why", slot)})
	}
	if m.link != nil && !status.Network.Connected {
		faults = append(faults, console.Check{Part: "net", Detail: "the information system is not reached", Advice: "see net; everything at the cabinet works without"})
	}
	if m.unwatched.Load() {
		faults = append(faults, console.Check{Part: "watchdog", Detail: "the kernel's watchdog cannot be used", Advice: watchdogAdvice})
	}
	if n := m.controller.Outdated(matcher.Voice); n > 0 {
		faults = append(faults, console.Check{Part: "voice", Detail: fmt.Sprintf("%d voiceprints of people with a parcel here were made with another model", n), Advice: "invite them to enrol again; the journal says outdated"})
	}
	for _, slot := range status.OutOfService {
		faults = append(faults, console.Check{Part: "slot", Name: fmt.Sprint(slot), Detail: "out of service", Advice: "see slots for the reason"})
	}
	return faults
}

// Doors is console.Machine's.
func (m machine) Doors() []controller.Door { return m.controller.Doors() }

// Slots is console.Machine's.
func (m machine) Slots() ([]console.SlotLine, error) {
	parcels, err := m.store.Parcels()
	if err != nil {
		return nil, err
	}
	remembered, err := m.store.Remembered()
	if err != nil {
		return nil, err
	}
	var lines []console.SlotLine
	for _, plan := range plan(m.cfg) {
		line := console.SlotLine{Slot: plan.Slot, Size: plan.Size, Low: plan.Low}
		for _, p := range parcels {
			if p.Slot == plan.Slot {
				line.Parcel, line.Phase = p.ID, p.Phase
			}
		}
		for _, s := range remembered.Slots {
			if s.Slot == plan.Slot {
				line.Learning, s.Learning = s.Learning, false
				line.Out = s.Out()
			}
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// Tail is console.Machine's.
func (m machine) Tail(n int) ([]controller.Entry, error) { return m.store.Tail(n) }

// People is console.Records'.
func (m machine) People() (controller.Counts, error) { return m.store.Count() }

// CheckConfig is console.Records'.
func (m machine) CheckConfig() error {
	_, err := m.cfg.Reload()
	return err
}

// Traces is console.Records'.
func (m machine) Traces(whose controller.RecipientID) (controller.Traces, error) {
	return m.store.Traces(whose)
}

// Keys is console.Records'.
func (m machine) Keys() ([]controller.PublicKey, error) { return link.Keys(m.store) }

// Config is console.Records'.
func (m machine) Config() (string, error) { return configs.Show(m.cfg) }

// SelfTest is console.Machine's. A part may name one of several: "lock 3", "door 3".
func (m machine) SelfTest(ctx context.Context, part string, pulse bool) []console.Check {
	tests := []struct {
		part string
		run  func(context.Context) []console.Check
	}{
		{"door", m.testDoors}, {"finger", m.testFinger}, {"mic", m.testMicrophone}, {"keypad", m.testKeypad},
		{"screen", m.testScreen}, {"store", m.testStore}, {"net", m.testNetwork}, {"clock", m.testClock},
	}
	part, name, _ := strings.Cut(part, " ")
	if name != "" && !slices.ContainsFunc(plan(m.cfg), func(p controller.Plan) bool { return fmt.Sprint(p.Slot) == name }) {
		return []console.Check{{Part: part, Name: name, Detail: "there is no such " + part, Advice: "slots lists them"}}
	}
	var checks []console.Check
	for _, t := range tests {
		if part == "" || part == t.part {
			checks = append(checks, t.run(ctx)...)
		}
	}
	switch {
	case pulse && (part == "" || part == "lock"):
		checks = append(checks, m.testLocks(ctx, name)...)
	case part == "lock":
		checks = append(checks, console.Check{Part: "lock", Name: name, OK: true, Detail: "not tried: -pulse opens the doors of empty slots"})
	}
	return slices.DeleteFunc(checks, func(c console.Check) bool { return name != "" && c.Name != name })
}

// check makes a result of an error: advice is what to do about it.
func check(part, name, fine string, err error, advice string) console.Check {
	if err != nil {
		return console.Check{Part: part, Name: name, Detail: err.Error(), Advice: advice}
	}
	return console.Check{Part: part, Name: name, OK: true, Detail: fine}
}

func (m machine) testDoors(context.Context) []console.Check {
	var checks []console.Check
	for _, plan := range plan(m.cfg) {
		shut, err := m.hardware.doors[plan.Slot].Shut()
		state := "open"
		if shut {
			state = "shut"
		}
		checks = append(checks, check("door", fmt.Sprint(plan.Slot), state, err, doorAdvice(err)))
	}
	return checks
}

// doorAdvice says what to do about a door that tells nothing.
func doorAdvice(err error) string {
	switch {
	case errors.Is(err, board.ErrSilent):
		return "check the lock board's power and address switches, then its kind, bus and baud in the settings"
	case errors.Is(err, board.ErrGarbled):
		return "two boards with one address, another baud rate, or noise: check address switches, baud and the line's ends"
	case errors.Is(err, board.ErrRefused):
		return "the lock board has no such lock: check its model and the slot's line in the settings"
	case errors.Is(err, board.ErrLine):
		return "check the serial adapter's plug, then rs485 in the settings"
	}
	return "check the door switch and its cable"
}

// testLocks opens the doors of the empty slots, one by one, or the one that is named. Behind a door that is out of
// service may lie a parcel that no record knows. What lies where is looked at before each door: one that jams takes
// seconds, in which a courier may come.
func (m machine) testLocks(ctx context.Context, name string) []console.Check {
	var checks []console.Check
	for _, plan := range plan(m.cfg) {
		number := fmt.Sprint(plan.Slot)
		if ctx.Err() != nil || name != "" && number != name { // the technician may be gone
			continue
		}
		err := m.controller.OpenToTest(ctx, "self-test", plan.Slot)
		switch {
		case errors.Is(err, controller.ErrTaken) && name == "":
		case errors.Is(err, controller.ErrTaken):
			checks = append(checks, console.Check{Part: "lock", Name: number, OK: true, Detail: "not tried: a parcel lies there"})
		case errors.Is(err, controller.ErrOut):
			checks = append(checks, console.Check{Part: "lock", Name: number, OK: true, Detail: "not tried: out of service, open " + number + " REASON opens it"})
		default:
			checks = append(checks, check("lock", number, "opened: shut it again", err, "check coil, cable and hook"))
		}
	}
	return checks
}

func (m machine) testFinger(ctx context.Context) []console.Check {
	if m.hardware.module == nil {
		return []console.Check{{Part: "finger", OK: true, Detail: "none is set"}}
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	info, err := m.hardware.module.Handshake(ctx)
	if err == nil {
		_, err = m.hardware.module.Parameters(ctx) // the handshake may be an earlier one
	}
	fine := fmt.Sprintf("%s, %d×%d pixels, %d baud", info.Model, info.Width, info.Height, info.Baud)
	return []console.Check{check("finger", "module", fine, err, moduleAdvice(err))}
}

func (m machine) testMicrophone(ctx context.Context) []console.Check {
	if m.hardware.testMicrophone == nil {
		return []console.Check{{Part: "mic", OK: true, Detail: "none is set"}}
	}
	return []console.Check{check("mic", "capture", "gives sound", m.hardware.testMicrophone(ctx), "check its plug; arecord -l lists the microphones")}
}

func (m machine) testKeypad(context.Context) []console.Check {
	if len(m.cfg.Keypad.Rows) > 0 {
		return []console.Check{{Part: "keypad", Name: "matrix", OK: true, Detail: "its lines are scanned; press keys at the screen to try it"}}
	}
	if m.cfg.Keypad.Device == "" {
		return []console.Check{{Part: "keypad", OK: true, Detail: "no device of its own"}}
	}
	_, err := os.Stat(m.cfg.Keypad.Device)
	return []console.Check{check("keypad", "device", "is there", err, "plug it in, then check keypad.device in the settings")}
}

func (m machine) testScreen(context.Context) []console.Check {
	var err error
	if m.kiosk.Watched() == 0 {
		err = fmt.Errorf("no browser shows the touchscreen")
	}
	return []console.Check{check("screen", "browser", "is shown", err, "look at the screen; then: systemctl status kiosk")}
}

func (m machine) testStore(context.Context) []console.Check {
	return []console.Check{check("store", "journal", "its chain is whole", m.store.Verify(), "export the journal and call the operator: lines were changed or damaged")}
}

func (m machine) testNetwork(context.Context) []console.Check {
	if m.link == nil {
		return []console.Check{{Part: "net", OK: true, Detail: "the cabinet stands alone"}}
	}
	s, err := m.link.Status(), error(nil)
	if !s.Connected {
		err = fmt.Errorf("not connected: %s", s.LastError)
	}
	fine := fmt.Sprintf("connected, %d events wait", s.Backlog)
	return []console.Check{check("net", "information system", fine, err, "check cable or antenna; everything at the cabinet works without")}
}

func (m machine) testClock(context.Context) []console.Check {
	var err error
	if !m.synced() {
		err = fmt.Errorf("no time service disciplines the clock")
	}
	return []console.Check{check("clock", "time", time.Now().Format(time.RFC3339), err, "check the network; commands do not depend on this clock")}
}
