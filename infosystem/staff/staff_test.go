package staff_test

import (
	"errors"
	"testing"
	"time"

	"lockerd/infosystem/database"
	"lockerd/infosystem/database/databasetest"
	"lockerd/infosystem/staff"
)

// TestOneMeaning: no badge and no number means two members of staff.
func TestOneMeaning(t *testing.T) {
	db, now := databasetest.Open(t), time.UnixMilli(1_700_000_000_000)
	for _, step := range []struct {
		number, badge string
		want          error
	}{
		{"2001", "12345678", nil},
		{"2002", "", nil},
		{"2003", "", nil}, // to have no badge is to share none
		{"30000001", "", nil},
		{"12345678", "", database.ErrExists},
		{"12345678", "another-1", database.ErrExists},
		{"2004", "12345678", database.ErrExists},
		{"2004", "30000001", database.ErrExists},
		{"2002", "another-1", database.ErrExists},
		{"2004", "another-1", nil},
	} {
		err := db.Update(t.Context(), func(tx database.Tx) error {
			_, err := staff.Add(tx, staff.Member{Number: step.number, Role: staff.Courier, Badge: step.badge}, "314159", now)
			return err
		})
		if !errors.Is(err, step.want) {
			t.Errorf("number %s with badge %q: %v, want %v", step.number, step.badge, err, step.want)
		}
	}
}
