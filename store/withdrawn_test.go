package store

import (
	"fmt"
	"testing"

	"lockerd/controller"
	"lockerd/matcher"
)

// TestWithdrawnIsBounded: of more withdrawals than are kept the oldest is forgotten.
func TestWithdrawnIsBounded(t *testing.T) {
	s := NewMemory()
	first := func(n int) controller.FirstIdentification {
		return controller.FirstIdentification{ID: fmt.Sprint("v-", n), Recipient: "r-ada", Identification: matcher.Identification{Kind: matcher.Passcode}}
	}
	for n := range keepWithdrawn + 2 {
		err := s.engine.update(func(tx kv) error {
			if err := s.appendEntries(tx, []controller.Entry{{What: controller.Withdrawn}}); err != nil {
				return err
			}
			if err := s.putFirsts(tx, []controller.FirstIdentification{first(n)}); err != nil {
				return err
			}
			return s.withdraw(tx, first(n).ID)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := s.engine.view(func(tx kv) error {
		if n := len(keysFrom(tx, bucketWithdrawn, nil)); n != keepWithdrawn {
			t.Errorf("%d withdrawals are kept, want %d", n, keepWithdrawn)
		}
		for n, want := range map[int]int{0: 1, 1: 1, 2: 0, keepWithdrawn + 1: 0} {
			if got := len(s.standing(tx, []controller.FirstIdentification{first(n)})); got != want {
				t.Errorf("of withdrawal %d %d records stand, want %d", n, got, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
