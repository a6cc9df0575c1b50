// Package ingest takes the events of cabinets. A run of events, what they change here and the mark up to
// which they are acknowledged are one transaction; each event counts once, by cabinet, epoch and sequence
// number. An event whose effect cannot be carried out is kept with the reason and holds nothing up.
package ingest

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"lockerd/infosystem/cabinets"
	"lockerd/infosystem/commands"
	"lockerd/infosystem/database"
	"lockerd/infosystem/desired"
	"lockerd/infosystem/events"
	"lockerd/infosystem/notices"
	"lockerd/infosystem/parcels"
	"lockerd/infosystem/vault"
	"lockerd/matcher"
	"lockerd/sync/wire"
)

// Ingest knows what it takes to carry out events.
type Ingest struct {
	Tenant  string
	Box     *vault.Box
	OpenKey []byte // HPKE private key: what goes up sealed
}

// Hello takes note of the cabinet's journal: a new epoch, and lines that are gone from it for good. It
// returns up to where the events of this epoch are committed.
func (in *Ingest) Hello(tx database.Tx, cabinet string, h wire.Hello, now time.Time) (acked uint64, err error) {
	acked, known, err := mark(tx, cabinet, h.Epoch)
	if err != nil {
		return 0, err
	}
	if !known {
		var before int
		if err := tx.QueryRow(`SELECT COUNT(*) FROM epochs WHERE cabinet = ?`, cabinet).Scan(&before); err != nil {
			return 0, err
		}
		if before > 0 {
			note := events.Line{Cabinet: cabinet, What: events.NewEpoch, Detail: fmt.Sprintf("its journal begins at %d", h.First)}
			if err := events.Note(tx, note, now); err != nil {
				return 0, err
			}
		}
	}
	if h.First <= h.Last && h.First > acked+1 {
		note := events.Line{Cabinet: cabinet, What: events.Gap, Detail: fmt.Sprintf("journal lines %d to %d never came and are gone", acked+1, h.First-1)}
		if err := events.Note(tx, note, now); err != nil {
			return 0, err
		}
		acked = h.First - 1
	}
	if err := setMark(tx, cabinet, h.Epoch, acked, now); err != nil {
		return 0, err
	}
	if _, err := tx.Exec(`UPDATE epochs SET journal_end = ? WHERE cabinet = ? AND epoch = ?`, int64(h.Last), cabinet, h.Epoch[:]); err != nil {
		return 0, err
	}
	return acked, settle(tx, cabinet, h.Epoch)
}

// Events stores what is new of a run and carries it out. It returns up to where the epoch is committed, and
// which other cabinets it concerns; events that came before are passed over, and so is everything behind a gap,
// which the cabinet will send again.
func (in *Ingest) Events(tx database.Tx, cabinet string, m wire.Events, now time.Time) (acked uint64, concerned []string, err error) {
	acked, known, err := mark(tx, cabinet, m.Epoch)
	if err != nil {
		return 0, nil, err
	}
	if !known {
		return 0, nil, fmt.Errorf("%w: events of an epoch that no hello announced", database.ErrConflict)
	}
	before := acked
	for _, e := range m.Events {
		if e.Seq <= acked {
			continue
		}
		if e.Seq != acked+1 {
			break
		}
		if err := in.take(tx, cabinet, m.Epoch, e, now); err != nil {
			return 0, nil, fmt.Errorf("cannot take event %d: %w", e.Seq, err)
		}
		others, err := concerns(tx, e)
		if err != nil {
			return 0, nil, err
		}
		concerned = append(concerned, others...)
		acked = e.Seq
	}
	if acked == before {
		return acked, nil, nil
	}
	if err := setMark(tx, cabinet, m.Epoch, acked, now); err != nil {
		return 0, nil, err
	}
	return acked, concerned, settle(tx, cabinet, m.Epoch)
}

