package exchange

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"lockerd/infosystem/cabinets"
	"lockerd/infosystem/database"
	"lockerd/infosystem/desired"
	"lockerd/infosystem/parcels"
	"lockerd/sync/wire"
)

// hello begins a session and answers it with a welcome and, where need be, desired state.
func (x *Exchange) hello(ctx context.Context, c cabinets.Cabinet, h wire.Hello) error {
	now := time.Now()
	if h.Have > 1<<60 {
		return fmt.Errorf("%w: the cabinet says it has version %d", database.ErrInvalid, h.Have)
	}
	var acked, latest uint64
	err := x.DB.Update(ctx, func(tx database.Tx) (err error) {
		if err := cabinets.Saw(tx, c.ID, h, now); err != nil {
			return err
		}
		if acked, err = x.Ingest.Hello(tx, c.ID, h, now); err != nil {
			return err
		}
		x.refresh(tx, c.ID, now)
		latest, err = desired.Overtake(tx, c.ID, h.Have)
		return err
	})
	if err != nil {
		return err
	}
	x.mu.Lock()
	x.sessions[c.ID] = &session{Meeting: cabinets.Meeting{Cabinet: c.ID, Boot: h.Boot, Nonce: h.Nonce, Uptime: h.Uptime, At: now, Have: h.Have}}
	x.mu.Unlock()
	x.Log.Info("cabinet connected", "cabinet", c.ID, "have", h.Have, "latest", latest, "acked", acked)
	if err := x.send(c.ID, wire.TypeWelcome, wire.Welcome{Nonce: h.Nonce, Acked: acked, Latest: latest, Wall: now.Unix()}); err != nil {
		return err
	}
	x.Changed()
	return x.compare(ctx, c.ID, h.Have, h.Root)
}

