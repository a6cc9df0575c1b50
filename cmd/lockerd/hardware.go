package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	periph "periph.io/x/conn/v3/gpio"

	"lockerd/configs"
	"lockerd/controller"
	"lockerd/drivers/fingerprint"
	"lockerd/drivers/fingerprint/fingerprinttest"
	"lockerd/drivers/keypad"
	"lockerd/drivers/lock"
	"lockerd/drivers/microphone"
	"lockerd/drivers/sandbox"
	"lockerd/drivers/siren"
	"lockerd/drivers/uart"
)

// hardware is what stands around the controller, real or emulated.
type hardware struct {
	doors          map[controller.Slot]controller.Lock
	locks          []*lock.Lock
	sensors        []controller.Sensor
	module         *fingerprint.Module         // nil without one
	watch          func(context.Context) error // of the module; nil without one
	testMicrophone func(context.Context) error
	keypad         keypad.Source[keypad.Key] // nil without one
	scanner        keypad.Source[string]     // nil without one
	siren          *siren.Siren              // nil without one
	console        string                    // serial port of the technician's console; empty without one
	box            *sandbox.Cabinet          // the emulators; nil for real hardware
	run            func(context.Context) error
	closers        []func() error
}

// opener is what hardware is made of.
type opener struct {
	cfg     configs.Cabinet
	fingers string // sandbox: folder of real images
	network *network
	disk    *disk
	present func() []controller.FirstIdentification
	log     *slog.Logger
}

func newHardware() *hardware {
	return &hardware{doors: make(map[controller.Slot]controller.Lock)}
}

// open opens the hardware that the settings name.
func (o opener) open() (*hardware, error) {
	h := newHardware()
	var err error
	if o.cfg.Hardware == "sandbox" {
		err = o.sandbox(h)
	} else {
		err = o.pi(h)
	}
	if err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

// close switches every coil off and lets go of everything.
func (h *hardware) close() error {
	var errs []error
	for _, l := range h.locks {
		errs = append(errs, l.Release())
	}
	for _, close := range h.closers {
		errs = append(errs, close())
	}
	return errors.Join(errs...)
}

// sandbox opens the emulators. Everything above the wire is as on a real cabinet.
func (o opener) sandbox(h *hardware) error {
	model, err := fingerprinttest.ParseModel(o.cfg.Fingerprint.Model)
	if err != nil {
		return err
	}
	box, err := sandbox.New(sandbox.Options{
		Slots: highest(o.cfg.Slots), Dir: o.cfg.Dir, Model: model, Pace: o.cfg.Fingerprint.Pace, Fingers: o.fingers,
		Try:    fmt.Sprintf(`Press "Ada, right": when a parcel waits for her, her door opens. Then press "Push door shut". Touchscreen: http://%s/`, o.cfg.Kiosk.Listen),
		Logger: o.log,
	})
	if err != nil {
		return err
	}
	box.SetHooks(sandbox.Hooks{
		Network: func(up bool) error { o.network.set(up); return nil },
		Disk:    func(full bool) error { o.disk.full.Store(full); return nil },
	})
	bank := lock.NewBank(o.cfg.Lock.Gap, o.cfg.Lock.Coils())
	for _, s := range o.cfg.Slots {
		err := h.addLock(s.Number, lock.Config{
			Relay: box.Relay(emulated(s.Relay, s)), Switch: box.Switch(emulated(s.Switch, s)),
			ShutLevel: periph.Level(!o.cfg.GPIO.SwitchActiveLow), Pulse: o.cfg.Lock.Pulse, Bank: bank,
		})
		if err != nil {
			return err
		}
	}
	if err := o.addSiren(h, box.Siren(), false); err != nil {
		return err
	}
	var options fingerprint.Options
	if o.cfg.Fingerprint.Wakeup != "" {
		options.Touch, options.TouchLevel = box.Wakeup(), periph.Low
	}
	o.addModule(h, box.ModulePort(), options)
	h.addMicrophone(box.Microphone())
	h.box, h.keypad, h.scanner, h.console = box, box.Keypad(), box.Scanner(), box.ConsolePort()
	h.run = func(ctx context.Context) error {
		ended := make(chan error, 1)
		go func() { ended <- box.Run(ctx) }()
		return errors.Join(serveHTTP(ctx, o.cfg.Front.Listen, box.Handler()), <-ended)
	}
	return nil
}

// emulated is the number of the emulated door to which a line of a slot leads.
func emulated(line string, s configs.Slot) int {
	if n, err := strconv.Atoi(line); err == nil {
		return n
	}
	return s.Number
}

func (h *hardware) addLock(slot int, wiring lock.Config) error {
	l, err := lock.New(wiring)
	if err != nil {
		return fmt.Errorf("cannot set up the lock of slot %d: %w", slot, err)
	}
	h.locks = append(h.locks, l)
	h.doors[controller.Slot(slot)] = door{l}
	return nil
}

// door is a lock as the controller knows it.
type door struct{ *lock.Lock }

// Open is controller.Lock's.
func (d door) Open(ctx context.Context) error {
	err := d.Lock.Open(ctx)
	if errors.Is(err, lock.ErrNotPulsed) {
		return fmt.Errorf("%w: %w", controller.ErrNotPulsed, err)
	}
	return err
}

// addModule adds a fingerprint module at a serial port, which may not be there yet.
func (o opener) addModule(h *hardware, path string, options fingerprint.Options) {
	port := uart.New(path, o.cfg.Fingerprint.Baud)
	options.Baud, options.Logger = o.cfg.Fingerprint.Baud, o.log
	if o.cfg.Fingerprint.Password != "" {
		fmt.Sscanf(o.cfg.Fingerprint.Password, "%x", &options.Password) // its form was checked with the settings
	}
	h.module = fingerprint.New(port, options)
	h.closers = append(h.closers, port.Close)
	compare := o.cfg.Fingerprint.Compare
	if compare == "auto" && o.cfg.Fingerprint.ModuleFMR > o.cfg.Fingerprint.FMR {
		compare = "host" // a hit of the module would not suffice
	}
	sensor := &finger{module: h.module, compare: compare, present: o.present, log: o.log}
	h.sensors, h.watch = append(h.sensors, sensor), sensor.watch
}

func (h *hardware) addMicrophone(m microphone.Microphone) {
	h.sensors = append(h.sensors, speech{m})
	h.testMicrophone = func(ctx context.Context) error {
		pcm, err := m.Record(ctx, 500*time.Millisecond, nil)
		clear(pcm)
		return err
	}
}

func highest(slots []configs.Slot) int {
	most := 0
	for _, s := range slots {
		most = max(most, s.Number)
	}
	return most
}
