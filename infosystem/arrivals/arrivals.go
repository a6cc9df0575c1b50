// Package arrivals is about parcels that are about to come to a cabinet: operators assign them, and couriers may
// announce ones that nobody assigned, by the recipient's phone number. Both ways lead to the same: the recipient is
// judged, and asked for consent to the locker where the cabinet's rule wants that.
package arrivals

import (
	"errors"
	"time"

	"lockerd/infosystem/cabinets"
	"lockerd/infosystem/database"
	"lockerd/infosystem/notices"
	"lockerd/infosystem/parcels"
	"lockerd/infosystem/people"
	"lockerd/infosystem/vault"
)

// Arrivals knows what it takes to expect a parcel.
type Arrivals struct {
	Box    *vault.Box
	Region string // where phone numbers without a country code belong, ISO 3166
}

// Expect stores a parcel that will come to a cabinet. What its recipient said about lockers once for all holds for
// it; who said nothing is asked by a notice, where the cabinet's rule wants consent.
func (a Arrivals) Expect(tx database.Tx, p parcels.Parcel, now time.Time) (parcels.Parcel, error) {
	person, err := people.Get(tx, p.Recipient)
	if err != nil {
		return p, err
	}
	cabinet, err := cabinets.Joined(tx, p.Cabinet)
	if err != nil {
		return p, err
	}
	p.Consent = person.Agreed
	if p, err = parcels.Assign(tx, p, now); err != nil {
		return p, err
	}
	return a.ask(tx, p, person, cabinet, now)
}

// Agreed carries what a person says about lockers from now on to the parcels that are expected for them. Where they
// take back what they said, they are asked again as Expect does.
func (a Arrivals) Agreed(tx database.Tx, person people.Person, now time.Time) error {
	if err := parcels.SaidOnceForAll(tx, person.ID, person.Agreed); err != nil {
		return err
	}
	live, err := parcels.LiveOf(tx, person.ID)
	if err != nil {
		return err
	}
	return a.askEach(tx, live, now)
}

// RuleChanged asks the recipients of parcels that are expected at a cabinet, as Expect does, once its rule wants
// consent of which nothing is known.
func (a Arrivals) RuleChanged(tx database.Tx, cabinet string, now time.Time) error {
	live, err := parcels.Live(tx, cabinet)
	if err != nil {
		return err
	}
	return a.askEach(tx, live, now)
}

func (a Arrivals) askEach(tx database.Tx, live []parcels.Parcel, now time.Time) error {
	for _, p := range live {
		person, err := people.Get(tx, p.Recipient)
		if errors.Is(err, database.ErrNotFound) {
			continue // erased; the parcel waits for staff to take it back
		}
		if err != nil {
			return err
		}
		cabinet, err := cabinets.Get(tx, p.Cabinet)
		if err != nil {
			return err
		}
		if _, err := a.ask(tx, p, person, cabinet, now); err != nil {
			return err
		}
	}
	return nil
}

// ask asks the recipient of an expected parcel for consent where the cabinet's rule wants it and nothing is known.
func (a Arrivals) ask(tx database.Tx, p parcels.Parcel, person people.Person, cabinet cabinets.Cabinet, now time.Time) (parcels.Parcel, error) {
	if p.Phase != parcels.Expected || p.RecallAsked || p.Consent != "" || cabinet.Settings.Consent == "" {
		return p, nil
	}
	if err := parcels.Ask(tx, p.ID); err != nil {
		return p, err
	}
	p.Consent = parcels.ConsentAsked
	text := notices.Text(notices.Consent, person.Language, notices.Details{Name: person.Name, Place: cabinet.Name})
	return p, notices.Queue(tx, a.Box, notices.Notice{
		Kind: notices.Consent, Recipient: person.ID, Parcel: p.ID, Cabinet: cabinet.ID, At: now,
		Message: notices.Message{Phone: person.Phone, Language: person.Language, Text: text},
	})
}
