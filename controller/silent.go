package controller

import (
	"context"
	"maps"
	"slices"
	"time"
)

// doorSwitch is what the journal says of a door's switch that falls silent or comes back.
const doorSwitch = "door switch"

// whileSilent notes that a door's switch does not answer, waits until it does, and notes that. What opened the door
// meanwhile is unknown: a pulse, if there was one.
func (c *Controller) whileSilent(ctx context.Context, slot Slot, lock Lock, reason error) {
	if ctx.Err() != nil {
		return
	}
	pulsed := c.expected(slot)
	c.switchAnswers(slot, false)
	c.log.Warn("door switch does not answer", "slot", slot, "err", reason)
	c.note(Entry{What: SensorGone, Slot: slot, Detail: doorSwitch})
	for ctx.Err() == nil {
		pulsed = pulsed || c.expected(slot)
		if shut, err := lock.Shut(); err == nil {
			if pulsed && !shut {
				c.expect(slot)
			}
			c.switchAnswers(slot, true)
			c.note(Entry{What: SensorBack, Slot: slot, Detail: doorSwitch})
			return
		}
		pause(ctx, time.Second)
	}
}

// switchAnswers remembers whether a door's switch answers.
func (c *Controller) switchAnswers(slot Slot, answers bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if answers {
		delete(c.silent, slot)
	} else {
		c.silent[slot] = true
	}
}

// SilentDoors lists the slots whose door switch does not answer now.
func (c *Controller) SilentDoors() []Slot {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.silent))
}
