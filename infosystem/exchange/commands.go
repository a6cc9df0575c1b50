package exchange

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lockerd/infosystem/cabinets"
	"lockerd/infosystem/commands"
	"lockerd/infosystem/database"
	"lockerd/infosystem/events"
	"lockerd/sync/wire"
)

// ErrOffline is returned for a command to a cabinet that is not connected. It is not kept for later: a door
// that opens by itself at a reconnect surprises somebody.
var ErrOffline = errors.New("the cabinet is not connected; nothing was opened or changed")

// ErrNotSent is returned for a command that the broker did not take. It is not sent later either.
var ErrNotSent = errors.New("the command could not be sent; nothing was opened or changed")

// pendingCommand is one that has no result yet.
type pendingCommand struct {
	sent    bool // once; what never was is not repeated
	topic   string
	payload []byte
	expires time.Time
}

// Command has an order signed and sends it until it has a result or ran out.
func (x *Exchange) Command(ctx context.Context, o commands.Order) (commands.Command, error) {
	address := wire.Address{Tenant: x.Tenant, Cabinet: o.Cabinet}
	nonce, uptime, err := x.freshness(o.Cabinet)
	if err != nil {
		return commands.Command{}, err
	}
	var c commands.Command
	err = x.DB.Update(ctx, func(tx database.Tx) error {
		cabinet, err := cabinets.Joined(tx, o.Cabinet)
		if err != nil {
			return err
		}
		if o.Action == wire.ActionOpen && (o.Slot < 1 || o.Slot > cabinet.Slots) {
			return fmt.Errorf("%w: cabinet %s has slots 1–%d, no slot %d", database.ErrNotFound, o.Cabinet, cabinet.Slots, o.Slot)
		}
		if c, err = commands.Begin(tx, o, time.Now()); err != nil {
			return err
		}
		return events.Note(tx, events.Line{
			Cabinet: o.Cabinet, What: events.Operator, Slot: o.Slot, Parcel: o.Parcel, Who: o.Operator,
			Detail: string(o.Action) + ": " + o.Reason, Command: c.ID,
		}, time.Now())
	})
	if err != nil {
		return c, err
	}
	payload, err := x.Signer.SignCommand(ctx, address, wire.Command{
		ID: c.ID, Action: o.Action, Slot: o.Slot, Parcel: o.Parcel, Nonce: nonce, Uptime: uptime,
		TTL: commands.Lives.Milliseconds(), By: o.Operator, Reason: o.Reason,
	})
	if err != nil {
		return c, errors.Join(err, x.unsent(ctx, c, "not signed"))
	}
	return c, x.sendCommand(ctx, c, address.Down(wire.TypeCommand), payload)
}

// sendCommand sends a signed command for the first time, and again from then on.
func (x *Exchange) sendCommand(ctx context.Context, c commands.Command, topic string, payload []byte) error {
	pending := pendingCommand{topic: topic, payload: payload, expires: c.Expires}
	x.mu.Lock()
	x.pending[c.ID] = pending // before it is sent, so that its result finds it
	x.mu.Unlock()
	failed := x.out.Publish(topic, payload)
	x.mu.Lock()
	_, unsettled := x.pending[c.ID]
	switch {
	case failed != nil:
		delete(x.pending, c.ID)
	case unsettled:
		pending.sent = true
		x.pending[c.ID] = pending
	}
	x.mu.Unlock()
	x.Changed()
	if failed == nil {
		return nil
	}
	x.Log.Warn("cannot send a command", "cabinet", c.Cabinet, "err", failed)
	return errors.Join(ErrNotSent, x.unsent(ctx, c, "not sent"))
}

// unsent ends a command that never left, also for an operator who did not wait.
func (x *Exchange) unsent(ctx context.Context, c commands.Command, why string) error {
	return x.DB.Update(context.WithoutCancel(ctx), func(tx database.Tx) error {
		return commands.End(tx, c.Cabinet, c.ID, commands.Refused, why)
	})
}

// freshness returns the nonce of the cabinet's session and an estimate of its uptime, in milliseconds.
func (x *Exchange) freshness(cabinet string) (nonce [16]byte, uptime int64, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.sessions[cabinet]
	if s.offline() {
		return nonce, 0, ErrOffline
	}
	return s.Nonce, s.Uptime + time.Since(s.At).Milliseconds(), nil
}

// repeatCommands sends again what has no result yet; a cabinet does each at most once.
func (x *Exchange) repeatCommands(now time.Time) {
	x.mu.Lock()
	var again []pendingCommand
	for id, p := range x.pending {
		if now.After(p.expires) {
			delete(x.pending, id)
			continue
		}
		if p.sent {
			again = append(again, p)
		}
	}
	x.mu.Unlock()
	for _, p := range again {
		if err := x.out.Publish(p.topic, p.payload); err != nil {
			x.Log.Warn("cannot send a command again", "err", err)
		}
	}
}

// settle forgets commands that have a result.
func (x *Exchange) settle(all []wire.Event) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, e := range all {
		if e.Command != "" && (e.What == wire.EventCommandDone || e.What == wire.EventCommandRefused) {
			delete(x.pending, e.Command)
		}
	}
}
