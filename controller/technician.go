package controller

// What store and link tell a technician.

// Counts says how much is stored about people, without saying about whom.
type Counts struct {
	Recipients, Identifications, Staff, Invitations int
}

// Traces say what is stored of one recipient.
type Traces struct {
	Identifications int  // first identifications
	Key             bool // that opens them
	Copies          int  // of the reference under which they are stored, anywhere in the file, freed pages too
	Unscrubbed      bool // freed pages may still hold what was erased
	Recipient       bool // name and phone digits
	Parcels         int  // that are expected or lie here
	Journal         int  // lines that name the opaque reference
	Attempts        int  // that are remembered, so that a repetition of them is known again
	Tries           int  // that failed and are counted
}

// Stored tells whether there is verification information, or may be.
func (t Traces) Stored() bool {
	return t.Identifications > 0 || t.Attempts > 0 || t.Key || t.Copies > 0 || t.Unscrubbed
}

// PublicKey is a public key of the cabinet, or one that it trusts.
type PublicKey struct {
	Use         string
	Fingerprint string // SHA-256 of the key, hexadecimal in groups of four digits
}
