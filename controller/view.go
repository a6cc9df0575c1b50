package controller

import (
	"time"

	"lockerd/matcher"
)

// Screen names what the display shows.
type Screen string

// The screens, in the order in which people meet them.
const (
	Home          Screen = "home"
	AskAny        Screen = "ask-any"       // finger or code directly, another way after the phone's digits
	AskTail       Screen = "ask-tail"      // the phone's last four digits
	AskWay        Screen = "ask-way"       // choose among View.Offers
	AskFinger     Screen = "ask-finger"    // finger alone
	AskPattern    Screen = "ask-pattern"   // draw
	AskPasscode   Screen = "ask-passcode"  // type
	AskCode       Screen = "ask-code"      // type the pickup code
	AskVoice      Screen = "ask-voice"     // say View.Prompt
	Comparing     Screen = "comparing"     // a moment
	YourParcels   Screen = "parcels"       // open all or choose
	SlotOpen      Screen = "slot-open"     // number, map, taken / open again / nothing inside / stuck
	RefusedView   Screen = "refused"       // what to do next, tries left, the wait
	StaffNumber   Screen = "staff-number"  // courier signs in
	StaffSecret   Screen = "staff-secret"  //
	StaffNew      Screen = "staff-new"     // a secret in place of the one-time one, Step 1 typed, 2 repeated
	DropChoose    Screen = "drop-choose"   // expected parcels, or parcels to take back
	DropPhone     Screen = "drop-phone"    // the recipient's phone number, of a parcel that nobody assigned
	DropSlot      Screen = "drop-slot"     // consent, size and slot of View.Parcels[0]; View.Slot is proposed
	DropOpen      Screen = "drop-open"     // door open for the deposit: shut it = done
	DropDone      Screen = "drop-done"     //
	DropLook      Screen = "drop-look"     // door open of an unfinished deposit: what is inside?
	EnrolInvite   Screen = "enrol-invite"  // one-time code
	EnrolConsent  Screen = "enrol-consent" // per kind, before any capture
	EnrolFinger   Screen = "enrol-finger"  // impression Step of Steps of finger View.Label
	EnrolPattern  Screen = "enrol-pattern" // Step 1 draw, 2 repeat
	EnrolPasscode Screen = "enrol-passcode"
	EnrolVoice    Screen = "enrol-voice"
	EnrolDone     Screen = "enrol-done"
	EnrolKept     Screen = "enrol-kept"  // what is stored, View.Offers: add to it, mark kinds in View.Marked, erase
	EnrolErase    Screen = "enrol-erase" // what is stored of View.Offers is about to be erased: really?
	Message       Screen = "message"     // one sentence, View.Note
)

// View is everything that a display needs to draw one screen. It holds no unmasked personal data.
type View struct {
	// Number grows with every view; an Answer quotes it, so that a tap on an old screen does nothing.
	Number   uint64
	Screen   Screen
	Language string        // of the person at the screen
	Large    bool          // that person wants large text of strong contrast
	Patience time.Duration // until the screen goes home by itself, from the last touch; 0 for never
	Left     time.Duration // of the patience, where it began with a view before this one; 0 for all of it
	Offers   []matcher.Kind
	Masked   string // the recipient's name, masked
	Parcels  []ParcelLine
	Slot     Slot
	Doors    []Door // the cabinet's map
	Tries    int    // left before a wait; -1 when not said
	Wait     time.Duration
	Advice   matcher.Advice
	Label    string // which finger
	Step     int
	Steps    int
	Touched  bool      // a finger is on the module; it is being read
	Fraction float64   // of the reading, 0–1
	Digits   int       // how many digits were typed on the keypad
	Level    float64   // how loud it is, 0–1
	Prompt   string    // digits to say
	Until    time.Time // when other digits are asked for; zero for never
	Free     map[Size]int
	Staff    bool           // a courier is signed in
	Blind    bool           // the door's switch did not show it open, and will not show it shut
	Emptied  bool           // the door was opened again: its parcel counts as collected already
	Again    []Again        // doors that whoever shut them can have opened again
	Kind     matcher.Kind   // that the screen speaks of
	Marked   []matcher.Kind // of View.Offers, to be erased
	Note     Note
	Offline  bool
	Help     bool // somebody asked for a human; what is typed on the keypad closes the help

	// What a courier's screens say beside.
	Size       Size    // of the parcel at DropSlot, 0 until somebody says it; of the slot at DropOpen
	Tail       string  // of the recipient's phone number at DropSlot, for the courier to compare
	Consent    Consent // of the recipient at DropSlot
	AskConsent bool    // the courier's tap says that the recipient agreed
	Looks      []Slot  // where a deposit was not finished
	WalkUp     bool    // parcels can be announced by phone number
	Dropped    int     // how many parcels the courier dropped off since signing in
	TookBack   int     // and took back
}

