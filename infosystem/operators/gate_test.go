package operators_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"lockerd/infosystem/database"
	"lockerd/infosystem/database/databasetest"
	"lockerd/infosystem/operators"
)

// TestStrangersKeepNobodyOut: wrong passwords slow down who tries them, and no operator who is known from elsewhere.
func TestStrangersKeepNobodyOut(t *testing.T) {
	var gate operators.Gate
	var password string
	now := time.Now()
	db := databasetest.Open(t)
	databasetest.Update(t, db, func(tx database.Tx) (err error) {
		password, err = operators.First(tx, now)
		return err
	})
	databasetest.Update(t, db, func(tx database.Tx) error {
		want := func(what, name, given, from string, want error) {
			t.Helper()
			if err := gate.Check(tx, name, given, from, now); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", what, err, want)
			}
		}
		want("the first sign-in", "operator", password, "desk", nil)
		for range 10 {
			want("a guess", "operator", "wrong", "stranger", operators.ErrSignIn)
		}
		want("the right password from where ten were wrong", "operator", password, "stranger", operators.ErrWait)
		want("somebody else's from there", "nobody", "x", "stranger", operators.ErrWait)
		want("the operator at a new place", "operator", password, "home", nil)
		for i := range 10 {
			want("a guess from many places", "operator", "wrong", fmt.Sprint("bot ", i), operators.ErrSignIn)
		}
		want("one more", "operator", password, "bot x", operators.ErrWait)
		for i := range 20 {
			want("a guess at names", fmt.Sprint("name ", i), "wrong", fmt.Sprint("net ", i), operators.ErrSignIn)
		}
		want("the forty-first", "name", "wrong", "net x", operators.ErrWait)
		want("the operator at the desk", "operator", password, "desk", nil)
		want("the operator at home", "operator", password, "home", nil)
		want("a name without end", strings.Repeat("a", 1000), "wrong", "desk", operators.ErrSignIn)
		now = now.Add(time.Minute + time.Second)
		want("a minute later", "operator", password, "stranger", nil)
		return nil
	})
}