// events takes a run of events and acknowledges what is committed.
func (x *Exchange) events(ctx context.Context, c cabinets.Cabinet, m wire.Events) error {
	now := time.Now()
	var acked uint64
	var refreshed []string
	err := x.DB.Update(ctx, func(tx database.Tx) error {
		var concerned []string
		var err error
		if acked, concerned, err = x.Ingest.Events(tx, c.ID, m, now); err != nil {
			return err
		}
		concerned = append(concerned, c.ID)
		slices.Sort(concerned)
		refreshed = nil
		for _, cabinet := range slices.Compact(concerned) {
			if x.refresh(tx, cabinet, now) {
				refreshed = append(refreshed, cabinet)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	x.settle(m.Events)
	if err := x.send(c.ID, wire.TypeAck, wire.Ack{Epoch: m.Epoch, Seq: acked}); err != nil {
		return err
	}
	x.Changed()
	for _, cabinet := range refreshed {
		x.follow(ctx, cabinet)
	}
	return nil
}

// report notes which desired state the cabinet has and sends what it lacks.
func (x *Exchange) report(ctx context.Context, c cabinets.Cabinet, m wire.Report) error {
	now := time.Now()
	err := x.DB.Update(ctx, func(tx database.Tx) error {
		if err := cabinets.Has(tx, c.ID, m.Version, now); err != nil {
			return err
		}
		// What holds now: an operator may have changed it since this message was verified.
		current, err := cabinets.Get(tx, c.ID)
		if err != nil || m.Version != current.Version || m.Root != current.Root {
			return err
		}
		if err := desired.Forget(tx, c.ID, m.Version); err != nil {
			return err
		}
		ended, err := parcels.NeverCame(tx, c.ID, now)
		if err != nil || ended == 0 {
			return err
		}
		x.refresh(tx, c.ID, now)
		return nil
	})
	if err != nil {
		return err
	}
	x.mu.Lock()
	if s := x.sessions[c.ID]; s != nil {
		s.Have, s.sent, s.unheard, s.left = m.Version, 0, false, false
	}
	x.mu.Unlock()
	x.Changed()
	return x.compare(ctx, c.ID, m.Version, m.Root)
}

// refresh brings the cabinet's desired state along. Should that fail, events and sessions are not held up: the state stays
// as it is and the log says why.
func (x *Exchange) refresh(tx database.Tx, cabinet string, now time.Time) (changed bool) {
	err := tx.Attempt(func() (err error) {
		changed, err = x.Desired.Refresh(tx, cabinet, now)
		return err
	})
	if err != nil {
		x.Log.Error("cannot bring a cabinet's desired state along", "cabinet", cabinet, "err", err)
	}
	return changed && err == nil
}

// fetch sends a snapshot from the chunk that was asked for on. Of a version that is no more, the newest is
// sent from its beginning.
func (x *Exchange) fetch(ctx context.Context, c cabinets.Cabinet, m wire.Fetch) error {
	from := m.Index
	if from < 0 || m.Version != 0 && m.Version != c.Version {
		from = 0
	}
	return x.snapshot(ctx, c.ID, from)
}

// announce makes a parcel that a courier announced, answers, and sends what the cabinet needs for it. Nothing of
// what was sealed is in an error.
func (x *Exchange) announce(ctx context.Context, c cabinets.Cabinet, m wire.Announce) error {
	var body wire.AnnounceBody
	if err := x.Ingest.Open(c.ID, "announce", hex.EncodeToString(m.ID[:]), m.Sealed, &body); err != nil {
		return err
	}
	now := time.Now()
	var answer wire.Announced
	err := x.DB.Update(ctx, func(tx database.Tx) error {
		// What holds now: an operator may have changed it since this message was verified.
		current, err := cabinets.Joined(tx, c.ID)
		if err != nil {
			return err
		}
		if answer, err = x.Arrivals.Announce(tx, current, m.ID, body, now); err == nil {
			x.refresh(tx, c.ID, now)
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := x.send(c.ID, wire.TypeAnnounced, answer); err != nil {
		return err
	}
	x.Changed()
	x.follow(ctx, c.ID)
	return nil
}

// presence believes a last will only when it is of the boot that said hello. That a cabinet is back is nothing to act on:
// its hello follows, and a command that is signed before it may be for a program that is no more.
func (x *Exchange) presence(_ context.Context, c cabinets.Cabinet, m wire.Presence) error {
	x.mu.Lock()
	if s := x.sessions[c.ID]; s != nil && s.Boot == m.Boot {
		s.unheard = s.unheard && !m.Online
		s.left = s.left || !m.Online
	}
	x.mu.Unlock()
	x.Changed()
	return nil
}

// compare sends desired state to a cabinet that reported what it has: nothing when it is all there, a
// snapshot when it is of the newest version and yet another one.
func (x *Exchange) compare(ctx context.Context, cabinet string, version uint64, root [32]byte) error {
	var c cabinets.Cabinet
	err := x.DB.View(ctx, func(tx database.Tx) (err error) {
		c, err = cabinets.Get(tx, cabinet)
		return err
	})
	if err != nil {
		return err
	}
	if version == c.Version && root != c.Root {
		x.Log.Warn("a cabinet's desired state drifted; it gets a snapshot", "cabinet", cabinet, "version", version)
		return x.snapshot(ctx, cabinet, 0)
	}
	x.follow(ctx, cabinet)
	return nil
}

// follow sends a connected cabinet what it lacks, unless that is on its way.
func (x *Exchange) follow(ctx context.Context, cabinet string) {
	x.mu.Lock()
	s := x.sessions[cabinet]
	wait := s.offline() || s.sent != 0 && time.Since(s.sentAt) < patience
	have := uint64(0)
	if !wait {
		have = s.Have
	}
	x.mu.Unlock()
	if wait {
		return
	}
	if err := x.catchUp(ctx, cabinet, have); err != nil && ctx.Err() == nil {
		x.Log.Warn("cannot send desired state", "cabinet", cabinet, "err", err)
	}
}

func (x *Exchange) catchUp(ctx context.Context, cabinet string, have uint64) error {
	var d wire.Delta
	var fits bool
	err := x.DB.View(ctx, func(tx database.Tx) (err error) {
		d, fits, err = desired.Delta(tx, cabinet, have)
		return err
	})
	switch {
	case err != nil:
		return err
	case !fits:
		return x.snapshot(ctx, cabinet, 0)
	case d.From == d.To:
		return nil
	}
	x.underWay(cabinet, d.To)
	return x.send(cabinet, wire.TypeDelta, d)
}

func (x *Exchange) snapshot(ctx context.Context, cabinet string, from int) error {
	var chunks []wire.Chunk
	err := x.DB.View(ctx, func(tx database.Tx) (err error) {
		chunks, err = desired.Chunks(tx, cabinet)
		return err
	})
	if err != nil {
		return err
	}
	x.underWay(cabinet, chunks[0].Version)
	for _, chunk := range chunks[min(from, len(chunks)):] {
		if err := x.send(cabinet, wire.TypeChunk, chunk); err != nil {
			return err
		}
	}
	return nil
}

func (x *Exchange) underWay(cabinet string, version uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if s := x.sessions[cabinet]; s != nil {
		s.sent, s.sentAt = version, time.Now()
	}
}
