package controller

import (
	"time"

	"lockerd/matcher"
)

// justBooted is how long after a boot the home screen says that the power was away.
const justBooted = 5 * time.Minute

// powerReturned tells whether people may have been interrupted here: the machine has just booted, or a pulse or
// a person's open door was left over. A cabinet that never held a parcel interrupted nobody.
func (c *Controller) powerReturned(was Remembered) bool {
	if was.Generation == 0 {
		return false
	}
	if _, up := c.parts.Boot(); up < justBooted || len(was.Intents) > 0 {
		return true
	}
	parcels, _ := c.parts.Shelf.Parcels() // a shelf that cannot be read says so elsewhere
	for _, p := range parcels {
		if p.handingOver() {
			return true
		}
	}
	return false
}

// begun notes that somebody began something, so that the power's return is no news any more.
func (c *Controller) begun() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.returned = false
}

// homeNote is what everybody should know before they begin, the most important first: a technician has a door
// open; the cabinet is out of service; the power was away; the module does not answer; no slot is free.
func (c *Controller) homeNote(doors []Door, free int) Note {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := 0
	for _, d := range doors {
		if d.Out {
			out++
		}
		if d.Open && c.serviced[d.Slot] {
			return TechnicianHere
		}
	}
	switch {
	case out == len(doors):
		return OutOfService
	case c.returned:
		return PowerReturned
	case c.gone[matcher.Fingerprint]:
		return SensorMissing
	case free == 0:
		return CabinetFull
	}
	return ""
}
