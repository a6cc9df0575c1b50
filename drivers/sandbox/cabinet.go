// Package sandbox is a cabinet without a cabinet: relays, doors with switches, a fingerprint module, a
// keypad, a microphone and a serial console, each emulated at the wire, so that the same program that
// drives a real cabinet drives this one. It is moved by words, one line each ("finger ada", "door 3 shut",
// "fault uart"; see Words), and by a web page that shows the doors (see Handler).
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"

	"lockerd/drivers/fingerprint/fingerprinttest"
	"lockerd/drivers/keypad/keypadtest"
)

// Options are the settings of a cabinet.
type Options struct {
	Slots int    // 1–999
	Dir   string // folder of the state and of the links to the terminals; is made
	Model fingerprinttest.Model
	Pace  bool // the module is as slow as a real one, and sound takes its time; otherwise the microphone hears hurried times faster
	// Fingers is a folder of real images, FINGER_IMPRESSION.png, .tif or .bmp, in place of made-up fingers.
	Fingers string
	// Try is what the page says on top that one should try.
	Try    string
	Logger *slog.Logger // nil for none
}

// Hooks are what some words do that is not the cabinet's own; nil says that this sandbox has no such thing.
type Hooks struct {
	Network func(up bool) error   // "network down", "network up"
	Disk    func(full bool) error // "fault disk full", "ok disk"
}

// Cabinet is the emulated cabinet. Its methods may be called from several goroutines.
type Cabinet struct {
	options Options
	log     *slog.Logger
	hand    *hand
	module  *fingerprinttest.Module
	keypad  keypadtest.Keypad
	scanner keypadtest.Scanner
	speech  *speech
	line    *terminal // the module's
	console *nullModem
	changed *broadcast

	mu       sync.Mutex
	hooks    Hooks
	doors    []*door
	unsaved  bool
	lamp     string // of the module
	finger   string // what lies on the glass, in words; empty for nothing
	fault    fingerprinttest.Fault
	plugged  bool // the module
	network  bool
	diskFull bool
	horn     bool // sounds
}

// New makes the cabinet, as it was left when it ran last, with its terminals.
func New(o Options) (*Cabinet, error) {
	if o.Slots < 1 || o.Slots > 999 {
		return nil, fmt.Errorf("cannot make a sandbox of %d slots: use 1 to 999", o.Slots)
	}
	if o.Model == "" {
		o.Model = fingerprinttest.R503
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the sandbox's folder: %w", err)
	}
	c := &Cabinet{options: o, log: o.Logger, changed: newBroadcast(), network: true, lamp: "off"}
	saved, err := load(c.statePath())
	if err != nil {
		return nil, err
	}
	c.speech = newSpeech(saved.Said)
	for i := range o.Slots {
		d := &door{}
		if i < len(saved.Doors) {
			*d = saved.Doors[i]
		}
		c.doors = append(c.doors, d)
	}
	flash := saved.Flash[o.Model]
	c.module = fingerprinttest.New(fingerprinttest.Options{
		Model: o.Model, Pace: o.Pace, Flash: flash,
		Saved: func(fingerprinttest.Flash) { c.change(func() {}) },
		Lamp:  func(state string) { c.change(func() { c.lamp = state }) },
	})
	c.hand, err = newHand(c, o.Fingers, saved.Impressions)
	if err != nil {
		return nil, err
	}
	if err := c.openTerminals(); err != nil {
		return nil, err
	}
	return c, nil
}

// openTerminals makes the module's and the console's terminals.
func (c *Cabinet) openTerminals() error {
	line, err := openTerminal(filepath.Join(c.options.Dir, "module"))
	if err != nil {
		return err
	}
	console, err := openNullModem(filepath.Join(c.options.Dir, "console"), filepath.Join(c.options.Dir, "console-cabinet"))
	if err != nil {
		line.close()
		return err
	}
	c.line, c.console, c.plugged = line, console, true
	return nil
}

// SetHooks sets what the words about the network and the disk do.
func (c *Cabinet) SetHooks(h Hooks) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hooks = h
}

// Run serves the module and the console and keeps the state in the folder until ctx ends. It closes the
// terminals before it returns.
func (c *Cabinet) Run(ctx context.Context) error {
	var parts sync.WaitGroup
	parts.Go(func() { c.serveModule(ctx) })
	parts.Go(func() { c.console.run(ctx) })
	parts.Go(func() { c.hand.run(ctx) })
	c.keepSaving(ctx)
	parts.Wait()
	return errors.Join(c.save(), c.Close())
}

