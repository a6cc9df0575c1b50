// Package wire holds what cabinet and information system say to each other: topics, messages, and their
// signed (COSE_Sign1, RFC 9052) and sealed (HPKE, RFC 9180) forms.
//
// Up, the cabinet says: hello (once a connection), events (its outbox, in order, until acknowledged),
// report (which desired state it has), fetch (send me a snapshot), announce (a courier brings a parcel that nobody
// assigned). Down, the information system says: welcome (answer to hello), ack (cumulative), delta and chunk
// (desired state by version), announced (answer to announce), command (signed by the signer, fresh, at most once).
package wire

// Type names a message; it is the last part of its topic.
type Type string

// The messages, by direction.
const (
	TypeHello     Type = "hello"     // up
	TypeEvents    Type = "events"    // up
	TypeReport    Type = "report"    // up
	TypeFetch     Type = "fetch"     // up
	TypeAnnounce  Type = "announce"  // up
	TypeWelcome   Type = "welcome"   // down
	TypeAck       Type = "ack"       // down
	TypeDelta     Type = "delta"     // down
	TypeChunk     Type = "chunk"     // down
	TypeAnnounced Type = "announced" // down
	TypeCommand   Type = "command"   // down, signed by the signer's key

	TypePresence Type = "presence" // status: retained, and the cabinet's last will
)

// Bounds of one message.
const (
	MaxPayload  = 128 << 10 // bytes, over MQTT
	MaxChunk    = 64 << 10  // bytes of records in one delta or chunk
	Window      = 32        // events in flight
	MaxEventsOf = 32        // events in one message
)

// Bounds of texts in records, in bytes. A cabinet refuses a longer one, and with it all of its desired state: so the
// information system takes none in.
const (
	MaxName     = 320 // of a person: 80 characters
	MaxLanguage = 35  // BCP 47
	MaxLabel    = 64  // of a first identification
)

// Hello is the cabinet's first message on every connection.
type Hello struct {
	Epoch    [16]byte `cbor:"1,keyasint"` // random, made with the cabinet's database
	Boot     string   `cbor:"2,keyasint"` // kernel's boot id
	Software string   `cbor:"3,keyasint"`
	Have     uint64   `cbor:"4,keyasint"` // version of desired state
	Root     [32]byte `cbor:"5,keyasint"`
	First    uint64   `cbor:"6,keyasint"` // journal: first and last line at hand, acknowledged or not; First > Last when there is none
	Last     uint64   `cbor:"7,keyasint"`
	Uptime   int64    `cbor:"8,keyasint"`  // milliseconds on CLOCK_BOOTTIME
	Wall     int64    `cbor:"9,keyasint"`  // Unix seconds
	Synced   bool     `cbor:"10,keyasint"` // the wall clock is disciplined
	Nonce    [16]byte `cbor:"11,keyasint"` // of this session; commands quote it
	Slots    int      `cbor:"12,keyasint"`
}

// Presence is a hint whether the cabinet is connected. The last will carries the boot id of the connection
// that it was made for, so that a late will of an earlier boot is told from news.
type Presence struct {
	Boot   string `cbor:"1,keyasint"`
	Online bool   `cbor:"2,keyasint"`
}

// Welcome answers a hello.
type Welcome struct {
	Nonce  [16]byte `cbor:"1,keyasint"` // of the hello
	Acked  uint64   `cbor:"2,keyasint"` // last event of this epoch that is committed there
	Latest uint64   `cbor:"3,keyasint"` // version of desired state
	Wall   int64    `cbor:"4,keyasint"` // Unix seconds
}

// Event is one journal line of the cabinet.
type Event struct {
	Seq     uint64   `cbor:"1,keyasint"`
	At      int64    `cbor:"2,keyasint"` // Unix milliseconds, the cabinet's wall clock
	What    string   `cbor:"3,keyasint"`
	Slot    int      `cbor:"4,keyasint,omitempty"`
	Parcel  string   `cbor:"5,keyasint,omitempty"`
	Who     string   `cbor:"6,keyasint,omitempty"` // opaque reference
	Kinds   []string `cbor:"7,keyasint,omitempty"`
	Detail  string   `cbor:"8,keyasint,omitempty"`
	Command string   `cbor:"9,keyasint,omitempty"`
	Sealed  []byte   `cbor:"10,keyasint,omitempty"` // CodeBody, EnrolmentBody or SecretBody, sealed to the information system
	Prev    [32]byte `cbor:"11,keyasint"`           // hash of the journal line before
}

// Events is a run of the outbox without gaps.
type Events struct {
	Epoch  [16]byte `cbor:"1,keyasint"`
	Events []Event  `cbor:"2,keyasint"`
}

// Ack says that all events up to Seq are committed at the information system.
type Ack struct {
	Epoch [16]byte `cbor:"1,keyasint"`
	Seq   uint64   `cbor:"2,keyasint"`
}

// RecordKind names what a record of desired state holds.
type RecordKind string

