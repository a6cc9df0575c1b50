package desired

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"lockerd/infosystem/cabinets"
	"lockerd/infosystem/database"
	"lockerd/infosystem/invitations"
	"lockerd/infosystem/parcels"
	"lockerd/infosystem/people"
	"lockerd/infosystem/staff"
	"lockerd/infosystem/vault"
	"lockerd/sync/wire"
)

// body is a record before it is sealed.
type body struct {
	kind    wire.RecordKind
	id      string
	content any    // nil when it is damaged here
	fault   string // what is wrong with it, and what to do; otherwise empty
	person  string // whose verification information it is; otherwise empty
}

// damaged is the fault of what cannot be opened.
const damaged = "it is damaged: the person has to enrol or to be invited again"

// wanted works out, from people, parcels and the rest, what a cabinet should have, by key.
func wanted(tx database.Tx, box *vault.Box, c cabinets.Cabinet, now time.Time) (map[string]body, error) {
	want := map[string]body{}
	add := func(kind wire.RecordKind, id string, content any, fault string) {
		b := body{kind: kind, id: id, content: content, fault: fault}
		if v, ok := content.(wire.VerificationBody); ok {
			b.person = v.Recipient
		}
		want[wire.Record{Kind: kind, ID: id}.Key()] = b
	}
	off := make([]string, len(c.Settings.Off))
	for i, kind := range c.Settings.Off {
		off[i] = string(kind)
	}
	policy, fault := fitPolicy(c.Settings.Policy)
	add(wire.RecordSettings, "cabinet", wire.SettingsBody{Policy: policy, Codes: c.Settings.Codes, Off: off, WalkUp: c.Settings.WalkUp, Consent: c.Settings.Consent}, fault)

	members, err := staff.List(tx)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		add(wire.RecordStaff, m.Number, wire.StaffBody{Role: string(m.Role), Secret: m.Secret, OneTime: m.OneTime, Badge: m.Badge}, "")
	}
	recipients, err := addParcels(tx, c.ID, add)
	if err != nil {
		return nil, err
	}
	open, err := invitations.Open(tx, box, c.ID, now)
	if err != nil {
		return nil, err
	}
	for _, i := range open {
		if i.Code == "" {
			add(wire.RecordInvitation, i.ID, nil, damaged)
		} else {
			add(wire.RecordInvitation, i.ID, wire.InvitationBody{Recipient: i.Recipient, Code: i.Code, Expires: i.Expires.Unix()}, "")
		}
		recipients = append(recipients, i.Recipient)
	}
	slices.Sort(recipients)
	for _, id := range slices.Compact(recipients) {
		if err := addRecipient(tx, box, id, add); err != nil {
			return nil, fmt.Errorf("recipient %s: %w", id, err)
		}
	}
	return want, nil
}

// addParcels adds the live parcels of a cabinet and returns their recipients. One whose recipient was erased
// is left out: a cabinet where it lies all the same keeps it until staff take it back.
func addParcels(tx database.Tx, cabinet string, add func(wire.RecordKind, string, any, string)) (recipients []string, err error) {
	live, err := parcels.Live(tx, cabinet)
	if err != nil {
		return nil, err
	}
	for _, p := range live {
		if _, err := people.Get(tx, p.Recipient); errors.Is(err, database.ErrNotFound) {
			continue
		} else if err != nil {
			return nil, err
		}
		due := int64(0)
		if !p.Due.IsZero() {
			due = p.Due.Unix()
		}
		add(wire.RecordParcel, p.ID, wire.ParcelBody{Recipient: p.Recipient, Size: p.Size, Due: due, Recalled: p.RecallAsked, Consent: p.Consent}, "")
		recipients = append(recipients, p.Recipient)
	}
	return recipients, nil
}

func addRecipient(tx database.Tx, box *vault.Box, id string, add func(wire.RecordKind, string, any, string)) error {
	p, err := people.Get(tx, id)
	if err != nil {
		return err
	}
	policy, fault := fitPolicy(p.Policy)
	if people.CheckLanguage(p.Language) != nil {
		p.Language, fault = "", strings.TrimPrefix(fault+", and its language cannot be read and is left out: set it anew", ", and ")
	}
	add(wire.RecordRecipient, id, wire.RecipientBody{
		Name: p.Name, PhoneTail: p.PhoneTail(), Policy: policy, LowSlot: p.LowSlot, Language: p.Language,
	}, fault)
	verification, err := vault.Of(tx, box, id)
	if err != nil {
		return err
	}
	for _, v := range verification {
		if v.Damaged {
			add(wire.RecordVerification, v.ID, nil, damaged)
			continue
		}
		add(wire.RecordVerification, v.ID, wire.VerificationBody{
			Recipient: id, Kind: string(v.Kind), Label: v.Label, Data: v.Data, Character: v.Character,
		}, "")
	}
	return nil
}

// fitPolicy returns a policy, or none and the fault of it where it is one that an earlier version took and cabinets refuse:
// such a record would hold up all the others.
func fitPolicy(policy string) (fit, fault string) {
	fit, err := people.CheckPolicy(policy)
	if err != nil {
		return "", "its policy cannot be read and is left out: set it anew"
	}
	return fit, ""
}
