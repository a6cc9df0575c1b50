package wire

// Event.What, as far as the information system acts on it. The words are those of the cabinet's journal, which has
// more.
const (
	EventDeposited      = "deposited"
	EventCollected      = "collected"
	EventNothingInside  = "nothing-inside"
	EventRecalled       = "recalled"
	EventTakenBack      = "taken-back"
	EventConsentNoted   = "consent-noted"
	EventMatched        = "matched"
	EventCodeIssued     = "code-issued"    // Sealed is a CodeBody
	EventEnrolled       = "enrolled"       // Sealed is an EnrolmentBody
	EventSecretChanged  = "secret-changed" // Sealed is a SecretBody
	EventErased         = "erased"
	EventWithdrawn      = "withdrawn"
	EventSlotService    = "slot-service"
	EventCommandDone    = "command-done"
	EventCommandRefused = "command-refused"
)

// DoorEvents are those that tell how a door stands.
var DoorEvents = []string{"opening", "opened", "pulse-unseen", "jammed", "indeterminate", "door-shut", "left-open", "forced"}
