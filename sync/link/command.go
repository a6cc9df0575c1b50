package link

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"lockerd/controller"
	"lockerd/sync/wire"
)

// Bounds of a command, whatever its signature says.
const (
	maxTTL      = 2 * time.Minute  // a door that opens later than that surprises somebody
	maxAhead    = 10 * time.Second // the signer's estimate of this cabinet's uptime may be off by so much
	maxReason   = 200              // bytes
	ordersKnown = 256              // ids that are remembered against repetition, beside the store's
	hellosKnown = 8                // more than there are within a command's life
)

// order is a command on its way to the controller.
type order struct{ wire.Command }

// orders decides which commands are fresh and new. Freshness hangs on the nonce of a session since this program's start
// and on the clock that counts from boot, never on the wall clock. A command that was signed just before the connection
// was lost, or before the next hello arrived, is as fresh as it was: it opens nothing later than it would have.
type orders struct {
	refusals limiter

	mu    sync.Mutex
	met   []meeting // of the last hellos, newest last: nobody here knows which of them arrived
	known []string  // ids that were begun or refused, newest last
}

// meeting is what one hello promised: commands quote its nonce and count from its uptime.
type meeting struct {
	nonce  [16]byte
	uptime time.Duration
}

// meet adds a hello that was sent.
func (o *orders) meet(nonce [16]byte, uptime time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if slices.ContainsFunc(o.met, func(m meeting) bool { return m.nonce == nonce }) {
		return
	}
	o.met = append(o.met, meeting{nonce, uptime})
	o.met = o.met[max(0, len(o.met)-hellosKnown):]
}

// forget leaves no command fresh until the next hello.
func (o *orders) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.met = nil
}

// fresh returns an error that wraps controller.ErrStale unless c was signed for one of the sessions met and is in time at
// uptime now.
func (o *orders) fresh(c wire.Command, now time.Duration) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	at := slices.IndexFunc(o.met, func(m meeting) bool { return m.nonce == c.Nonce })
	if at < 0 {
		return fmt.Errorf("%w: it was signed for another session", controller.ErrStale)
	}
	signed, ttl := c.Uptime, c.TTL // milliseconds
	switch {
	case ttl <= 0 || ttl > maxTTL.Milliseconds():
		return fmt.Errorf("%w: its time to live is not within %v", controller.ErrStale, maxTTL)
	case signed < o.met[at].uptime.Milliseconds() || signed > (now+maxAhead).Milliseconds():
		return fmt.Errorf("%w: it was not signed in its session's time", controller.ErrStale)
	case now.Milliseconds()-signed >= ttl:
		return fmt.Errorf("%w: its time to live has passed", controller.ErrStale)
	}
	return nil
}

// first tells whether the id is new, and remembers it.
func (o *orders) first(id string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if slices.Contains(o.known, id) {
		return false
	}
	o.known = append(o.known, id)
	o.known = o.known[max(0, len(o.known)-ordersKnown):]
	return true
}

// onCommand verifies a command and queues it. One that comes again does nothing: its result is on its way
// in the journal, or was acknowledged already.
func (s *session) onCommand(m Message) {
	var c wire.Command
	if err := wire.Verify(s.who.Answer.CommandKey, m.Topic, m.Payload, &c); err != nil {
		s.bad(wire.TypeCommand, err)
		return
	}
	if err := wire.CheckID(c.ID); err != nil {
		s.bad(wire.TypeCommand, err)
		return
	}
	remembered, err := s.options.Memory.Remembered()
	if err != nil {
		s.trouble("cannot tell whether a command is new", err)
		return // it comes again
	}
	if slices.Contains(remembered.Commands, c.ID) || !s.orders.first(c.ID) {
		s.log.Info("command came again", "command", c.ID)
		return
	}
	err = checkCommand(c)
	if err == nil {
		err = s.timely(c)
	}
	if err != nil {
		s.refuse(c, err)
		return
	}
	select {
	case s.work <- order{c}:
	default:
		s.refuse(c, controller.ErrBusy)
	}
}

// checkCommand refuses what this program does not know how to carry out.
func checkCommand(c wire.Command) error {
	switch {
	case c.Action == wire.ActionOpen && c.Slot >= 1 && c.Parcel == "":
	case c.Action == wire.ActionOpen && c.Slot >= 1 && wire.CheckID(c.Parcel) == nil:
	case c.Action == wire.ActionRecode && c.Slot == 0 && wire.CheckID(c.Parcel) == nil:
	case c.Action == wire.ActionReboot && c.Slot == 0 && c.Parcel == "":
	default:
		return fmt.Errorf("there is no action %.20q with such a slot and parcel", c.Action)
	}
	if c.By == "" || !wire.PlainText(c.By, wire.MaxID) || c.Reason == "" || len(c.Reason) > maxReason {
		return fmt.Errorf("a command must name its operator and give a reason of at most %d bytes", maxReason)
	}
	return nil
}

func (l *Link) timely(c wire.Command) error {
	_, now := l.options.Boot()
	return l.orders.fresh(c, now)
}

// carryOut executes commands one after another, away from the session, so that a door does not hold up
// acknowledgements. What became stale while it waited is refused.
func (l *Link) carryOut(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case o := <-l.work:
			l.execute(ctx, o.Command)
		}
	}
}

func (l *Link) execute(ctx context.Context, c wire.Command) {
	if err := l.timely(c); err != nil {
		l.refuse(c, err)
		return
	}
	err := l.options.Assigner.Execute(ctx, controller.RemoteCommand{
		ID: c.ID, Action: string(c.Action), Slot: controller.Slot(c.Slot), Parcel: controller.ParcelID(c.Parcel),
		By: c.By, Reason: c.Reason,
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		l.log.Warn("command was not carried out", "command", c.ID, "err", err)
	}
	l.Poke()
}

// refuse journals that a command was not carried out, which tells the operator. Somebody who replays many
// old commands fills no journal.
func (l *Link) refuse(c wire.Command, reason error) {
	if _, ok := l.orders.refusals.allow(time.Now()); !ok {
		l.bad(wire.TypeCommand, reason)
		return
	}
	l.log.Warn("command refused", "command", c.ID, "reason", reason)
	l.note(controller.Entry{
		What: controller.CommandNot, Slot: controller.Slot(c.Slot), Parcel: controller.ParcelID(c.Parcel),
		Who: c.By, Command: c.ID, Detail: reason.Error(),
	})
}
