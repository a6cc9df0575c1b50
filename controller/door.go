package controller

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// release is the leave to open one door once. Searching for "release{" finds every place that makes one.
type release struct {
	slot       Slot
	why        string // one of the reasons below
	who        string // opaque reference of the recipient, staff number or operator
	parcel     ParcelID
	generation uint64 // of the parcel, for its recipient and to take it back: else errNotTheirs
	command    string // id of a remote command
	reason     string // that a technician gives, for the journal
	empty      bool   // only where nothing may lie: ErrTaken, ErrOut; a deposit begins so
}

// Why a door is opened, as the journal has it.
const (
	whyMatch    = "match"      // for a recipient who was recognised
	whyCode     = "code"       // or gave a code
	whyReopen   = "reopen"     // for them once more, while they stand there
	whyAgain    = "again"      // or a moment after they shut it
	whyDeposit  = "deposit"    // for a courier
	whyLook     = "look"       // where a deposit was not finished
	whyTakeBack = "take-back"  // for a courier
	whyCommand  = "command"    // of the information system
	whyService  = "service"    // for a technician
	whyLearn    = "commission" // to find out which door a lock belongs to
)

// forRecipient tells whether a door was opened since somebody was recognised or gave a code.
func forRecipient(why string) bool { return why == whyMatch || why == whyCode }

// result is what is known after a pulse.
type result int

const (
	opened result = iota // the switch saw it
	unseen               // pulsed, and the switch does not answer
	jammed               // pulsed twice, and the switch says shut
)

// opensWithin is how long after a release an opening door is no alarm: two pulses with their gaps, which take some
// seconds, and the waits for the switch.
func (c *Controller) opensWithin() time.Duration { return 16*time.Second + 2*c.times.Jam }

// openSlot opens the door that the release names. The journal line and the intent are committed before
// the pulse: no line, no pulse. A door whose switch still says shut gets one more pulse, then it is
// jammed and its slot out of service (ErrJammed). Until what became of the pulse is recorded, nobody else pulses the
// door, and no hand-over of before is finished.
func (c *Controller) openSlot(ctx context.Context, r release) (result, error) {
	lock, ok := c.parts.Doors[r.slot]
	if !ok {
		return unseen, fmt.Errorf("cannot open slot %d: %w", r.slot, ErrNoSlot)
	}
	c.mayOpen(r.slot) // how many coils are driven at a time is the locks' own business
	defer func() { <-c.opening[r.slot] }()
	ctx = context.WithoutCancel(ctx) // a pulse that began is finished
	defer c.beatMeanwhile()()
	if err := c.beforePulse(r); err != nil {
		return unseen, fmt.Errorf("cannot open slot %d: %w", r.slot, err)
	}
	c.expect(r.slot)
	if r.why == whyService { // a technician is here for as long as the door is seen open
		c.atService(r.slot, true)
	}
	seen, err := c.pulse(ctx, r, lock)
	if r.why == whyService && seen != opened {
		c.atService(r.slot, false)
	}
	c.drives(r.slot, err == nil || seen == jammed)
	c.afterPulse(r, seen, err)
	return seen, err
}

// beforePulse commits what is going to happen, and with a deposit's first pulse the slot's mark. What is opened only where
// nothing may lie, or only while a parcel lies there, is looked at here, while nobody changes it.
func (c *Controller) beforePulse(r release) error {
	if err := c.stillTheirs(r); err != nil {
		return err
	}
	c.slotting.Lock()
	defer c.slotting.Unlock()
	change := Change{
		Intent:  &Intent{Slot: r.slot, Why: r.why, Parcel: r.parcel, Command: r.command},
		Command: r.command,
		Entries: []Entry{r.entry(time.Now(), Opening, r.why)},
	}
	if r.reason != "" {
		change.Entries = append([]Entry{r.entry(time.Now(), Audit, "open: "+r.reason)}, change.Entries...)
	}
	if r.empty {
		if err := c.surelyEmpty(r.slot); err != nil {
			return err
		}
		if r.why == whyDeposit {
			change.Slots = []SlotState{{Slot: r.slot, Unfinished: true, Parcel: r.parcel}}
		}
	}
	if err := c.write(change); err != nil {
		return fmt.Errorf("nothing can be recorded: %w", err)
	}
	return nil
}

