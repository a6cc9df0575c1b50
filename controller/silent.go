package controller

import (
	"context"
	"maps"
	"slices"
	"time"
)

// doorSwitch is what the journal says of a door's switch that falls silent or comes back.
const doorSwitch = "door switch"

// answersLost is how many answers of a switch that was never read may be lost, one a second, until it counts as silent.
const answersLost = 5

// stoodOpen reads a door's switch for the first time. What is open then was so before the program started: no alarm.
func (c *Controller) stoodOpen(ctx context.Context, slot Slot, lock Lock) {
	shut, err := lock.Shut()
	for lost := 1; err != nil && lost < answersLost; lost++ {
		pause(ctx, time.Second)
		shut, err = lock.Shut()
	}
	open := !shut
	if err != nil {
		open = c.whileSilent(ctx, slot, lock, err, true)
	}
	if open {
		c.expect(slot)
	}
}

// whileSilent notes that a door's switch does not answer, waits until it does, and notes that. What opened the door
// meanwhile is unknown: a pulse, if there was one. It tells whether the door is open and may be so rightly: by such a
// pulse or, as far as is known, since before.
func (c *Controller) whileSilent(ctx context.Context, slot Slot, lock Lock, reason error, before bool) (rightly bool) {
	if ctx.Err() != nil {
		return false
	}
	rightly = before || c.expected(slot)
	c.switchAnswers(slot, false)
	c.log.Warn("door switch does not answer", "slot", slot, "err", reason)
	c.note(Entry{What: SensorGone, Slot: slot, Detail: doorSwitch})
	for ctx.Err() == nil {
		rightly = rightly || c.expected(slot)
		if shut, err := lock.Shut(); err == nil {
			c.switchAnswers(slot, true)
			c.note(Entry{What: SensorBack, Slot: slot, Detail: doorSwitch})
			return rightly && !shut
		}
		pause(ctx, time.Second)
	}
	return false
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
