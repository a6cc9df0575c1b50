package controller

import (
	"context"
	"slices"
	"sync"
	"time"
)

// openDoors reads every switch and returns the doors that are seen open. They are asked at once, and the watchdog is
// told that all is well meanwhile: on the line of lock boards, which many ask, the last answer may take seconds.
func (c *Controller) openDoors() map[Slot]bool {
	defer c.beatMeanwhile()()
	var readers sync.WaitGroup
	var mu sync.Mutex
	open := make(map[Slot]bool)
	for slot, lock := range c.parts.Doors {
		readers.Go(func() {
			if shut, err := lock.Shut(); err == nil && !shut {
				mu.Lock()
				defer mu.Unlock()
				open[slot] = true
			}
		})
	}
	readers.Wait()
	return open
}

// shut reads one switch, likewise.
func (c *Controller) shut(lock Lock) (bool, error) {
	defer c.beatMeanwhile()()
	return lock.Shut()
}

// look fills in what every view shows of the cabinet, and what the home screen says of it. It returns its number: a look
// with a higher one began later, and what it saw is newer.
func (c *Controller) look(v *View) uint64 {
	c.mu.Lock()
	c.looks++
	number := c.looks
	c.mu.Unlock()
	open := c.openDoors()
	free, err := c.freeAmong(open)
	if err != nil {
		c.log.Error("cannot tell which slots are free", "err", err)
	}
	v.Doors = c.doorMap(open, v.Slot)
	v.Offline = c.parts.Online != nil && !c.parts.Online()
	switch v.Screen {
	case DropSlot: // a free one is chosen
		for i, d := range v.Doors {
			v.Doors[i].Free = slices.ContainsFunc(free, func(plan Plan) bool { return plan.Slot == d.Slot })
		}
	case Home:
		v.Free, v.Note = count(free), c.homeNote(v.Doors, len(free))
	}
	return number
}

// refresh draws the doors anew, as their switches are now, unless somebody who looked later has.
func (c *Controller) refresh() {
	for fits := false; !fits; { // once more where another view was shown meanwhile
		now := c.shown()
		look := c.look(&now)
		c.reshow(func(v *View) {
			if fits = v.Number == now.Number; !fits || look < c.drawn {
				return
			}
			c.drawn = look
			if v.Doors, v.Offline = now.Doors, now.Offline; v.Screen == Home {
				v.Free, v.Note = now.Free, now.Note
			}
		})
	}
}

// networkLook is how often the screen is compared with what the network does.
const networkLook = 5 * time.Second

// watchNetwork has the screen tell of the network as it is, also while nobody touches it.
func (c *Controller) watchNetwork(ctx context.Context) {
	for pause(ctx, networkLook); ctx.Err() == nil; pause(ctx, networkLook) {
		if v := c.shown(); v.Number > 0 && v.Offline == c.parts.Online() {
			c.refresh()
		}
	}
}

// doorMap tells of every door. The slot given is the one that matters now.
func (c *Controller) doorMap(open map[Slot]bool, lit Slot) []Door {
	doors := make([]Door, 0, len(c.parts.Plan))
	for _, plan := range c.parts.Plan {
		state := c.slotState(plan.Slot)
		if plan.Slot == lit {
			state.Unfinished = false // it is being used
		}
		doors = append(doors, Door{
			Slot: plan.Slot, Size: plan.Size, Lit: plan.Slot == lit, Open: open[plan.Slot], Out: state.Out() != "",
		})
	}
	return doors
}
