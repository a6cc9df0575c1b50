package desk

import (
	"context"
	"fmt"
	"time"

	"lockerd/infosystem/arrivals"
	"lockerd/infosystem/commands"
	"lockerd/infosystem/database"
	"lockerd/infosystem/events"
	"lockerd/infosystem/parcels"
	"lockerd/sync/wire"
)

// Assign says that a parcel for a person will come to a cabinet, and judges whether that person is
// specific. An empty id is filled in.
func (d *Desk) Assign(ctx context.Context, operator string, p parcels.Parcel) (parcels.Parcel, error) {
	err := d.do(ctx, operator, func(tx database.Tx, now time.Time) ([]string, events.Line, error) {
		var err error
		p, err = d.arrivals().Expect(tx, p, now)
		judged := "recipient is not specific"
		if p.Specific {
			judged = "recipient is specific"
		}
		return []string{p.Cabinet}, events.Line{Cabinet: p.Cabinet, Parcel: p.ID, Detail: "assigned; " + judged}, err
	})
	return p, err
}

// arrivals is what the desk asks about parcels that are about to come.
func (d *Desk) arrivals() arrivals.Arrivals { return arrivals.Arrivals{Box: d.Box, Region: d.Region} }

// Consent records what a recipient answered when they were asked whether a parcel may be put into the locker:
// parcels.ConsentGiven or parcels.ConsentRefused.
func (d *Desk) Consent(ctx context.Context, operator, id, consent string) (p parcels.Parcel, err error) {
	err = d.do(ctx, operator, func(tx database.Tx, now time.Time) ([]string, events.Line, error) {
		p, err = parcels.Answer(tx, id, consent)
		return []string{p.Cabinet}, events.Line{Cabinet: p.Cabinet, Parcel: id, Detail: "recipient's consent: " + consent}, err
	})
	return p, err
}

// Recall wants a parcel back: one that did not come yet is struck off, one that lies in its slot opens to
// staff only.
func (d *Desk) Recall(ctx context.Context, operator, id string) (p parcels.Parcel, err error) {
	err = d.do(ctx, operator, func(tx database.Tx, now time.Time) ([]string, events.Line, error) {
		p, err = parcels.AskBack(tx, id)
		return []string{p.Cabinet}, events.Line{Cabinet: p.Cabinet, Parcel: id, Detail: "recalled"}, err
	})
	return p, err
}

// SendAgain has the cabinet issue a new code for a parcel that lies in it; the old one is void.
func (d *Desk) SendAgain(ctx context.Context, operator, id string) (commands.Command, error) {
	var p parcels.Parcel
	err := d.DB.View(ctx, func(tx database.Tx) (err error) {
		p, err = parcels.Get(tx, id)
		return err
	})
	if err != nil {
		return commands.Command{}, err
	}
	if p.Phase != parcels.Stored {
		return commands.Command{}, fmt.Errorf("%w: parcel %s is %s: a code is sent only for one that lies in its slot", database.ErrConflict, id, p.Phase)
	}
	return d.Cabinets.Command(ctx, commands.Order{
		Cabinet: p.Cabinet, Action: wire.ActionRecode, Parcel: id, Operator: operator, Reason: "send the code again",
	})
}
