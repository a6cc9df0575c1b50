package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"testing"
	"time"

	"lockerd/controller"
	drivers "lockerd/drivers/fingerprint"
	"lockerd/drivers/lock"
	"lockerd/drivers/sandbox"
)

// keepDays is how long the cabinet of TestDays keeps its journal.
const keepDays = 7

// TestDays runs a whole cabinet for LOCKERD_DAYS days, two parcels each, by a clock that jumps over the time in
// which nothing happens: the test kernel's, with time-travel=inf-cpu (make test-days). What has to be over is over on
// its day and not before, no lock is stuck, and the last day begins with as much memory, files and goroutines as the
// second.
func TestDays(t *testing.T) {
	days, err := strconv.Atoi(os.Getenv("LOCKERD_DAYS"))
	if err != nil || os.Getenv("TEST_KERNEL") == "" {
		t.Skip("skipped: a clock that jumps is the test kernel's (make test-days)")
	}
	s := &story{rig: newRig(t, "fingerprint.wakeup=touch", "lock.jam_wait=10s", fmt.Sprint("retention.journal_days=", keepDays)), newest: map[string]string{}}
	s.doors, s.sensors = slowDoors, slowModule
	if err := s.on(); err != nil {
		t.Fatal(err)
	}
	midnight := time.Now()
	at := func(clock time.Duration) { time.Sleep(time.Until(midnight.Add(clock))) }
	var first footprint
	for day := 1; day <= days; day++ {
		at(8 * time.Hour)
		s.must(t, "given ada, with a parcel in slot 1", "given bo, who stored nothing, with a parcel in slot 2")
		s.invitationIsGood(t, day)
		at(12 * time.Hour)
		s.must(t, "finger stranger", "sees refused not-recognised", "leaves")
		s.must(t, "finger ada", "sees slot-open 1", "parcel out of 1", "door 1 shut", "sees message thank-you", "tap ok", "sees home")
		at(18 * time.Hour)
		s.must(t, "type bo's code, wrong", "sees refused not-recognised", "leaves")
		s.must(t, "type bo's code", "sees slot-open 2", "parcel out of 2", "door 2 shut", "sees message thank-you", "tap ok", "sees home")
		midnight = midnight.Add(24 * time.Hour)
		at(0)
		if err := errors.Join(s.acknowledge(), s.atRest(day), s.journalIsKept(day)); err != nil {
			t.Fatalf("after day %d: %v\n%s", day, err, s.journal())
		}
		now, err := measure()
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("after day %2d: %v", day, now)
		if day == 1 {
			first = now
		}
		if day == days {
			now.within(t, first)
		}
	}
	if err := s.d.store.Verify(); err != nil {
		t.Error(err)
	}
}

// slowly is how often the cabinet of TestDays looks at its door switches and its touch line: each look costs the test
// kernel as much as it costs a Pi, and there are 30 days of them.
const slowly = 3 * time.Second

// slowDoors are the cabinet's locks, whose switches are read slowly.
func slowDoors(d *cabinet) map[controller.Slot]controller.Lock {
	doors := map[controller.Slot]controller.Lock{}
	bank := lock.NewBank(d.cfg.Lock.Gap, d.cfg.Lock.Coils())
	for slot := range d.hardware.doors {
		l, err := lock.New(lock.Config{Relay: d.hardware.box.Relay(int(slot)), Switch: d.hardware.box.Switch(int(slot)),
			ShutLevel: sandbox.ShutLevel, Pulse: d.cfg.Lock.Pulse, Bank: bank, Poll: slowly})
		if err != nil {
			panic(err) // they were made before, of the same settings
		}
		doors[slot] = l
	}
	return doors
}

