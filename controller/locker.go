// Package controller carries out the method at the cabinet: it judges whether a parcel's recipient is
// specific, reads the first identification or issues a code (PreStep), takes the second identification,
// compares, and opens the slot or refuses (PickUpStep). It decides; drivers, screens, the store and the
// link to the information system stand behind the small interfaces of this file.
package controller

import (
	"context"
	"errors"
	"time"

	"lockerd/matcher"
)

// Slot is the number of a slot and its door, from 1.
type Slot int

// ParcelID names a parcel. The information system gives it.
type ParcelID string

// RecipientID is the opaque reference of a recipient; it says nothing about the person.
type RecipientID string

// Size is a slot's or a parcel's size. Larger slots take smaller parcels.
type Size int

// The sizes of slots.
const (
	Small Size = iota + 1
	Medium
	Large
)

// Recipient is what the cabinet knows of a person besides the identifications.
type Recipient struct {
	ID        RecipientID
	Name      string // shown masked only
	PhoneTail string // the last four digits of the phone number
	Policy    Policy // beside the cabinet's own; empty adds nothing
	LowSlot   bool   // asked for a slot that can be reached from a wheelchair
	Language  string // BCP 47, empty for the cabinet's
}

// FirstIdentification is identification information that a recipient stored beforehand.
type FirstIdentification struct {
	ID        string // names this record, so that it can be replaced and erased
	Recipient RecipientID
	matcher.Identification
}

// Parcel is a parcel that is expected at this cabinet or lies in it.
type Parcel struct {
	ID        ParcelID
	Recipient RecipientID
	Size      Size
	Phase     Phase
	Slot      Slot      // 0 until a courier put it there
	Courier   string    // staff number of who dropped it
	Stored    time.Time // zero until stored
	Due       time.Time // when it is overdue; zero for never
	Opened    time.Time // when its recipient had the door opened; zero until then
	// Said is what became of it by their word, while that door is open: CollectedIt, NothingInside or Recalled; PulseUnseen
	// while nobody knows whether it opened.
	Said    What
	Consent Consent // whether its recipient agreed to the locker
	// Generation counts the deposits of this cabinet. A code is bound to one generation, so that an old
	// code never opens the next parcel.
	Generation uint64
}

// Role says what a member of staff may do.
type Role string

// The roles of staff.
const (
	Courier    Role = "courier"
	Technician Role = "technician"
)

// Staff is a courier or technician. The secret is stored as the passcode matcher's template.
type Staff struct {
	Number string // what the person types to sign in, digits
	Role   Role
	Secret matcher.Identification
	// OneTime marks a first secret, which must be changed at the first sign-in.
	OneTime bool
	Badge   []byte // MAC of what the person's badge says, under the device key; none without a badge
}

// Invitation lets one recipient enrol at this cabinet once.
type Invitation struct {
	ID        string
	Recipient RecipientID
	MAC       []byte // of the invitation's code, under the device key
	Expires   time.Time
}

// Code is a pickup code that was issued for one generation of one parcel.
type Code struct {
	Parcel     ParcelID
	Generation uint64
	MAC        []byte // HMAC-SHA256 of the digits under the device key
}

// SlotState is what is remembered of a slot beside its parcel.
type SlotState struct {
	Slot         Slot
	OutOfService string   // the reason that somebody gave, or "jammed"; empty without one
	Unfinished   bool     // a deposit began there and was not recorded: out of service until somebody looked inside
	Parcel       ParcelID // of that deposit
	Learning     bool     // out of service while the wiring is learned
}

// Out is why no parcel may be put into the slot; empty when it is in service.
func (s SlotState) Out() string {
	switch {
	case s.OutOfService != "" && s.Unfinished:
		return s.OutOfService + "; " + unfinished
	case s.OutOfService != "":
		return s.OutOfService
	case s.Unfinished:
		return unfinished
	case s.Learning:
		return "commissioning"
	}
	return ""
}

// Settings are what the information system decides for a cabinet. Zero fields leave the configuration's.
type Settings struct {
	Policy  Policy
	Codes   CodesTo
	Off     []matcher.Kind // kinds that are switched off everywhere
	WalkUp  bool           // couriers may announce parcels by the recipient's phone number
	Consent ConsentRule    // whose word is needed before a parcel is dropped off
}

// CodesTo says who gets a pickup code.
type CodesTo string

// Who gets a pickup code.
const (
	CodesUnenrolled CodesTo = "unenrolled"
	CodesEveryone   CodesTo = "everyone"
)

// Lock is one door: its relay and its switch.
type Lock interface {
	// Open pulses the coil once and returns when the pulse has ended. It is never repeated by the lock. An error that
	// wraps ErrNotPulsed says that the coil was surely not driven; any other leaves that open.
	Open(ctx context.Context) error
	// Shut reads the door switch. An error means that the door's state is unknown.
	Shut() (bool, error)
	// WaitOpen returns nil when the switch shows the door open. An error before ctx has ended says that the switch
	// gives no answer any more, or that there is none; a single lost answer ends no wait.
	WaitOpen(ctx context.Context) error
	// WaitShut returns nil when the switch shows the door shut, and errors as WaitOpen.
	WaitShut(ctx context.Context) error
}

