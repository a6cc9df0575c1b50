package controller

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// grace is the leave to open once more a door that its recipient shut a moment ago. It ends with its time, and
// with whatever the next person begins.
type grace struct {
	release
	until time.Time
}

// offerAgain lets a door that was just shut be opened again for a while.
func (c *Controller) offerAgain(r release) {
	r.why = whyAgain
	c.mu.Lock()
	defer c.mu.Unlock()
	c.graces = append(c.gracesBut(r.slot), grace{r, time.Now().Add(c.times.Reopen)})
}

// gracesBut returns the graces that have not run out, except that of one slot. The caller holds mu.
func (c *Controller) gracesBut(slot Slot) []grace {
	return slices.DeleteFunc(slices.Clone(c.graces), func(g grace) bool { return g.slot == slot || time.Now().After(g.until) })
}

// again lists the doors that can be opened again, for the screen.
func (c *Controller) again() []Again {
	c.mu.Lock()
	defer c.mu.Unlock()
	var doors []Again
	for _, g := range c.gracesBut(0) {
		doors = append(doors, Again{g.slot, g.until})
	}
	return doors
}

// noneAgain ends every grace: somebody else may stand here now.
func (c *Controller) noneAgain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.graces = nil
}

// graceFor takes the grace of a slot; there is none for one in which a parcel lies.
func (c *Controller) graceFor(slot string) (r release, ok bool, err error) {
	lying, err := c.occupied()
	if err != nil {
		return r, false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, g := range c.gracesBut(0) {
		if _, full := lying[g.slot]; strconv.Itoa(int(g.slot)) == slot && !full {
			c.graces = c.gracesBut(g.slot)
			return g.release, true, nil
		}
	}
	return r, false, nil
}

// lastWord ends a pickup: thanks, or whom to call where a slot was empty. A door can be opened again from here and
// from the home screen.
func (s *session) lastWord(ctx context.Context, empty Slot) error {
	v := View{Screen: Message, Note: ThankYou, Patience: s.c.times.Done}
	if empty != 0 {
		v = View{Screen: Message, Note: EmptyReported, Slot: empty}
	}
	for {
		v.Again = s.c.again()
		in, err := s.ask(ctx, v)
		if err != nil || in.answer.Act != ActReopen {
			return ignoreIdle(err)
		}
		if err := s.openAgain(ctx, in.answer.Text); err != nil {
			return ignoreIdle(err)
		}
	}
}

// openAgain opens a door again that was shut a moment ago. Its parcel was collected and stays so.
func (s *session) openAgain(ctx context.Context, slot string) error {
	r, ok, err := s.c.graceFor(slot)
	if err != nil || !ok {
		return err
	}
	seen, err := s.c.openSlot(ctx, r)
	if errors.Is(err, ErrJammed) {
		return s.jam(ctx, r.slot)
	}
	if err != nil {
		return fmt.Errorf("cannot open slot %d again: %w", r.slot, err)
	}
	what, err := s.atOpenDoor(ctx, View{Screen: SlotOpen, Slot: r.slot, Emptied: true}, r, seen)
	if err == nil && what != "" {
		s.c.offerAgain(r)
	}
	return err
}