// slowModule is the cabinet's fingerprint module, whose touch line is read slowly.
func slowModule(d *cabinet) []controller.Sensor {
	h := &hardware{doors: map[controller.Slot]controller.Lock{}}
	o := opener{cfg: d.cfg, present: d.present, log: d.log}
	o.addModule(h, d.hardware.box.ModulePort(), drivers.Options{Baud: d.cfg.Fingerprint.Baud, Touch: d.hardware.box.Wakeup(), Poll: slowly})
	d.hardware.closers = append(d.hardware.closers, h.closers...)
	return h.sensors
}

// must takes steps of a story.
func (s *story) must(t *testing.T, steps ...string) {
	t.Helper()
	for _, step := range steps {
		if err := s.take(step); err != nil {
			t.Fatalf("%s: %s: %v\n%s", time.Now().Format(time.DateTime), step, err, s.journal())
		}
	}
}

// inviteDays is how long the invitation lasts that goes out on the first day.
const inviteDays = 5

// invitationIsGood looks at the touchscreen whether an invitation is good on its last day, and no longer on the next.
func (s *story) invitationIsGood(t *testing.T, day int) {
	t.Helper()
	switch day {
	case 1:
		invitation := s.invited("dora", "24681357")
		invitation.Invitation.Expires = time.Now().Add(inviteDays * 24 * time.Hour)
		if err := s.desire(recipient("dora"), invitation); err != nil {
			t.Fatal(err)
		}
	case inviteDays:
		s.must(t, "tap enrol", "sees enrol-invite", "tap digits 24681357", "sees enrol-consent", "leaves")
	case inviteDays + 2:
		s.must(t, "tap enrol", "sees enrol-invite", "tap digits 24681357", "sees enrol-invite invite-wrong", "leaves")
	}
}

// acknowledge stands for the information system, which has taken every line.
func (s *story) acknowledge() error {
	last, err := s.d.store.Tail(1)
	if err != nil || len(last) == 0 {
		return errors.Join(errors.New("the journal has no last line"), err)
	}
	return s.d.store.Acked(s.d.store.Epoch(), last[0].Seq)
}

// atRest looks for doors and parcels that a day left behind.
func (s *story) atRest(day int) error {
	for _, door := range s.d.controller.Doors() {
		if door.Open || door.Out || door.Taken {
			return fmt.Errorf("slot %d is not as in the morning: %+v", door.Slot, door)
		}
	}
	return s.pulsed(fmt.Sprintf("1:%d 2:%d", 2*day, 2*day)) // dropped off and picked up, each once
}

// journalIsKept looks whether lines stay for keepDays, and go in the day after.
func (s *story) journalIsKept(day int) error {
	lines, err := s.lines()
	if err != nil || len(lines) == 0 {
		return errors.Join(errors.New("the journal is empty"), err)
	}
	const dayLong = 24 * time.Hour
	oldest := time.Since(lines[0].At)
	if oldest > (keepDays+1)*dayLong {
		return fmt.Errorf("a line is %v old, and %d days were asked for", oldest, keepDays)
	}
	if want := time.Duration(min(day, keepDays)-1) * dayLong; oldest < want {
		return fmt.Errorf("the oldest line is %v old, and %v were to be kept", oldest, want)
	}
	return nil
}

// footprint is what a process holds.
type footprint struct {
	memory            float64 // MB of its own
	files, goroutines int
}

func (f footprint) String() string {
	return fmt.Sprintf("%.1f MB, %d files, %d goroutines", f.memory, f.files, f.goroutines)
}

// within compares with what it was after the first day.
func (f footprint) within(t *testing.T, first footprint) {
	t.Helper()
	if f.memory > first.memory+8 || f.files > first.files || f.goroutines > first.goroutines+2 {
		t.Errorf("it holds %v; after the first day it was %v", f, first)
	}
}

// measure tells what this process holds, once what is not needed is given back.
func measure() (footprint, error) {
	runtime.GC()
	debug.FreeOSMemory()
	memory, err := memoryOf(os.Getpid())
	if err != nil {
		return footprint{}, err
	}
	files, err := os.ReadDir("/proc/self/fd")
	return footprint{memory, len(files), runtime.NumGoroutine()}, err
}
