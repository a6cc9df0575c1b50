// Package parcels keeps the parcels: who each is for, whether its recipient is specific (has a first
// identification stored), and where it is in its life, which the cabinet's events say.
package parcels

import (
	"fmt"

	"lockerd/infosystem/database"
	"lockerd/sync/wire"
)

// Phase is where a parcel is in its life.
type Phase string

// A parcel's life: expected → stored → collected | missing | recalled → returned.
const (
	Expected  Phase = "expected"  // assigned; a courier will bring it
	Stored    Phase = "stored"    // lies in its slot
	Recalled  Phase = "recalled"  // lies in its slot and only staff take it
	Collected Phase = "collected" // its recipient has it
	Missing   Phase = "missing"   // its recipient found the slot empty
	Returned  Phase = "returned"  // staff took it back, or it was recalled before it came
)

// Ended tells whether nothing more happens to the parcel.
func (p Phase) Ended() bool { return p == Collected || p == Missing || p == Returned }

// Next returns the phase after an event, which is the same one for events that do not concern it. An event
// that cannot befall a parcel in this phase gives an error.
func (p Phase) Next(what string) (Phase, error) {
	switch {
	case what == wire.EventDeposited && p == Expected:
		return Stored, nil
	case what == wire.EventCollected && p == Stored:
		return Collected, nil
	case what == wire.EventNothingInside && p == Stored:
		return Missing, nil
	case what == wire.EventRecalled && (p == Expected || p == Returned):
		return Returned, nil
	case what == wire.EventRecalled && (p == Stored || p == Recalled):
		return Recalled, nil
	case what == wire.EventTakenBack && (p == Stored || p == Recalled):
		return Returned, nil
	case what == wire.EventDeposited, what == wire.EventCollected, what == wire.EventRecalled, what == wire.EventTakenBack, what == wire.EventNothingInside:
		return p, fmt.Errorf("%w: a parcel that is %s cannot be told %q", database.ErrConflict, p, what)
	}
	return p, nil
}