// Again is a door that can be opened again until then.
type Again struct {
	Slot  Slot
	Until time.Time
}

// ParcelLine is one parcel as a screen lists it.
type ParcelLine struct {
	ID      ParcelID
	Slot    Slot
	Size    Size
	Low     bool
	Back    bool   // to be taken back by the courier
	Tail    string // of the recipient's phone number; for couriers only
	Refused bool   // its recipient wants no parcel in a locker
}

// Door is one door on the cabinet's map.
type Door struct {
	Slot  Slot
	Size  Size
	Open  bool // as the switch says; a door whose switch does not answer counts as shut here
	Lit   bool // this is the door that matters now
	Out   bool // out of service
	Taken bool // a parcel lies there; set for staff only
	Free  bool // can be chosen for a parcel; set at DropSlot only
}

// Note names a sentence that the display has in each language.
type Note string

// The sentences.
const (
	NotRecognised   Note = "not-recognised"   // what was shown fits nobody who has a parcel here
	CodeLength      Note = "code-length"      // what was typed has not as many digits as a pickup code
	TailLength      Note = "tail-length"      // nor as the end of a phone number
	PasscodeLength  Note = "passcode-length"  // nor as any passcode
	NeedAnother     Note = "need-another"     // policy wants one more kind
	WaitBeforeTry   Note = "wait"             // View.Wait
	AskHuman        Note = "ask-human"        // nothing works: call the number
	SensorMissing   Note = "sensor-missing"   // the fingerprint module does not answer
	DoorJammed      Note = "door-jammed"      // did not open: call, slot is out of service now
	NoFreeSlot      Note = "no-free-slot"     //
	ParcelUnknown   Note = "parcel-unknown"   //
	InviteWrong     Note = "invite-wrong"     //
	ConsentMissing  Note = "consent-missing"  // to any kind: nothing was stored
	SecretMissing   Note = "secret-missing"   // a biometric is not stored without a pattern or a passcode
	NothingKept     Note = "nothing-kept"     // what was agreed to was skipped or did not serve; the invitation holds
	NotAllKept      Note = "not-all-kept"     // of what was agreed to, something was skipped or did not serve
	DoorStillOpen   Note = "door-still-open"  // please shut it
	ThankYou        Note = "thank-you"        //
	EmptyReported   Note = "empty-reported"   // nothing lay in View.Slot, which is out of service now: call
	EnrolTooLate    Note = "enrol-too-late"   // nothing was stored or erased, since nobody answered; the invitation holds
	WrongSignIn     Note = "wrong-sign-in"    //
	SecretAsBefore  Note = "secret-as-before" // a new secret has to be another one
	BadgeUnknown    Note = "badge-unknown"    // what was scanned is nobody's badge
	BadgeNoParcel   Note = "badge-no-parcel"  // what was scanned is a badge
	NothingExpected Note = "nothing-expected" // no parcel to drop or take back
	CannotStore     Note = "cannot-store"     // the disk refuses; nothing was opened
	OutOfService    Note = "out-of-service"   // no slot of the cabinet is in service
	TechnicianHere  Note = "technician"       // a door is open for service
	PowerReturned   Note = "power-returned"   // whoever was interrupted can begin again
	CabinetFull     Note = "cabinet-full"     // no slot is free; picking up works
	PullNow         Note = "pull-now"         // the door that was stuck was pulsed once more
	PutBack         Note = "put-back"         // the parcel goes back into its slot and to its sender
	NothingStored   Note = "erased"           // everything that the person stored is gone
	VoiceIsOff      Note = "voice-off"        // too many voices failed: off until another way has worked
	VoiceIsOld      Note = "voice-old"        // the voice was stored with another model: enrol it again
	KindsWithdrawn  Note = "withdrawn"        // what the person stored of View.Offers is gone, the rest stays

	NoNetwork        Note = "no-network"         // that needs the information system
	PhoneWrong       Note = "phone-wrong"        // that is no phone number
	WalkUpForbidden  Note = "walk-up-forbidden"  // the information system does not allow it here
	LabelUsed        Note = "label-used"         // a parcel has that number already
	RecipientRefuses Note = "recipient-refuses"  // wants no parcel in a locker
	NotAgreedYet     Note = "not-agreed-yet"     // the recipient was asked and has not agreed
	SayWhatIsInside  Note = "say-what-is-inside" // of a slot whose door is shut again
	TakeItOut        Note = "take-it-out"        // of View.Slot, which opens again: the parcel is not wanted any more
)

