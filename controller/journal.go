package controller

import (
	"time"

	"lockerd/matcher"
)

// Entry is one line of the journal: audit log, outbox and the console's tail in one.
type Entry struct {
	Seq     uint64 // given by the shelf, from 1, without gaps
	At      time.Time
	What    What
	Slot    Slot
	Parcel  ParcelID
	Who     string // a recipient's opaque reference or a staff number
	Kinds   []matcher.Kind
	Detail  string   // no personal data
	Command string   // id of the remote command that this answers
	Sealed  []byte   // for the information system's eyes only (a code, an enrolment)
	Prev    [32]byte // hash of the line before; given by the shelf
}

// What says what happened.
type What string

// What the journal records.
const (
	Started       What = "started"
	Outdated      What = "outdated"      // what Who stored of Kinds was made with another model: enrol again
	Warned        What = "warned"        // something is set against advice; Detail names the setting
	Assigned      What = "assigned"      // a parcel is expected
	Recalled      What = "recalled"      // the information system wants a parcel back
	Deposited     What = "deposited"     // a parcel lies in a slot and the door was shut
	ConsentNoted  What = "consent-noted" // the courier says that the recipient agreed
	CodeIssued    What = "code-issued"   // Sealed holds the code
	Matched       What = "matched"       // second identification equals the first
	Refused       What = "refused"       // it did not
	Opening       What = "opening"       // committed before a pulse
	Opened        What = "opened"        // the switch saw the door open
	PulseUnseen   What = "pulse-unseen"  // pulsed, and the switch saw nothing
	Jammed        What = "jammed"        // pulsed, retried, still shut
	Indeterminate What = "indeterminate" // power was lost between intent and result
	DoorShut      What = "door-shut"
	LeftOpen      What = "left-open" // a door stayed open too long
	Forced        What = "forced"    // a door opened without a pulse
	CollectedIt   What = "collected" // Collected is the phase
	NothingInside What = "nothing-inside"
	TakenBack     What = "taken-back"
	Enrolled      What = "enrolled"  // Sealed holds the first identifications
	Erased        What = "erased"    // all that a recipient stored
	Withdrawn     What = "withdrawn" // what a recipient stored of Kinds
	SignedIn      What = "signed-in"
	SignInRefused What = "sign-in-refused"
	SecretChanged What = "secret-changed" // Sealed holds the new one's template
	SlotService   What = "slot-service"
	CommandDone   What = "command-done"
	CommandNot    What = "command-refused"
	SensorGone    What = "sensor-gone" // Detail names it; with a Slot its door switch
	SensorBack    What = "sensor-back"
	BadMessage    What = "bad-message"
	SelfTested    What = "self-test"
	Audit         What = "audit" // a technician's command
)