// The kinds of record and the body that each holds.
const (
	RecordRecipient    RecordKind = "recipient"    // RecipientBody
	RecordVerification RecordKind = "verification" // VerificationBody
	RecordParcel       RecordKind = "parcel"       // ParcelBody
	RecordStaff        RecordKind = "staff"        // StaffBody
	RecordInvitation   RecordKind = "invitation"   // InvitationBody
	RecordSettings     RecordKind = "settings"     // SettingsBody, id "cabinet"
)

// Record is one record of desired state. Sealed is the CBOR of its body, sealed to the cabinet's key with
// RecordInfo as info; the broker sees ids only. A record that is gone has none.
type Record struct {
	Kind   RecordKind `cbor:"1,keyasint"`
	ID     string     `cbor:"2,keyasint"`
	Sealed []byte     `cbor:"3,keyasint,omitempty"`
	Gone   bool       `cbor:"4,keyasint,omitempty"`
}

// Delta takes desired state From one version To another. It is applied only by a cabinet that has From.
type Delta struct {
	From    uint64   `cbor:"1,keyasint"`
	To      uint64   `cbor:"2,keyasint"`
	Records []Record `cbor:"3,keyasint"`
	Root    [32]byte `cbor:"4,keyasint"` // after it
}

// Chunk is part of a snapshot of all desired state. The cabinet applies a snapshot when it has every chunk.
type Chunk struct {
	Version uint64   `cbor:"1,keyasint"`
	Index   int      `cbor:"2,keyasint"` // from 0
	Count   int      `cbor:"3,keyasint"`
	Records []Record `cbor:"4,keyasint"`
	Root    [32]byte `cbor:"5,keyasint"`
}

// Fetch asks for the chunks of a snapshot, from Index on (so that a broken transfer goes on). Version 0
// means the newest.
type Fetch struct {
	Version uint64 `cbor:"1,keyasint"`
	Index   int    `cbor:"2,keyasint"`
}

// Report says which desired state the cabinet has: after every change and every 15 minutes.
type Report struct {
	Version uint64   `cbor:"1,keyasint"`
	Root    [32]byte `cbor:"2,keyasint"`
}

// Announce asks for a parcel that nobody assigned. It is repeated with the same ID until it is answered; one ID
// makes one parcel. Sealed is the CBOR of AnnounceBody, sealed to the information system with EventInfo of
// "announce" and the ID in hexadecimal digits: no topic, log or journal line holds the phone number.
type Announce struct {
	ID     [16]byte `cbor:"1,keyasint"` // random
	Sealed []byte   `cbor:"2,keyasint"`
}

// Announced answers an announce: with the parcel, which desired state brings, or why there is none.
type Announced struct {
	ID      [16]byte `cbor:"1,keyasint"` // of the announce
	Parcel  string   `cbor:"2,keyasint,omitempty"`
	Refusal Refusal  `cbor:"3,keyasint,omitempty"`
}

// Refusal says why a parcel that was announced is not made.
type Refusal string

// The refusals.
const (
	RefusedHere     Refusal = "here"     // not at this cabinet, or not by this courier
	RefusedPhone    Refusal = "phone"    // that is no phone number
	RefusedUnwanted Refusal = "unwanted" // the recipient wants no parcel in a locker
	RefusedLabel    Refusal = "label"    // a parcel has that number already, or it is none
	RefusedFull     Refusal = "full"     // as many parcels were announced as the cabinet has slots
)

// AnnounceBody is what a courier knows of a parcel that nobody assigned.
type AnnounceBody struct {
	Phone   string `cbor:"1,keyasint"`           // of the recipient, as typed
	Label   string `cbor:"2,keyasint,omitempty"` // the parcel's own number, where it was scanned
	Courier string `cbor:"3,keyasint"`           // staff number
}

// Action is what a command does.
type Action string

// The commands.
const (
	ActionOpen   Action = "open"   // open the door of Slot once
	ActionRecode Action = "recode" // issue a new code for Parcel, the old one is void
	ActionReboot Action = "reboot"
)

// Command is fresh while Nonce is that of one of the cabinet's last eight hellos since its program started and less than
// TTL has passed on the cabinet's CLOCK_BOOTTIME since Uptime, which counts from that hello's, so that no wall clock
// matters.
type Command struct {
	ID     string   `cbor:"1,keyasint"` // unique; a second arrival does nothing and repeats the result
	Action Action   `cbor:"2,keyasint"`
	Slot   int      `cbor:"3,keyasint,omitempty"`
	Parcel string   `cbor:"4,keyasint,omitempty"`
	Nonce  [16]byte `cbor:"5,keyasint"`
	Uptime int64    `cbor:"6,keyasint"` // milliseconds, the cabinet's estimated uptime when it was signed
	TTL    int64    `cbor:"7,keyasint"` // milliseconds
	By     string   `cbor:"8,keyasint"` // operator's id
	Reason string   `cbor:"9,keyasint"`
}

// RecipientBody is what a cabinet learns of a person.
type RecipientBody struct {
	Name      string `cbor:"1,keyasint"` // empty where only the phone number is known
	PhoneTail string `cbor:"2,keyasint"` // last four digits
	Policy    string `cbor:"3,keyasint,omitempty"`
	LowSlot   bool   `cbor:"4,keyasint,omitempty"`
	Language  string `cbor:"5,keyasint,omitempty"`
}

