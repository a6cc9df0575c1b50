package controller

import (
	"fmt"
	"slices"
)

// Consent says whether a recipient agreed that a parcel is put into a locker. Rules of several countries ask for
// it before the parcel is dropped off; what a rule asks for is the operator's setting.
type Consent string

// What is known of a recipient's consent.
const (
	ConsentUnknown Consent = ""
	ConsentAsked   Consent = "asked"   // by a notice, and there is no answer yet
	ConsentGiven   Consent = "given"   // by the recipient, for this parcel or once for all
	ConsentSaid    Consent = "said"    // the courier said that the recipient agreed
	ConsentRefused Consent = "refused" // the recipient wants no parcel in a locker
)

// Consents lists them all.
var Consents = []Consent{ConsentUnknown, ConsentAsked, ConsentGiven, ConsentSaid, ConsentRefused}

// ConsentRule says whose word is needed before a parcel is dropped off.
type ConsentRule string

// Whose word is needed.
const (
	ConsentOfNobody    ConsentRule = ""          // the operator settled it otherwise; a refusal counts all the same
	ConsentByCourier   ConsentRule = "courier"   // the courier's, who asked, where the recipient's is not known
	ConsentByRecipient ConsentRule = "recipient" // the recipient's own
)

// ConsentRules lists them all.
var ConsentRules = []ConsentRule{ConsentOfNobody, ConsentByCourier, ConsentByRecipient}

// detail is how a deposit's journal line tells of it.
func (c Consent) detail() string {
	if c == ConsentUnknown {
		return ""
	}
	return "consent: " + string(c)
}

// holds tells whether somebody agreed.
func (c Consent) holds() bool { return c == ConsentGiven || c == ConsentSaid }

// forbidden returns the sentence that says why a parcel must not be dropped off, or nothing.
func (c *Controller) forbidden(p Parcel) Note {
	switch {
	case p.Consent == ConsentRefused:
		return RecipientRefuses
	case c.inForce().Consent == ConsentByRecipient && p.Consent != ConsentGiven:
		return NotAgreedYet
	}
	return ""
}

// asksConsent tells whether the courier must say that the recipient agreed.
func (c *Controller) asksConsent(p Parcel) bool {
	return c.inForce().Consent == ConsentByCourier && !p.Consent.holds()
}

// agreed notes the courier's word that the recipient agreed.
func (c *Controller) agreed(id ParcelID, courier string) error {
	entry := Entry{What: ConsentNoted, Parcel: id, Who: courier, Detail: "the courier says that the recipient agreed"}
	if _, err := c.happen(id, consented{ConsentSaid}, Change{Entries: []Entry{entry}}); err != nil {
		return fmt.Errorf("cannot note the consent: %w", err)
	}
	return nil
}

// after is the consent that holds when the information system says now: a courier's word stands until the
// recipient gives theirs.
func (c Consent) after(now Consent) Consent {
	if c == ConsentSaid && slices.Contains([]Consent{ConsentUnknown, ConsentAsked}, now) {
		return c
	}
	return now
}
