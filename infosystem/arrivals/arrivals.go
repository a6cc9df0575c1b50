// Package arrivals is about parcels that are about to come to a cabinet: operators assign them, and couriers may
// announce ones that nobody assigned, by the recipient's phone number. Both ways lead to the same: the recipient is
// judged, and asked for consent to the locker where the cabinet's rule wants that.
package arrivals

import (
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
	ask := person.Agreed == "" && cabinet.Settings.Consent != ""
	if p.Consent = person.Agreed; ask {
		p.Consent = parcels.ConsentAsked
	}
	if p, err = parcels.Assign(tx, p, now); err != nil || !ask {
		return p, err
	}
	text := notices.Text(notices.Consent, person.Language, notices.Details{Name: person.Name, Place: cabinet.Name})
	return p, notices.Queue(tx, a.Box, notices.Notice{
		Kind: notices.Consent, Recipient: person.ID, Parcel: p.ID, Cabinet: cabinet.ID, At: now,
		Message: notices.Message{Phone: person.Phone, Language: person.Language, Text: text},
	})
}