// Act is what a person does at the screen or keypad.
type Act string

// The acts.
const (
	ActPickUp   Act = "pickup"
	ActDropOff  Act = "dropoff"
	ActEnrol    Act = "enrol"
	ActBack     Act = "back" // leave what is going on
	ActMore     Act = "more-time"
	ActLanguage Act = "language" // Text: BCP 47, or nothing for the next one
	ActText     Act = "text"     // Text: large, normal, or nothing for the other one
	ActHelp     Act = "help"     // show whom to call, or no longer
	ActDigits   Act = "digits"   // Text: digits, complete
	// ActScan is a line that a scanner of barcodes or badges read: Text, 1 to 64 characters.
	ActScan     Act = "scan"
	ActTyping   Act = "typing"     // Text: how many digits so far, on the keypad
	ActPattern  Act = "pattern"    // Text: dots, for example "01258"
	ActWay      Act = "way"        // Text: a matcher.Kind
	ActChoose   Act = "choose"     // Text: a parcel id, whatever it is
	ActAll      Act = "choose-all" // every listed parcel that can be opened
	ActSize     Act = "size"       // Text: 1, 2 or 3
	ActSlot     Act = "slot"       // Text: the number of a free slot
	ActPhone    Act = "phone"      // announce a parcel by its recipient's phone number
	ActLook     Act = "look"       // Text: the number of a slot to look into
	ActInside   Act = "inside"     // the parcel of an unfinished deposit lies there
	ActTaken    Act = "taken"
	ActReopen   Act = "reopen" // Text: at the home screen and the last word the slot, one of View.Again
	ActNothing  Act = "nothing-inside"
	ActStuck    Act = "stuck"
	ActReturn   Act = "return" // the recipient refuses the parcel and puts it back
	ActLarger   Act = "larger"
	ActBroken   Act = "broken"   // slot is broken or dirty
	ActConsent  Act = "consent"  // to View.Kind
	ActErase    Act = "erase"    // what is marked of what the person stored; everything where nothing is
	ActWithdraw Act = "withdraw" // Text: a kind, marked to be erased, or no longer
	ActSkip     Act = "skip"
	ActOK       Act = "ok"
)

// Answer is one act at the screen. View is the number of the view that it answers; 0 answers whatever is
// shown (the keypad does not see the screen).
type Answer struct {
	View uint64
	Act  Act
	Text string
}
