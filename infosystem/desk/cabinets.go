package desk

import (
	"context"
	"fmt"
	"strings"
	"time"

	"lockerd/infosystem/cabinets"
	"lockerd/infosystem/commands"
	"lockerd/infosystem/database"
	"lockerd/infosystem/events"
	"lockerd/infosystem/staff"
	"lockerd/sync/wire"
)

// AddCabinet adds a cabinet, which then joins with a code.
func (d *Desk) AddCabinet(ctx context.Context, operator, id, name string) error {
	return d.do(ctx, operator, func(tx database.Tx, now time.Time) ([]string, events.Line, error) {
		return nil, events.Line{Cabinet: id, Detail: "added the cabinet"}, cabinets.Add(tx, id, name)
	})
}

// JoinCode makes a one-time code for a cabinet to join with.
func (d *Desk) JoinCode(ctx context.Context, operator, cabinet string) (code string, expires time.Time, err error) {
	err = d.do(ctx, operator, func(tx database.Tx, now time.Time) ([]string, events.Line, error) {
		code, expires, err = cabinets.NewJoinCode(tx, cabinet, d.JoinLasts, now)
		return nil, events.Line{Cabinet: cabinet, Detail: "made a join code"}, err
	})
	return code, expires, err
}

// Join takes a cabinet in that has a code.
func (d *Desk) Join(ctx context.Context, request wire.JoinRequest) (wire.JoinAnswer, error) {
	if request.Tenant != "" && request.Tenant != d.Tenant {
		return wire.JoinAnswer{}, fmt.Errorf("%w: the cabinet has joined another tenant's information system, this one's tenant is %s: move its state away to become a cabinet of this one",
			database.ErrConflict, d.Tenant)
	}
	answer := wire.JoinAnswer{
		Tenant: d.Tenant, Broker: d.Trust.Broker(), SystemKey: d.Trust.SystemKey, CommandKey: d.Trust.CommandKey(), SealKey: d.Trust.SealKey,
	}
	err := d.do(ctx, "", func(tx database.Tx, now time.Time) ([]string, events.Line, error) {
		id, password, err := cabinets.Join(tx, request, now)
		answer.Cabinet, answer.User, answer.Password = id, id, password
		return []string{id}, events.Line{Cabinet: id, What: events.Joined, Detail: fmt.Sprintf("%d slots", request.Slots)}, err
	})
	if err != nil {
		return wire.JoinAnswer{}, err
	}
	d.Joined()
	return answer, nil
}

// Set changes the settings of a cabinet.
func (d *Desk) Set(ctx context.Context, operator, cabinet string, s cabinets.Settings) error {
	s, err := s.Check()
	if err != nil {
		return err
	}
	return d.do(ctx, operator, func(tx database.Tx, now time.Time) ([]string, events.Line, error) {
		detail := fmt.Sprintf("settings: policy %q, codes %q, off %v, walk-up %v, consent %q", s.Policy, s.Codes, s.Off, s.WalkUp, s.Consent)
		err := cabinets.Set(tx, cabinet, s)
		if err == nil {
			err = d.arrivals().RuleChanged(tx, cabinet, now)
		}
		return []string{cabinet}, events.Line{Cabinet: cabinet, Detail: detail}, err
	})
}

// Order gives a cabinet a command: open a door or reboot, with a reason.
func (d *Desk) Order(ctx context.Context, o commands.Order) (commands.Command, error) {
	o.Reason = strings.Join(strings.Fields(o.Reason), " ")
	if o.Reason == "" || len(o.Reason) > 200 {
		return commands.Command{}, fmt.Errorf("%w: give a reason of at most 200 characters; it is kept with the command", database.ErrInvalid)
	}
	if o.Action == wire.ActionRecode {
		return d.SendAgain(ctx, o.Operator, o.Parcel)
	}
	if o.Action != wire.ActionOpen && o.Action != wire.ActionReboot {
		return commands.Command{}, fmt.Errorf("%w: there is no action %.20q: use open, recode or reboot", database.ErrInvalid, o.Action)
	}
	if o.Action == wire.ActionReboot {
		o.Slot = 0
	}
	o.Parcel = ""
	return d.Cabinets.Command(ctx, o)
}

// AddStaff adds a courier or technician and returns the secret, which is shown once.
func (d *Desk) AddStaff(ctx context.Context, operator string, m staff.Member, secret string) (shown string, err error) {
	err = d.do(ctx, operator, func(tx database.Tx, now time.Time) ([]string, events.Line, error) {
		if shown, err = staff.Add(tx, m, secret, now); err != nil {
			return nil, events.Line{}, err
		}
		all, err := everywhere(tx)
		return all, events.Line{Detail: "added " + string(m.Role) + " " + m.Number}, err
	})
	return shown, err
}

// RemoveStaff strikes a member of staff off at every cabinet.
func (d *Desk) RemoveStaff(ctx context.Context, operator, number string) error {
	return d.do(ctx, operator, func(tx database.Tx, now time.Time) ([]string, events.Line, error) {
		if err := staff.Remove(tx, number); err != nil {
			return nil, events.Line{}, err
		}
		all, err := everywhere(tx)
		return all, events.Line{Detail: "removed staff " + number}, err
	})
}

func everywhere(tx database.Tx) ([]string, error) {
	all, err := cabinets.List(tx)
	ids := make([]string, len(all))
	for i, c := range all {
		ids[i] = c.ID
	}
	return ids, err
}