// serveModule gives the module power as often as it is plugged in.
func (c *Cabinet) serveModule(ctx context.Context) {
	changes, leave := c.changed.join()
	defer leave()
	for ctx.Err() == nil {
		c.mu.Lock()
		line := c.line
		c.mu.Unlock()
		if line != nil {
			if err := c.module.Serve(ctx, line); err != nil && ctx.Err() == nil {
				c.log.Debug("the emulated module lost its line", "err", err)
			}
		}
		for ctx.Err() == nil && !c.otherLine(line) {
			select {
			case <-changes:
			case <-ctx.Done():
			}
		}
	}
}

// otherLine tells whether the module was plugged into another line.
func (c *Cabinet) otherLine(served *terminal) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.line != nil && c.line != served
}

// Close removes the terminals. Run does it, too.
func (c *Cabinet) Close() error {
	c.mu.Lock()
	line := c.line
	c.line = nil
	c.mu.Unlock()
	if line != nil {
		line.close()
	}
	c.console.close()
	return nil
}

// plug plugs the module in, or out.
func (c *Cabinet) plug(in bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if in == c.plugged {
		return nil
	}
	if !in {
		c.line.close()
		c.line, c.plugged = nil, false
		return nil
	}
	line, err := openTerminal(filepath.Join(c.options.Dir, "module"))
	if err != nil {
		return err
	}
	c.line, c.plugged = line, true
	return nil
}

// change changes the cabinet and tells everyone who watches it.
func (c *Cabinet) change(do func()) {
	c.mu.Lock()
	do()
	c.unsaved = true
	c.mu.Unlock()
	c.changed.tell()
}

// Relay is the output that drives a slot's coil: high pulls it. Slots count from 1; nil for none.
func (c *Cabinet) Relay(slot int) gpio.PinOut {
	if slot < 1 || slot > len(c.doors) {
		return nil
	}
	return relay{pinBase{fmt.Sprintf("relay%d", slot), slot}, c, slot}
}

// Switch is the input of a slot's door switch: ShutLevel when the door is shut. Slots count from 1; nil for
// none.
func (c *Cabinet) Switch(slot int) gpio.PinIn {
	if slot < 1 || slot > len(c.doors) {
		return nil
	}
	return sensor{pinBase{fmt.Sprintf("switch%d", slot), slot}, c, slot}
}

// Siren is the output that a horn hangs on: high is loud.
func (c *Cabinet) Siren() gpio.PinOut { return horn{pinBase{"siren", 0}, c} }

// Wakeup is the fingerprint module's touch line: low while a finger lies on the glass.
func (c *Cabinet) Wakeup() gpio.PinIn { return wakeup{pinBase{"wakeup", 0}, c} }

// Pulses is how often a slot's coil was driven.
func (c *Cabinet) Pulses(slot int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.doors[slot-1].Pulses
}

// Keypad is the emulated keypad.
func (c *Cabinet) Keypad() *keypadtest.Keypad { return &c.keypad }

// Scanner is the emulated barcode scanner.
func (c *Cabinet) Scanner() *keypadtest.Scanner { return &c.scanner }

// ModulePort is the path of the terminal that the fingerprint module answers at.
func (c *Cabinet) ModulePort() string { return filepath.Join(c.options.Dir, "module") }

// ConsolePort is the path of the cabinet's side of the serial console.
func (c *Cabinet) ConsolePort() string { return filepath.Join(c.options.Dir, "console-cabinet") }

// TechnicianPort is the path of the technician's side of the serial console.
func (c *Cabinet) TechnicianPort() string { return filepath.Join(c.options.Dir, "console") }

func (c *Cabinet) statePath() string { return filepath.Join(c.options.Dir, "sandbox.json") }

// keepSaving writes changes down, at most five times a second.
func (c *Cabinet) keepSaving(ctx context.Context) {
	changes, leave := c.changed.join()
	defer leave()
	for {
		if err := c.save(); err != nil {
			c.log.Error("cannot save the sandbox", "err", err)
		}
		select {
		case <-changes:
			pause(ctx, 200*time.Millisecond)
		case <-ctx.Done():
			return
		}
	}
}