// mayOpen waits until nobody else opens the door.
func (c *Controller) mayOpen(slot Slot) {
	defer c.beatMeanwhile()()
	c.opening[slot] <- struct{}{}
}

// beatMeanwhile beats for the loop at the screen, which may wait for a door, until the function it returns is called, or
// a door that can be opened would be. Else whoever holds a door shut, or a busy line, would starve the watchdog.
func (c *Controller) beatMeanwhile() (stop func()) {
	ctx, cancel := context.WithTimeout(context.Background(), c.opensWithin())
	go func() {
		for ctx.Err() == nil {
			select {
			case c.beat <- struct{}{}:
			case <-ctx.Done():
			}
		}
	}()
	return cancel
}

// pulse drives the lock, and once more when the switch says that the door is still shut. For commissioning it
// drives the lock once and believes no switch: whose it is is not known yet.
func (c *Controller) pulse(ctx context.Context, r release, lock Lock) (result, error) {
	if r.why == whyLearn {
		if err := lock.Open(ctx); err != nil {
			return unseen, fmt.Errorf("cannot drive the lock: %w", err)
		}
		return unseen, nil
	}
	for again := range 2 {
		err := lock.Open(ctx)
		if c.sawOpen(ctx, lock) { // also when the lock is in doubt, since a board's answer was lost
			return opened, nil
		}
		if err != nil && again > 0 {
			return unseen, fmt.Errorf("cannot drive the lock again: %v", err) // it was pulsed before
		}
		if err != nil {
			return unseen, fmt.Errorf("cannot drive the lock: %w", err)
		}
		if shut, err := lock.Shut(); err != nil || !shut {
			return unseen, nil
		}
	}
	return jammed, ErrJammed
}

func (c *Controller) sawOpen(ctx context.Context, lock Lock) bool {
	ctx, cancel := context.WithTimeout(ctx, c.times.Jam)
	defer cancel()
	return lock.WaitOpen(ctx) == nil
}

// afterPulse records what became of a release, and for whom a parcel's door is open.
func (c *Controller) afterPulse(r release, seen result, pulseErr error) {
	c.book.Lock()
	defer c.book.Unlock()
	c.slotting.Lock()
	defer c.slotting.Unlock()
	change := Change{DropIntent: r.slot}
	state := c.slotState(r.slot)
	if r.empty && (seen == jammed || errors.Is(pulseErr, ErrNotPulsed)) { // nothing lay there, and nothing could be put there
		state.Unfinished, state.Parcel = false, ""
		change.Slots = []SlotState{state}
	}
	what, detail := Opened, r.why
	switch {
	case seen == jammed:
		what = Jammed
		state.OutOfService = "jammed"
		change.Slots = []SlotState{state}
	case pulseErr != nil:
		what, detail = PulseUnseen, "lock could not be driven"
	case seen == unseen:
		what = PulseUnseen
	}
	change.Entries = []Entry{r.entry(time.Now(), what, detail)}
	if pulseErr == nil || seen == jammed {
		p, err := c.openedFor(r, seen)
		if err != nil {
			c.log.Error("cannot note for whom a door is open", "parcel", r.parcel, "err", err)
		}
		change.Parcels = p
	}
	if err := c.write(change); err != nil { // the intent stays and is looked at after a restart
		c.log.Error("cannot record what became of a pulse", "slot", r.slot, "err", err)
		c.rememberSlots(change.Slots)
	}
}

func (r release) entry(at time.Time, what What, detail string) Entry {
	return Entry{At: at, What: what, Slot: r.slot, Parcel: r.parcel, Who: r.who, Detail: detail, Command: r.command}
}

