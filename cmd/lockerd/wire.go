package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"lockerd/configs"
	"lockerd/controller"
	"lockerd/controller/kiosk"
	"lockerd/drivers/watchdog"
	"lockerd/matcher"
	"lockerd/matcher/fingerprint"
	"lockerd/matcher/passcode"
	"lockerd/matcher/pattern"
	"lockerd/store"
	"lockerd/sync/link"
)

// cabinet is the daemon, put together. This file is the one place that knows every part.
type cabinet struct {
	cfg        configs.Cabinet
	log        *slog.Logger
	store      *store.Store
	controller *controller.Controller
	kiosk      *kiosk.Kiosk
	link       *link.Link // nil for a cabinet that stands alone
	network    *network
	disk       *disk
	hardware   *hardware
	started    time.Time
	asked      int              // doors by the watchdog
	dog        *watchdog.Device // the kernel's; nil without one
	unwatched  *atomic.Bool     // the kernel's watchdog, which the settings name, cannot be used
	synced     func() bool      // whether a time service disciplines the clock
	rebooting  chan struct{}    // takes the wish to start the machine anew
}

// run puts the cabinet together and runs it until ctx ends or a part fails.
func run(ctx context.Context, cfg configs.Cabinet, fingers string, log *slog.Logger) error {
	d, err := open(cfg, fingers, log)
	if err != nil {
		return err
	}
	defer d.close()
	parts, err := d.parts()
	if err != nil {
		return err
	}
	if err := d.join(parts); err != nil {
		return err
	}
	return d.serve(ctx)
}

// open opens what a cabinet stands on: its store, its touchscreen and its hardware.
func open(cfg configs.Cabinet, fingers string, log *slog.Logger) (*cabinet, error) {
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the state folder: %w", err)
	}
	var key store.KeySource = store.KeyFile{Path: cfg.Key.Path}
	if cfg.Key.Source == "credential" {
		key = store.Credential{Name: cfg.Key.Path}
	}
	s, err := store.Open(filepath.Join(cfg.Dir, "lockerd.db"), key, log)
	if err != nil {
		return nil, err
	}
	d := &cabinet{cfg: cfg, log: log, store: s, network: &network{Transport: link.Paho{}}, disk: &disk{Shelf: s}, started: time.Now(),
		synced: clockSynced, rebooting: make(chan struct{}, 1), unwatched: new(atomic.Bool)}
	if d.kiosk, err = kiosk.New(d.screen()); err == nil {
		err = spoken(d.kiosk, cfg.Language)
	}
	if err == nil {
		opener := opener{cfg: cfg, fingers: fingers, network: d.network, disk: d.disk, present: d.present, log: log}
		d.hardware, err = opener.open()
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return d, nil
}

// spoken refuses a language that the touchscreen does not speak.
func spoken(screen *kiosk.Kiosk, language string) error {
	if all := screen.Languages(); !slices.Contains(all, language) {
		return fmt.Errorf("language: the touchscreen does not speak %q; choose among %s", language, strings.Join(all, ", "))
	}
	return nil
}

// screen is what the touchscreen shows beside the views, and how loud it speaks.
func (d *cabinet) screen() kiosk.Options {
	k := d.cfg.Kiosk
	var places []kiosk.Place
	for _, p := range k.Places() {
		places = append(places, kiosk.Place{Slot: controller.Slot(p.Slot), Row: p.Row, Column: p.Column, Rows: p.Rows, Columns: p.Columns})
	}
	return kiosk.Options{
		Places:  places,
		Cabinet: d.cfg.Name, HelpPhone: d.cfg.HelpPhone, HelpText: d.cfg.HelpText, Language: d.cfg.Language,
		TokenFile: k.TokenFile, Sandbox: d.cfg.Hardware == "sandbox", Hint: d.hint(), Logger: d.log,
		Keypad: d.cfg.Keypad.Given() || d.cfg.Hardware == "sandbox", Prompts: k.Prompts,
		Loudness: kiosk.Loudness{Volume: k.Volume, NightVolume: k.NightVolume, NightFrom: k.NightFrom, NightTo: k.NightTo},
	}
}

// close switches every coil off and closes what open opened.
func (d *cabinet) close() error {
	return errors.Join(d.hardware.close(), d.store.Close())
}

// join makes the controller of its parts, and the link beside it.
func (d *cabinet) join(parts controller.Parts) (err error) {
	if d.controller, err = controller.New(parts); err != nil {
		return err
	}
	d.kiosk.SetCustomer(d.controller)
	return d.connect()
}

// parts is what the controller works with.
func (d *cabinet) parts() (controller.Parts, error) {
	policy, err := controller.ParsePolicy(d.cfg.Policy)
	if err != nil {
		return controller.Parts{}, err
	}
	parts := controller.Parts{
		Doors: d.hardware.doors, Plan: plan(d.cfg), Sensors: d.hardware.sensors, Display: d.kiosk,
		People: d.store, Shelf: d.disk, MAC: d.store.MAC, Boot: bootClock, Language: d.cfg.Language, Languages: d.kiosk.Languages(),
		Matchers: []matcher.Matcher{fingerprint.New(fingerprint.Options{FMR: d.cfg.Fingerprint.FMR}), pattern.Matcher{}, passcode.Matcher{}},
		Sealer:   link.NewSealer(d.store),
		Settings: controller.Settings{Policy: policy, Codes: controller.CodesTo(d.cfg.Codes)},
		Times:    controller.Times{Patience: d.cfg.Kiosk.Patience, Jam: d.cfg.Lock.JamWait, LeftOpen: d.cfg.Lock.OpenTooLong, Reopen: d.cfg.Lock.Reopen},
		Log:      d.log,
		Online:   d.online,
		Changed:  d.poke,
		Announce: d.announce,
		Reboot:   d.reboot,
		Alarm:    d.alarm,
	}
	for _, name := range d.cfg.Off {
		kind, err := matcher.ParseKind(name)
		if err != nil {
			return parts, err
		}
		parts.Settings.Off = append(parts.Settings.Off, kind)
	}
	return parts, d.addVoice(&parts)
}

