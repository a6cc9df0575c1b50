// Package parcels keeps the parcels: who each is for, whether its recipient is specific (has a first
// identification stored), and where it is in its life, which the cabinet's events say.
package parcels

import (
	"fmt"

	"lockerd/infosystem/database"
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

// What the cabinet's events are called that change a parcel's phase.
const (
	deposited = "deposited"
	collected = "collected"
	recalled  = "recalled"
	takenBack = "taken-back"
	nothing   = "nothing-inside"
)

// Next returns the phase after an event, which is the same one for events that do not concern it. An event
// that cannot befall a parcel in this phase gives an error.
func (p Phase) Next(what string) (Phase, error) {
	switch {
	case what == deposited && p == Expected:
		return Stored, nil
	case what == collected && p == Stored:
		return Collected, nil
	case what == nothing && p == Stored:
		return Missing, nil
	case what == recalled && (p == Expected || p == Returned):
		return Returned, nil
	case what == recalled && (p == Stored || p == Recalled):
		return Recalled, nil
	case what == takenBack && (p == Stored || p == Recalled):
		return Returned, nil
	case what == deposited, what == collected, what == recalled, what == takenBack, what == nothing:
		return p, fmt.Errorf("%w: a parcel that is %s cannot be told %q", database.ErrConflict, p, what)
	}
	return p, nil
}
