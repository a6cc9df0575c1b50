package controller

import (
	"cmp"
	"fmt"
	"slices"
)

// freeSlots returns the slots that are in service, empty, and whose door is not known to be open.
func (c *Controller) freeSlots() ([]Plan, error) { return c.freeAmong(c.openDoors()) }

// freeAmong returns the free slots where those doors are open.
func (c *Controller) freeAmong(open map[Slot]bool) ([]Plan, error) {
	lying, err := c.occupied()
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(c.parts.Plan), func(plan Plan) bool {
		_, taken := lying[plan.Slot]
		_, built := c.parts.Doors[plan.Slot]
		return taken || !built || open[plan.Slot] || c.slotState(plan.Slot).Out() != ""
	}), nil
}

// free counts the free slots by size.
func (c *Controller) free() map[Size]int {
	plans, err := c.freeSlots()
	if err != nil {
		c.log.Error("cannot count free slots", "err", err)
	}
	return count(plans)
}

// count counts slots by size.
func count(plans []Plan) map[Size]int {
	count := map[Size]int{Small: 0, Medium: 0, Large: 0}
	for _, plan := range plans {
		count[plan.Size]++
	}
	return count
}

// freeSlot picks the smallest free slot that is large enough; for a recipient who asked for a low one, a
// low slot first; for others, the low ones last. One whose lock could not be driven comes after all others.
func (c *Controller) freeSlot(p Parcel, atLeast Size) (Slot, error) {
	plans, err := c.freeSlots()
	if err != nil {
		return 0, err
	}
	plans = slices.DeleteFunc(plans, func(plan Plan) bool { return plan.Size < atLeast })
	if len(plans) == 0 {
		return 0, fmt.Errorf("cannot find a slot for parcel %s: %w", p.ID, ErrFull)
	}
	r, _ := c.parts.People.Recipient(p.Recipient) // an unknown recipient asked for nothing
	c.mu.Lock()
	defer c.mu.Unlock()
	slices.SortStableFunc(plans, func(a, b Plan) int {
		if c.undriven[a.Slot] != c.undriven[b.Slot] {
			return cmp.Compare(misplaced(!c.undriven[a.Slot]), misplaced(!c.undriven[b.Slot]))
		}
		if a.Low != b.Low && r.LowSlot {
			return cmp.Compare(misplaced(a.Low), misplaced(b.Low))
		}
		return cmp.Or(cmp.Compare(a.Size, b.Size), cmp.Compare(misplaced(!a.Low), misplaced(!b.Low)), cmp.Compare(a.Slot, b.Slot))
	})
	return plans[0].Slot, nil
}

// misplaced orders what fits before what does not.
func misplaced(fits bool) int {
	if fits {
		return 0
	}
	return 1
}

func (c *Controller) sizeOf(slot Slot) Size {
	for _, plan := range c.parts.Plan {
		if plan.Slot == slot {
			return plan.Size
		}
	}
	return Large
}

// outOfService takes a slot out of service.
func (c *Controller) outOfService(slot Slot, who, reason string) error {
	return c.changeSlot(slot, who, func(s *SlotState) error { s.OutOfService = reason; return nil })
}

// changeSlot changes what is remembered of a slot, with its journal line, or returns the error for which it must not be
// changed.
func (c *Controller) changeSlot(slot Slot, who string, change func(*SlotState) error) error {
	c.slotting.Lock()
	defer c.slotting.Unlock()
	state := c.slotState(slot)
	if err := change(&state); err != nil {
		return err
	}
	if err := c.write(Change{Slots: []SlotState{state}, Entries: []Entry{state.entry(who)}}); err != nil {
		return fmt.Errorf("cannot record the slot's service: %w", err)
	}
	return nil
}

// entry says whether the slot is in service, and why not.
func (s SlotState) entry(who string) Entry {
	detail := "in service"
	if out := s.Out(); out != "" {
		detail = "out of service: " + out
	}
	return Entry{What: SlotService, Slot: s.Slot, Who: who, Detail: detail}
}
