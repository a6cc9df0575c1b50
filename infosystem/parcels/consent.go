package parcels

import (
	"fmt"

	"lockerd/infosystem/database"
)

// What is known of a recipient's consent to the locker. Nothing is known of it when it is empty.
const (
	ConsentAsked   = "asked"   // by a notice, and there is no answer yet
	ConsentGiven   = "given"   // by the recipient
	ConsentSaid    = "said"    // a courier said at the cabinet that the recipient agreed
	ConsentRefused = "refused" // the recipient wants no parcel in a locker
)

// Answer records what a recipient said about one parcel, ConsentGiven or ConsentRefused, before it was dropped off.
func Answer(tx database.Tx, id, consent string) (Parcel, error) {
	if consent != ConsentGiven && consent != ConsentRefused {
		return Parcel{}, fmt.Errorf("%w: consent is given or refused, not %.20q", database.ErrInvalid, consent)
	}
	p, err := Get(tx, id)
	if err != nil {
		return p, err
	}
	if p.Phase != Expected {
		return p, fmt.Errorf("%w: parcel %s is %s: consent is for one that is expected; recall one that lies in its slot", database.ErrConflict, id, p.Phase)
	}
	p.Consent = consent
	_, err = tx.Exec(`UPDATE parcels SET consent = ?, answered = 1 WHERE id = ?`, consent, id)
	return p, err
}

// Said records a courier's word at the cabinet. The recipient's own stands above it.
func Said(tx database.Tx, cabinet, id string) error {
	p, err := Get(tx, id)
	if err != nil || p.Consent == ConsentGiven || p.Consent == ConsentRefused {
		return err
	}
	if p.Cabinet != cabinet {
		return fmt.Errorf("%w: parcel %s belongs to cabinet %s", database.ErrConflict, id, p.Cabinet)
	}
	return setConsent(tx, id, ConsentSaid)
}

// SaidOnceForAll carries what a person says about lockers from now on, ConsentGiven, ConsentRefused or nothing, to
// the parcels that are expected for them. What they answered about one parcel stands; a courier's word gives way
// to theirs.
func SaidOnceForAll(tx database.Tx, recipient, consent string) error {
	_, err := tx.Exec(`UPDATE parcels SET consent = ? WHERE recipient = ? AND phase = ? AND answered = 0 AND (? <> '' OR consent NOT IN (?, ?))`,
		consent, recipient, string(Expected), consent, ConsentSaid, ConsentAsked)
	return err
}

// Ask records that the recipient of a parcel is asked.
func Ask(tx database.Tx, id string) error { return setConsent(tx, id, ConsentAsked) }

func setConsent(tx database.Tx, id, consent string) error {
	_, err := tx.Exec(`UPDATE parcels SET consent = ? WHERE id = ?`, consent, id)
	return err
}