// resolveIntents looks at the pulses that a power cut interrupted. Nobody knows whether they happened, so
// the switch is read and reported, and no door is pulsed.
func (c *Controller) resolveIntents(intents []Intent) error {
	for _, in := range intents {
		state := "switch does not answer"
		if lock, ok := c.parts.Doors[in.Slot]; ok {
			if shut, err := lock.Shut(); err == nil && shut {
				state = "door is shut"
			} else if err == nil {
				state = "door is open"
				c.expect(in.Slot)
				c.openedBefore(in)
			}
		}
		r := release{slot: in.Slot, why: in.Why, parcel: in.Parcel, command: in.Command}
		change := Change{DropIntent: in.Slot, Entries: []Entry{r.entry(time.Now(), Indeterminate, in.Why+": "+state)}}
		if in.Command != "" {
			change.Entries = append(change.Entries, r.entry(time.Now(), CommandNot, "indeterminate: power was lost; "+state))
		}
		if err := c.commit(change); err != nil {
			return fmt.Errorf("cannot record an interrupted pulse: %w", err)
		}
	}
	return nil
}

// openedBefore notes that a recipient's door opened before the power went: its hand-over is finished when
// the door is shut.
func (c *Controller) openedBefore(in Intent) {
	if !forRecipient(in.Why) && in.Why != whyReopen {
		return
	}
	if _, err := c.happen(in.Parcel, shown{}, Change{}); err != nil {
		c.log.Error("cannot note an interrupted hand-over", "parcel", in.Parcel, "err", err)
	}
}

// watch follows one door's switch for ever: it notes that a door was shut, that it was left open, an alarm when it
// opened without a pulse, and that the switch does not answer.
func (c *Controller) watch(ctx context.Context, slot Slot, lock Lock) {
	c.stoodOpen(ctx, slot, lock)
	for ctx.Err() == nil {
		if err := lock.WaitOpen(ctx); err != nil {
			if c.whileSilent(ctx, slot, lock, err, false) {
				c.expect(slot)
			}
			continue
		}
		at := time.Now()
		if !c.expected(slot) {
			c.alarm(slot, Forced)
		}
		c.refresh()
		c.awaitShut(ctx, slot, lock)
		c.used(slot, at)
		c.atService(slot, false)
		c.refresh()
	}
}

// awaitShut returns when the door is shut or ctx has ended.
func (c *Controller) awaitShut(ctx context.Context, slot Slot, lock Lock) {
	patience, cancel := context.WithTimeout(ctx, c.times.LeftOpen)
	defer cancel()
	for {
		err := lock.WaitShut(patience)
		switch {
		case err == nil:
			c.note(Entry{What: DoorShut, Slot: slot})
			if c.parts.Alarm != nil {
				c.parts.Alarm(slot, "")
			}
			return
		case ctx.Err() != nil:
			return
		case patience.Err() != nil:
			c.alarm(slot, LeftOpen)
			patience = ctx
		default:
			c.whileSilent(ctx, slot, lock, err, false) // it opened before that
		}
	}
}

// alarm tells of a door that is open although it should not be.
func (c *Controller) alarm(slot Slot, what What) {
	c.note(Entry{What: what, Slot: slot})
	if c.parts.Alarm != nil {
		c.parts.Alarm(slot, what)
	}
}

// drives remembers whether a slot's lock could be driven last: one that could not is proposed after the others.
func (c *Controller) drives(slot Slot, does bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if does {
		delete(c.undriven, slot)
	} else {
		c.undriven[slot] = true
	}
}

// expect says that the slot's door may open now, by a pulse.
func (c *Controller) expect(slot Slot) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pulsed[slot] = time.Now()
}

// expected tells whether a door that opens now does so by a pulse.
func (c *Controller) expected(slot Slot) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, ok := c.pulsed[slot]
	return ok && time.Since(at) < c.opensWithin()
}

// used forgets the pulse by which a door opened at that time: opened once more, it opens by force.
func (c *Controller) used(slot Slot, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if pulse, ok := c.pulsed[slot]; ok && !pulse.After(at) {
		delete(c.pulsed, slot)
	}
}

// pause waits for d or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