// connect makes the link to the information system.
func (d *cabinet) connect() (err error) {
	if d.cfg.Sync.Infosystem == "" {
		d.log.Warn("no information system is set: the cabinet stands alone")
		return nil
	}
	d.link, err = link.New(link.Options{
		URL: d.cfg.Sync.Infosystem, Code: readCode(d.cfg.Sync.JoinCodeFile), Software: version, Slots: len(d.cfg.Slots), AllowPlain: d.cfg.Sync.AllowPlain,
		Transport: d.network, Assigner: d.controller, Journal: d.store, Memory: d.store, Vault: d.store,
		MAC: d.store.MAC, Boot: bootClock, Synced: d.synced, Log: d.log,
	})
	return err
}

// readCode returns the one-time code that an operator left, if there is one: for the first start, or to join anew.
func readCode(path string) string {
	code, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(code))
}

func (d *cabinet) online() bool { return d.link == nil || d.link.Online() }

func (d *cabinet) poke() {
	if d.link != nil {
		d.link.Poke()
	}
}

// announce asks the information system for a parcel that a courier brings unassigned.
func (d *cabinet) announce(ctx context.Context, a controller.Announcement) (controller.ParcelID, error) {
	if d.link == nil {
		return "", controller.ErrOffline
	}
	return d.link.Announce(ctx, a)
}

// present is whom a fingerprint module that compares by itself is to know.
func (d *cabinet) present() []controller.FirstIdentification {
	return d.controller.Present(matcher.Fingerprint)
}

func (d *cabinet) hint() string {
	if d.cfg.Hardware != "sandbox" {
		return ""
	}
	return fmt.Sprintf(`Sandbox. Try this: press "Ada, right" on the cabinet's front at http://%s/ — her door opens when a parcel waits for her`, d.cfg.Front.Listen)
}

func plan(cfg configs.Cabinet) []controller.Plan {
	sizes := map[string]controller.Size{"small": controller.Small, "medium": controller.Medium, "large": controller.Large}
	var plans []controller.Plan
	for _, s := range cfg.Slots {
		plans = append(plans, controller.Plan{Slot: controller.Slot(s.Number), Size: sizes[s.Size], Low: s.Low})
	}
	return plans
}

// serve runs every part until ctx ends or one fails, and then ends the others.
func (d *cabinet) serve(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	interval := systemdInterval()
	var running sync.WaitGroup
	var mu sync.Mutex
	var faults []error
	carry := func(name string, part func(context.Context) error) {
		if err := part(ctx); err != nil && ctx.Err() == nil {
			mu.Lock()
			faults = append(faults, fmt.Errorf("%s: %w", name, err))
			mu.Unlock()
			stop()
		}
	}
	start := func(name string, part func(context.Context) error) { running.Go(func() { carry(name, part) }) }
	start("hardware", d.hardware.run)
	start("controller", d.controller.Run)
	start("touchscreen", d.serveKiosk)
	if d.link != nil {
		start("link", d.link.Run)
	}
	if d.hardware.watch != nil {
		start("fingerprint module", d.hardware.watch)
	}
	start("console", d.serveConsole)
	if d.hardware.keypad != nil {
		start("keypad", d.readKeypad)
	}
	if d.hardware.scanner != nil {
		start("scanner", d.readScanner)
	}
	start("upkeep", d.keepUp)
	ended, fed := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(fed)
		carry("watchdog", func(ctx context.Context) error { return d.feedWatchdog(ctx, interval, ended) })
	}()
	start("reboot", d.awaitReboot)
	d.log.Info("the cabinet runs", "touchscreen", d.cfg.Kiosk.Listen, "slots", len(d.cfg.Slots), "hardware", d.cfg.Hardware)
	running.Wait()
	close(ended)
	<-fed
	if len(faults) == 0 && d.dog != nil { // after a fault it stays armed, for the program that comes next
		faults = append(faults, d.dog.Close())
	}
	return errors.Join(faults...)
}

func (d *cabinet) serveKiosk(ctx context.Context) error {
	return serveHTTP(ctx, d.cfg.Kiosk.Listen, d.kiosk)
}

// serveHTTP serves a page until ctx ends.
func serveHTTP(ctx context.Context, address string, handler http.Handler) error {
	server := &http.Server{Addr: address, Handler: handler, ReadHeaderTimeout: 5 * time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx }}
	context.AfterFunc(ctx, func() { server.Close() })
	err := server.ListenAndServe()
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("cannot serve a page: %w: another program listens there; choose another kiosk.listen or front.listen", err)
	}
	if !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("cannot serve a page: %w", err)
	}
	return nil
}

// keepUp removes once a day what need not be kept.
func (d *cabinet) keepUp(ctx context.Context) error {
	for ctx.Err() == nil {
		keep := time.Duration(d.cfg.Retention.JournalDays) * 24 * time.Hour
		if n, err := d.store.Compact(keep); err != nil {
			d.log.Error("cannot shorten the journal", "err", err)
		} else if n > 0 {
			d.log.Info("journal shortened", "lines", n)
		}
		wait(ctx, 24*time.Hour)
	}
	return nil
}

// wait lasts d, or until ctx ends.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