// settle has people told of what happened at a cabinet when everything that its journal held at the hello is here.
// Before that, what a line says may be over: after an older copy of this database was put back, or a long time without
// a network, many runs come one after the other.
func settle(tx database.Tx, cabinet string, epoch [16]byte) error {
	var left int64
	err := tx.QueryRow(`SELECT journal_end - acked FROM epochs WHERE cabinet = ? AND epoch = ?`, cabinet, epoch[:]).Scan(&left)
	if err != nil || left > 0 {
		return err
	}
	return notices.Release(tx, cabinet)
}

// concerns returns the cabinets whose desired state an event may change: those that hold the person who stored
// or withdrew something, and all for a secret of staff.
func concerns(tx database.Tx, e wire.Event) ([]string, error) {
	switch e.What {
	case wire.EventEnrolled, wire.EventErased, wire.EventWithdrawn:
		return desired.Holders(tx, e.Who)
	case wire.EventSecretChanged:
		return database.Strings(tx, `SELECT id FROM cabinets WHERE joined > 0`)
	}
	return nil, nil
}

// take stores one event with its effect.
func (in *Ingest) take(tx database.Tx, cabinet string, epoch [16]byte, e wire.Event, now time.Time) error {
	line := events.FromWire(cabinet, epoch, e, now)
	failed := tx.Attempt(func() error { return in.effect(tx, cabinet, e, now) })
	if failed != nil {
		if !database.IsRefusal(failed) {
			return failed // a fault of this machine: nothing is acknowledged, the cabinet sends it again
		}
		line.Problem = failed.Error()
	}
	_, err := events.Append(tx, line)
	return err
}

// effect carries out what an event means here.
func (in *Ingest) effect(tx database.Tx, cabinet string, e wire.Event, now time.Time) error {
	at := time.UnixMilli(e.At)
	if err := cabinets.SlotHappened(tx, cabinet, e.What, e.Slot, e.Detail, at); err != nil {
		return err
	}
	switch e.What {
	case wire.EventDeposited, wire.EventCollected, wire.EventRecalled, wire.EventTakenBack, wire.EventNothingInside:
		return in.parcel(tx, cabinet, e, at, now)
	case wire.EventConsentNoted:
		return parcels.Said(tx, cabinet, e.Parcel)
	case wire.EventMatched:
		for _, kind := range e.Kinds {
			if err := vault.Used(tx, e.Who, matcher.Kind(kind), now); err != nil {
				return err
			}
		}
		return nil
	case wire.EventCodeIssued:
		return in.code(tx, cabinet, e, now)
	case wire.EventEnrolled:
		return in.enrolled(tx, cabinet, e, now)
	case wire.EventErased:
		return in.erased(tx, cabinet, e, nil, now)
	case wire.EventWithdrawn:
		return in.erased(tx, cabinet, e, e.Kinds, now)
	case wire.EventSecretChanged:
		return in.secret(tx, cabinet, e)
	case wire.EventCommandDone:
		return commands.End(tx, cabinet, e.Command, commands.Done, e.Detail)
	case wire.EventCommandRefused:
		return commands.End(tx, cabinet, e.Command, commands.Refused, e.Detail)
	}
	return nil
}

func (in *Ingest) parcel(tx database.Tx, cabinet string, e wire.Event, at, now time.Time) error {
	p, err := parcels.Happened(tx, cabinet, e.Parcel, e.What, e.Slot, at, now)
	if err != nil {
		return err
	}
	if p.Phase.Ended() {
		return in.over(tx, p)
	}
	if e.What == wire.EventDeposited {
		return in.arrived(tx, p, now)
	}
	return nil
}

func mark(tx database.Tx, cabinet string, epoch [16]byte) (acked uint64, known bool, err error) {
	var n int64
	err = tx.QueryRow(`SELECT acked FROM epochs WHERE cabinet = ? AND epoch = ?`, cabinet, epoch[:]).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return uint64(n), err == nil, err
}

func setMark(tx database.Tx, cabinet string, epoch [16]byte, acked uint64, now time.Time) error {
	_, err := tx.Exec(`INSERT INTO epochs (cabinet, epoch, acked, begun) VALUES (?, ?, ?, ?)
		ON CONFLICT (cabinet, epoch) DO UPDATE SET acked = excluded.acked`, cabinet, epoch[:], int64(acked), now.UnixMilli())
	return err
}
