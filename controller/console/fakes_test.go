package console

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"lockerd/controller"
	"lockerd/matcher"
)

// technician is a fake that knows Ada (7001, first password 4711) and a courier (8001).
type technician struct {
	mu      sync.Mutex
	secret  string
	oneTime bool
	wait    time.Duration
	noAudit bool
	done    []string // what was asked for, in order
}

func (f *technician) did(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.done = append(f.done, fmt.Sprintf(format, args...))
}

func (f *technician) SignIn(number string, secret []byte) (controller.Staff, error) {
	if f.wait > 0 {
		return controller.Staff{}, &controller.WaitError{Wait: f.wait}
	}
	switch {
	case number == "7001" && string(secret) == f.secret:
		return controller.Staff{Number: number, Role: controller.Technician, OneTime: f.oneTime}, nil
	case number == "8001" && string(secret) == "123456":
		return controller.Staff{Number: number, Role: controller.Courier}, nil
	}
	return controller.Staff{}, controller.ErrNoMatch
}

func (f *technician) ChangeSecret(number string, _, secret []byte) error {
	if string(secret) == "111111" {
		return &matcher.QualityError{Advice: matcher.LessCommon, Detail: "common"}
	}
	f.secret, f.oneTime = string(secret), false
	f.did("secret of %s changed", number)
	return nil
}

func (f *technician) OpenForService(_ context.Context, who string, slot controller.Slot, reason string) error {
	switch slot {
	case 4:
		return fmt.Errorf("cannot open slot 4: %w", controller.ErrJammed)
	case 99:
		return fmt.Errorf("cannot open slot 99: %w", controller.ErrNoSlot)
	}
	f.did("%s opens %d: %s", who, slot, reason)
	return nil
}

func (f *technician) SetService(who string, slot controller.Slot, out string, looked bool) error {
	if slot == 2 && out == "" && !looked {
		return fmt.Errorf("cannot put slot 2 back in service: %w", controller.ErrLookInside)
	}
	f.did("%s sets %d out=%q, looked=%v", who, slot, out, looked)
	return nil
}

func (f *technician) Audit(who, command string) error {
	if f.noAudit {
		return errors.New("disk is full")
	}
	f.did("audit %s: %s", who, command)
	return nil
}

// machine is a fake cabinet of three slots with one fault.
type machine struct{ pulsed, rebooted bool }

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func (*machine) Status(context.Context) Status {
	return Status{Cabinet: "A-1", Version: "1.2.3", Started: noon, Slots: 3, Free: 1, Parcels: 1,
		OpenDoors: []controller.Slot{2}, OutOfService: []controller.Slot{3}, Journal: 42,
		Network: Network{Infosystem: "https://lockers.example.org", Since: noon, Waiting: 5, Version: 17, Detail: "connection refused"},
		Clock:   Clock{Now: noon.Add(time.Hour), Synchronised: true, Uptime: 90 * time.Minute},
		Faults:  []Check{{Part: "finger", Detail: "does not answer", Advice: "check the plug of the module"}}}
}

func (*machine) Doors() []controller.Door {
	return []controller.Door{{Slot: 1}, {Slot: 2, Open: true}, {Slot: 3, Out: true}}
}

func (*machine) Slots() ([]SlotLine, error) {
	return []SlotLine{{Slot: 1, Size: controller.Small, Low: true, Parcel: "P-1", Phase: controller.Stored},
		{Slot: 2, Size: controller.Medium}, {Slot: 3, Size: controller.Large, Out: "latch\x1b[2J is bent"}}, nil
}

func (m *machine) SelfTest(_ context.Context, part string, pulse bool) []Check {
	m.pulsed = m.pulsed || pulse
	return []Check{{Part: "lock", Name: "1", OK: true, Detail: fmt.Sprintf("part=%q pulse=%v", part, pulse)},
		{Part: "door", Name: "2", Detail: "switch is open, lock was not pulsed", Advice: "shut the door or replace the switch"}}
}

func (*machine) Tail(n int) ([]controller.Entry, error) {
	all := []controller.Entry{
		{Seq: 41, At: noon, What: controller.Opening, Slot: 1, Parcel: "P-1", Who: "r-7", Kinds: []matcher.Kind{matcher.Fingerprint},
			Sealed: []byte("SEALED"), Detail: "match"},
		{Seq: 42, At: noon.Add(time.Second), What: controller.Opened, Slot: 1}}
	return all[max(0, len(all)-n):], nil
}

// records are fake.
type records struct{}

func (records) People() (controller.Counts, error) {
	return controller.Counts{Recipients: 3, Identifications: 9, Staff: 2, Invitations: 1}, nil
}
func (records) CheckConfig() error {
	return errors.New("cabinet.yaml:7: lock.pulse: is 3s; write a duration from 20ms to 2s\ncabinet.yaml:9: codes: is \"all\"")
}

func (records) Traces(id controller.RecipientID) (controller.Traces, error) {
	switch id {
	case "r-7":
		return controller.Traces{Identifications: 3, Key: true, Copies: 4, Recipient: true, Parcels: 1, Journal: 5, Tries: 2}, nil
	case "r-8":
		return controller.Traces{Recipient: true, Parcels: 1, Journal: 9}, nil
	}
	return controller.Traces{Journal: 2}, nil
}

func (records) Keys() ([]controller.PublicKey, error) {
	return []controller.PublicKey{{Use: "the cabinet signs with", Fingerprint: "4f2a 11c9"}, {Use: "commands are signed with", Fingerprint: "77de 0b31"}}, nil
}

// care is a fake.
type care struct{ rebooted *bool }

func (care) Bundle(context.Context) ([]byte, error) { return []byte(`{"version": "1.2.3"}`), nil }
func (care) Export(context.Context) (string, error) { return "/var/lib/lockerd/diagnostics.json", nil }
func (c care) Reboot() error                        { *c.rebooted = true; return nil }

func (records) Config() (string, error) { return "title: A-1\nslots: 3\n", nil }