// Sensor captures one sample. It returns when there is one, when ctx ends, or with an error that wraps
// ErrSensorGone when the sensor does not answer. Poor captures give a *matcher.QualityError. seen is called
// as soon as the sensor answers, and while it captures.
type Sensor interface {
	Kind() matcher.Kind
	Capture(ctx context.Context, purpose Purpose, seen func(Progress)) (matcher.Sample, error)
}

// Purpose says what a sample is captured for. A module that compares by itself may answer instead of an
// image when it is to be compared.
type Purpose int

// The purposes of a capture.
const (
	ToCompare Purpose = iota
	ToEnrol
)

// Progress tells how far a capture is, for the screen.
type Progress struct {
	Touched  bool    // a finger lies on the module, or speech was heard
	Missed   bool    // the sensor compared by itself and found nobody; the capture goes on
	Fraction float64 // of the capture, 0–1
	Level    float64 // how loud it is, 0–1
}

// Display shows where the method stands. Show never blocks; the newest view wins.
type Display interface {
	Show(View)
}

// People reads recipients, what they stored, and staff. A name that is not there gives ErrUnknown.
type People interface {
	Recipient(RecipientID) (Recipient, error)
	FirstIdentifications(RecipientID) ([]FirstIdentification, error)
	Staff(number string) (Staff, error)
	// Badge returns whose badge has that MAC.
	Badge(mac []byte) (Staff, error)
	Invitations() ([]Invitation, error)
}

// Shelf reads what the cabinet holds and writes every change of it. Commit writes one step of business in
// one durable transaction: all of the change or nothing. It numbers and chains the entries, in order.
type Shelf interface {
	Parcels() ([]Parcel, error)      // expected, stored and recalled ones
	Parcel(ParcelID) (Parcel, error) // an ended one, too; ErrUnknown
	Codes() ([]Code, error)
	Remembered() (Remembered, error)
	Commit(Change) error
}

// Remembered is what survives a restart beside people, parcels and codes.
type Remembered struct {
	Generation uint64 // the highest that was ever given
	Slots      []SlotState
	Tries      []Tries
	Attempts   []Attempt
	Intents    []Intent
	Settings   Settings
	Version    uint64   // of the desired state that was applied last
	Root       [32]byte // over the applied desired state
	Commands   []string // ids of commands that were begun, newest last, bounded
}

// Intent is the write-ahead note of a pulse. One that is found at start says that nobody knows whether
// the pulse happened; the switch is read and reported, and the door is never pulsed for it again.
type Intent struct {
	Slot    Slot
	Why     string // the release's reason
	Parcel  ParcelID
	Command string // id of the remote command, if one
}

// RemoteCommand is a command of the information system whose signature and freshness the link verified.
type RemoteCommand struct {
	ID     string
	Action string // "open", "recode" or "reboot"
	Slot   Slot
	Parcel ParcelID
	By     string // operator's id
	Reason string
}

// Change is everything that one step writes.
type Change struct {
	Parcels     []Parcel // put; one whose phase is ended is kept for the record and leaves Parcels
	Codes       []Code   // put, by parcel
	DropCodes   []ParcelID
	Slots       []SlotState
	Tries       []Tries
	Attempts    []Attempt // put, by place
	Intent      *Intent   // begins a pulse
	DropIntent  Slot      // ends it
	Command     string    // the command that this step begins
	Desired     *DesiredChange
	Enrolled    []FirstIdentification // put by an enrolment at this cabinet
	UsedInvites []string              // invitations that are spent
	Erase       []RecipientID         // all of their verification information is destroyed
	EraseFirsts []string              // ids of first identifications to destroy
	Staff       []Staff               // put: a secret that was changed here; ErrUnknown for one who is gone
	Entries     []Entry
}

// DesiredChange is a step of the information system's desired state, validated.
type DesiredChange struct {
	From, To uint64 // From must be the version at hand, unless Snapshot
	Snapshot bool   // the records are all there is; what is not among them goes, save parcels that lie here
	Records  []DesiredRecord
}

// DesiredRecord is one record of desired state. Exactly one of the pointers is set, none when Gone.
type DesiredRecord struct {
	Key        string   // kind and id, for example "recipient/r-7"
	Hash       [32]byte // of the record as it was sent; the root hash is made of these
	Gone       bool
	Recipient  *Recipient
	First      *FirstIdentification
	Parcel     *Assignment
	Staff      *Staff
	Invitation *Invitation
	Settings   *Settings
}

// Assignment is recipient information that comes with a parcel: who it is for and what to expect.
type Assignment struct {
	Parcel    ParcelID
	Recipient RecipientID
	Size      Size // 0 when the courier is to say it
	Due       time.Time
	Recalled  bool // the information system wants it back
	Consent   Consent
}

// Errors that a person is told about; everything else is a fault.
var (
	ErrUnknown    = errors.New("unknown")
	ErrNoMatch    = errors.New("not recognised")
	ErrSensorGone = errors.New("sensor does not answer")
	ErrJammed     = errors.New("door did not open")
	ErrNotPulsed  = errors.New("lock was not pulsed")
	ErrFull       = errors.New("no free slot of that size")
	ErrNoSlot     = errors.New("there is no such slot")
	ErrTaken      = errors.New("a parcel lies there")
	ErrOut        = errors.New("the slot is out of service")
	ErrLookInside = errors.New("a parcel that no record knows may lie there")
	ErrWait       = errors.New("too many tries, wait")
	ErrStale      = errors.New("command is not fresh")
	ErrBusy       = errors.New("too much at once: try again in a moment")
)