// VerificationBody is one first identification of a recipient.
type VerificationBody struct {
	Recipient string `cbor:"1,keyasint"`
	Kind      string `cbor:"2,keyasint"`
	Label     string `cbor:"3,keyasint,omitempty"`
	Data      []byte `cbor:"4,keyasint"`
	Character []byte `cbor:"5,keyasint,omitempty"` // fingerprint module's character file
}

// ParcelBody is the recipient information that comes with a parcel.
type ParcelBody struct {
	Recipient string `cbor:"1,keyasint"`
	Size      int    `cbor:"2,keyasint"`           // 1 small, 2 medium, 3 large, 0 when the courier says it
	Due       int64  `cbor:"3,keyasint,omitempty"` // Unix seconds
	Recalled  bool   `cbor:"4,keyasint,omitempty"`
	// Consent says whether the recipient agreed to the locker: "asked", "given", "said" by the courier, "refused".
	Consent string `cbor:"5,keyasint,omitempty"`
}

// StaffBody is a courier or technician; the record's id is the staff number.
type StaffBody struct {
	Role    string `cbor:"1,keyasint"`           // "courier" or "technician"
	Secret  []byte `cbor:"2,keyasint"`           // passcode matcher's template of the secret
	OneTime bool   `cbor:"3,keyasint,omitempty"` // must be changed at the first sign-in
	Badge   string `cbor:"4,keyasint,omitempty"` // what the person's badge says; the cabinet keeps only its MAC
}

// InvitationBody lets a recipient enrol once.
type InvitationBody struct {
	Recipient string `cbor:"1,keyasint"`
	Code      string `cbor:"2,keyasint"` // 8 digits; the cabinet keeps only its MAC
	Expires   int64  `cbor:"3,keyasint"` // Unix seconds
}

// SettingsBody is what the operator decides for a cabinet.
type SettingsBody struct {
	Policy string   `cbor:"1,keyasint,omitempty"`
	Codes  string   `cbor:"2,keyasint,omitempty"` // "unenrolled" or "everyone"
	Off    []string `cbor:"3,keyasint,omitempty"` // kinds switched off
	WalkUp bool     `cbor:"4,keyasint,omitempty"` // couriers may announce parcels
	// Consent says whose word is needed before a parcel is dropped off: "courier", "recipient", nobody's when empty.
	Consent string `cbor:"5,keyasint,omitempty"`
}

// CodeBody goes up sealed in a code-issued event: the information system has the code sent.
type CodeBody struct {
	Recipient string `cbor:"1,keyasint"`
	Parcel    string `cbor:"2,keyasint"`
	Slot      int    `cbor:"3,keyasint"`
	Code      string `cbor:"4,keyasint"`
}

// EnrolmentBody goes up sealed in an enrolled event.
type EnrolmentBody struct {
	Recipient  string             `cbor:"1,keyasint"`
	Invitation string             `cbor:"2,keyasint"`
	Consent    []string           `cbor:"3,keyasint"` // kinds, given before the capture
	Consented  int64              `cbor:"4,keyasint"` // Unix seconds
	IDs        []string           `cbor:"5,keyasint"` // of Records, in order
	Records    []VerificationBody `cbor:"6,keyasint"`
}

// SecretBody goes up sealed in a secret-changed event: what a member of staff chose in place of the old secret.
type SecretBody struct {
	Number string `cbor:"1,keyasint"`
	Old    []byte `cbor:"2,keyasint"` // as it was typed: it proves that the change is theirs
	Secret []byte `cbor:"3,keyasint"` // passcode matcher's template of the new one
}

// JoinRequest is POSTed as JSON to /api/v1/join of the information system with a one-time code. The cabinet
// made the keys itself; only their public halves travel. One that has joined says as whom: it joins anew with a code for
// itself alone.
type JoinRequest struct {
	Tenant   string `json:"tenant,omitempty"`  // as whom it has joined; both are empty where it has not
	Cabinet  string `json:"cabinet,omitempty"` // its id
	Code     string `json:"code"`
	SignKey  []byte `json:"sign_key"` // Ed25519 public key
	SealKey  []byte `json:"seal_key"` // HPKE X25519 public key
	Slots    int    `json:"slots"`
	Software string `json:"software"`
}

// JoinAnswer tells the cabinet who it is and whom to trust.
type JoinAnswer struct {
	Tenant     string `json:"tenant"`
	Cabinet    string `json:"cabinet"`
	Broker     string `json:"broker"`      // MQTT URL, tcp:// or ssl://
	User       string `json:"user"`        // MQTT user, the cabinet's id
	Password   string `json:"password"`    // MQTT password
	SystemKey  []byte `json:"system_key"`  // Ed25519: signs welcome, ack, delta, chunk
	CommandKey []byte `json:"command_key"` // Ed25519: signs commands
	SealKey    []byte `json:"seal_key"`    // HPKE: what goes up sealed
}
