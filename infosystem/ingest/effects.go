package ingest

import (
	"fmt"
	"slices"
	"time"

	"lockerd/infosystem/cabinets"
	"lockerd/infosystem/database"
	"lockerd/infosystem/invitations"
	"lockerd/infosystem/notices"
	"lockerd/infosystem/parcels"
	"lockerd/infosystem/people"
	"lockerd/infosystem/staff"
	"lockerd/infosystem/vault"
	"lockerd/matcher"
	"lockerd/sync/wire"
)

// arrived tells a specific recipient of the parcel. Others get the code, which comes in an event of its
// own; where everyone gets one, that is notice enough.
func (in *Ingest) arrived(tx database.Tx, p parcels.Parcel, now time.Time) error {
	c, err := cabinets.Get(tx, p.Cabinet)
	if err != nil || !p.Specific || c.Settings.Codes == "everyone" {
		return err
	}
	return in.tell(tx, notices.Arrival, p.ID, p.Recipient, c, notices.Details{Slot: p.Slot}, now)
}

// over destroys what a parcel that has ended needs no more.
func (in *Ingest) over(tx database.Tx, p parcels.Parcel) error {
	return notices.ForgetParcel(tx, p.ID)
}

// code has a pickup code sent to the parcel's recipient.
func (in *Ingest) code(tx database.Tx, cabinet string, e wire.Event, now time.Time) error {
	var body wire.CodeBody
	if err := in.open(cabinet, e, e.Parcel, &body); err != nil {
		return err
	}
	p, err := parcels.Get(tx, e.Parcel)
	if err != nil {
		return err
	}
	if p.Cabinet != cabinet || body.Parcel != p.ID || body.Recipient != p.Recipient || p.Phase.Ended() {
		return fmt.Errorf("%w: the code is not for a parcel that lies in this cabinet", database.ErrConflict)
	}
	c, err := cabinets.Get(tx, cabinet)
	if err != nil {
		return err
	}
	return in.tell(tx, notices.Code, p.ID, p.Recipient, c, notices.Details{Slot: body.Slot, Code: body.Code}, now)
}

// enrolled stores the first identifications of a recipient in the vault, and the consent to them. What
// nobody consented to is refused.
func (in *Ingest) enrolled(tx database.Tx, cabinet string, e wire.Event, now time.Time) error {
	var body wire.EnrolmentBody
	if err := in.open(cabinet, e, e.Who, &body); err != nil {
		return err
	}
	if body.Recipient != e.Who || len(body.IDs) != len(body.Records) || len(body.Records) == 0 {
		return fmt.Errorf("%w: the enrolment does not fit together", database.ErrInvalid)
	}
	if err := invitations.Use(tx, body.Invitation, body.Recipient, cabinet, now); err != nil {
		return err
	}
	given := time.Unix(body.Consented, 0)
	for _, kind := range body.Consent {
		if err := people.Agree(tx, body.Recipient, matcher.Kind(kind), given); err != nil {
			return err
		}
	}
	for i, r := range body.Records {
		if r.Recipient != body.Recipient || !slices.Contains(body.Consent, r.Kind) {
			return fmt.Errorf("%w: the enrolment holds a %.20q that was not consented to", database.ErrInvalid, r.Kind)
		}
		err := vault.Put(tx, in.Box, vault.Verification{
			ID: body.IDs[i], Reference: r.Recipient, Kind: matcher.Kind(r.Kind), Stored: now,
			Content: vault.Content{Label: r.Label, Data: r.Data, Character: r.Character},
		})
		clear(r.Data)
		clear(r.Character)
		if err != nil {
			return err
		}
	}
	return nil
}

// erased destroys the verification information of somebody who had it erased at the cabinet, of some kinds
// or, without any, of all, by an invitation there: a cabinet's word alone erases nobody.
func (in *Ingest) erased(tx database.Tx, cabinet string, e wire.Event, kinds []string, now time.Time) error {
	if _, err := people.Get(tx, e.Who); err != nil {
		return err
	}
	if e.What == wire.EventWithdrawn && len(kinds) == 0 {
		return fmt.Errorf("%w: kinds were withdrawn, and none is named", database.ErrInvalid)
	}
	if err := invitations.Spend(tx, e.Who, cabinet, now); err != nil {
		return err
	}
	if len(kinds) == 0 {
		kinds = []string{""}
	}
	for _, kind := range kinds {
		if _, err := matcher.ParseKind(kind); err != nil && e.What == wire.EventWithdrawn {
			return fmt.Errorf("%w: %w", database.ErrInvalid, err)
		}
		if _, err := vault.Destroy(tx, e.Who, matcher.Kind(kind)); err != nil {
			return err
		}
		if err := people.Withdraw(tx, e.Who, matcher.Kind(kind), now); err != nil {
			return err
		}
	}
	return nil
}

// secret replaces the secret of a member of staff by the one that they chose at a cabinet. Who knew the old one
// may: a cabinet's word alone changes nothing, and of two cabinets the first one counts.
func (in *Ingest) secret(tx database.Tx, cabinet string, e wire.Event) error {
	var body wire.SecretBody
	if err := in.open(cabinet, e, e.Who, &body); err != nil {
		return err
	}
	defer clear(body.Old)
	if body.Number != e.Who {
		return fmt.Errorf("%w: the secret is another's", database.ErrInvalid)
	}
	return staff.ChangeSecret(tx, body.Number, body.Old, body.Secret)
}

// tell has a recipient told, once it is known that nothing at the cabinet came after: settle releases the notice.
func (in *Ingest) tell(tx database.Tx, kind notices.Kind, parcel, recipient string, c cabinets.Cabinet, d notices.Details, now time.Time) error {
	p, err := people.Get(tx, recipient)
	if err != nil {
		return err
	}
	d.Name, d.Place = p.Name, c.Name
	return notices.Queue(tx, in.Box, notices.Notice{
		Kind: kind, Recipient: recipient, Parcel: parcel, Cabinet: c.ID, At: now, State: notices.Held,
		Message: notices.Message{Phone: p.Phone, Language: p.Language, Text: notices.Text(kind, p.Language, d)},
	})
}

func (in *Ingest) open(cabinet string, e wire.Event, about string, body any) error {
	return in.Open(cabinet, e.What, about, e.Sealed, body)
}

// Open opens what a cabinet sealed for the information system, about something or somebody.
func (in *Ingest) Open(cabinet, what, about string, sealed []byte, body any) error {
	if len(sealed) == 0 {
		return fmt.Errorf("%w: the sealed part is missing", database.ErrInvalid)
	}
	info := wire.EventInfo(wire.Address{Tenant: in.Tenant, Cabinet: cabinet}, what, about)
	if err := wire.Open(in.OpenKey, info, sealed, body); err != nil {
		return fmt.Errorf("%w: %w", database.ErrInvalid, err)
	}
	return nil
}
