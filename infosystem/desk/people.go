package desk

import (
	"context"
	"fmt"
	"time"

	"lockerd/infosystem/cabinets"
	"lockerd/infosystem/database"
	"lockerd/infosystem/desired"
	"lockerd/infosystem/events"
	"lockerd/infosystem/invitations"
	"lockerd/infosystem/notices"
	"lockerd/infosystem/parcels"
	"lockerd/infosystem/people"
	"lockerd/infosystem/vault"
	"lockerd/matcher"
)

// AddPerson adds somebody who receives parcels.
func (d *Desk) AddPerson(ctx context.Context, operator string, details people.Details) (p people.Person, err error) {
	details, err = people.Check(details, d.Region)
	if err != nil {
		return p, err
	}
	err = d.do(ctx, operator, func(tx database.Tx, now time.Time) ([]string, events.Line, error) {
		p, err = people.Add(tx, details, now)
		return nil, events.Line{Detail: "added person " + p.ID}, err
	})
	return p, err
}

// ChangePerson replaces the identification information of a person.
func (d *Desk) ChangePerson(ctx context.Context, operator, id string, details people.Details) error {
	details, err := people.Check(details, d.Region)
	if err != nil {
		return err
	}
	return d.do(ctx, operator, func(tx database.Tx, now time.Time) ([]string, events.Line, error) {
		before, err := people.Get(tx, id)
		if err != nil {
			return nil, events.Line{}, err
		}
		if err := people.Change(tx, id, details); err != nil {
			return nil, events.Line{}, err
		}
		if details.Agreed != before.Agreed {
			after := people.Person{ID: id, Created: before.Created, Details: details}
			if err := d.arrivals().Agreed(tx, after, now); err != nil {
				return nil, events.Line{}, err
			}
		}
		holders, err := desired.Holders(tx, id)
		return holders, events.Line{Detail: "changed person " + id}, err
	})
}

// Withdraw ends consents and destroys the verification information to them: of one kind, or of every kind
// when kind is empty; then open invitations end, too.
func (d *Desk) Withdraw(ctx context.Context, operator, id string, kind matcher.Kind) error {
	if kind != "" {
		if _, err := matcher.ParseKind(string(kind)); err != nil {
			return fmt.Errorf("%w: %w", database.ErrInvalid, err)
		}
	}
	err := d.do(ctx, operator, func(tx database.Tx, now time.Time) ([]string, events.Line, error) {
		if _, err := people.Get(tx, id); err != nil {
			return nil, events.Line{}, err
		}
		holders, err := d.forget(tx, id, kind, now)
		return holders, events.Line{Detail: "destroyed verification information of " + id}, err
	})
	return d.scrub(ctx, err)
}

// RemovePerson erases a person: identification and verification information, consents, invitations and the
// texts of notices. Past events keep the opaque reference. A person with parcels under way is refused.
func (d *Desk) RemovePerson(ctx context.Context, operator, id string) error {
	err := d.do(ctx, operator, func(tx database.Tx, now time.Time) ([]string, events.Line, error) {
		live, err := parcels.LiveOf(tx, id)
		if err != nil {
			return nil, events.Line{}, err
		}
		if len(live) > 0 {
			return nil, events.Line{}, fmt.Errorf("%w: %d parcels of this person are under way: recall them and have them taken back first", database.ErrConflict, len(live))
		}
		holders, err := d.forget(tx, id, "", now)
		if err == nil {
			err = notices.ForgetPerson(tx, id)
		}
		if err == nil {
			err = people.Remove(tx, id)
		}
		return holders, events.Line{Detail: "erased person " + id}, err
	})
	return d.scrub(ctx, err)
}

func (d *Desk) forget(tx database.Tx, id string, kind matcher.Kind, now time.Time) ([]string, error) {
	holders, err := desired.Holders(tx, id)
	if err != nil {
		return nil, err
	}
	if _, err := vault.Destroy(tx, id, kind); err != nil {
		return nil, err
	}
	if kind == "" {
		if err := invitations.Revoke(tx, id, now); err != nil {
			return nil, err
		}
	}
	return holders, people.Withdraw(tx, id, kind, now)
}

// scrub has the database clear away what it keeps of rows that were erased. What it cannot do at once it does later.
func (d *Desk) scrub(ctx context.Context, err error) error {
	if err != nil {
		return err
	}
	if err := database.Scrub(ctx, d.DB); err != nil {
		d.Log.Warn("what was erased is not cleared away yet", "err", err)
	}
	return nil
}

// Invite lets a person enrol at a cabinet once and has the code for it sent.
func (d *Desk) Invite(ctx context.Context, operator, person, cabinet string) (i invitations.Invitation, err error) {
	err = d.do(ctx, operator, func(tx database.Tx, now time.Time) ([]string, events.Line, error) {
		p, err := people.Get(tx, person)
		if err != nil {
			return nil, events.Line{}, err
		}
		c, err := cabinets.Get(tx, cabinet)
		if err != nil {
			return nil, events.Line{}, err
		}
		if i, err = invitations.Add(tx, d.Box, person, cabinet, now); err != nil {
			return nil, events.Line{}, err
		}
		text := notices.Text(notices.Invitation, p.Language, notices.Details{Name: p.Name, Place: c.Name, Code: i.Code, Expires: i.Expires})
		err = notices.Queue(tx, d.Box, notices.Notice{
			Kind: notices.Invitation, Recipient: person, Cabinet: cabinet, At: now,
			Message: notices.Message{Phone: p.Phone, Language: p.Language, Text: text},
		})
		return []string{cabinet}, events.Line{Cabinet: cabinet, Detail: "invited " + person + " to enrol"}, err
	})
	return i, err
}
