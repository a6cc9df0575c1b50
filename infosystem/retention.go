package infosystem

import (
	"context"
	"errors"
	"time"

	"lockerd/infosystem/arrivals"
	"lockerd/infosystem/database"
	"lockerd/infosystem/desk"
	"lockerd/infosystem/people"
	"lockerd/infosystem/vault"
)

// keepHouse destroys, at the start and then once a day, what is kept no longer. What was erased otherwise, also at a
// cabinet, is cleared away within a minute.
func (s *System) keepHouse(ctx context.Context) error {
	day, minute := time.NewTicker(24*time.Hour), time.NewTicker(time.Minute)
	defer day.Stop()
	defer minute.Stop()
	work := s.sweep
	for {
		if err := work(ctx, time.Now()); err != nil && ctx.Err() == nil {
			s.options.Log.Error("cannot destroy what is kept no longer", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-day.C:
			work = s.sweep
		case <-minute.C:
			work = func(ctx context.Context, _ time.Time) error { return database.Scrub(ctx, s.db) }
		}
	}
}

// sweep destroys what is older than the retention says. What cannot be cleared away yet, because somebody reads, holds
// nothing else up.
func (s *System) sweep(ctx context.Context, now time.Time) error {
	r := s.options.Retention
	before := func(days int) int64 { return now.AddDate(0, 0, -days).UnixMilli() }
	err := s.db.Update(ctx, func(tx database.Tx) error {
		if err := database.NoteErased(tx); err != nil { // also texts of notices that were taken since yesterday
			return err
		}
		if r.Events > 0 {
			if _, err := tx.Exec(`DELETE FROM events WHERE received < ?`, before(r.Events)); err != nil {
				return err
			}
			if _, err := tx.Exec(`DELETE FROM commands WHERE at < ?`, before(r.Events)); err != nil {
				return err
			}
		}
		if r.Parcels == 0 {
			return nil
		}
		if _, err := tx.Exec(`DELETE FROM notices WHERE at < ? AND state NOT IN ('held', 'queued')`, before(r.Parcels)); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM parcels WHERE phase IN ('collected', 'missing', 'returned') AND ended < ?`, before(r.Parcels)); err != nil {
			return err
		}
		if err := arrivals.Forget(tx); err != nil {
			return err
		}
		_, err := people.ForgetStrangers(tx)
		return err
	})
	errs := []error{err}
	if r.Unused > 0 {
		errs = append(errs, s.destroyUnused(ctx, now.AddDate(0, 0, -r.Unused)))
	}
	return errors.Join(append(errs, database.Scrub(ctx, s.db))...)
}

// destroyUnused destroys the verification information of people who used none of theirs since a time.
func (s *System) destroyUnused(ctx context.Context, since time.Time) error {
	var unused []string
	err := s.db.View(ctx, func(tx database.Tx) (err error) {
		unused, err = vault.Unused(tx, since)
		return err
	})
	errs := []error{err}
	for _, person := range unused {
		errs = append(errs, s.desk.Withdraw(ctx, desk.Retention, person, ""))
	}
	return errors.Join(errs...)
}
