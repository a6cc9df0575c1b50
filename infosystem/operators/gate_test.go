package operators

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"lockerd/infosystem/database"
	"lockerd/infosystem/database/databasetest"
)

// TestGate: a right password is remembered with its place, a wrong one counts, and what waits is not looked at.
func TestGate(t *testing.T) {
	var gate Gate
	now := time.Now()
	databasetest.Update(t, databasetest.Open(t), func(tx database.Tx) error {
		password, err := First(tx, now)
		if err != nil {
			return err
		}
		want := func(what, name, given, from string, want error) {
			t.Helper()
			if err := gate.Check(tx, name, given, from, now); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", what, err, want)
			}
		}
		want("the right password", "operator", password, "desk", nil)
		want("a wrong one", "operator", "wrong", "stranger", ErrSignIn)
		want("a name that nobody has", "nobody", "", "stranger", ErrSignIn)
		want("a name without end", strings.Repeat("a", 1000), "wrong", "stranger", ErrSignIn)
		if len(gate.tries) != 2 || len(gate.seen) != 1 || gate.seen[0] != (place{"operator", "desk"}) {
			t.Errorf("tries %v, seen %v", gate.tries, gate.seen)
		}
		for range mostFrom {
			gate.tries = append(gate.tries, try{place{"operator", "stranger"}, now})
		}
		want("the right password from where ten were wrong", "operator", password, "stranger", ErrWait)
		return nil
	})
}

// TestStrangersKeepNobodyOut: wrong passwords slow down who tries them, and no operator who is known from elsewhere.
func TestStrangersKeepNobodyOut(t *testing.T) {
	now := time.Now()
	desk := place{"ada", "desk"}
	for name, test := range map[string]struct {
		tries        func(i int) place
		n            int
		known, other bool // whether Ada gets in at her desk, and at a place where she never was
	}{
		"from one place":             {func(int) place { return place{"ada", "stranger"} }, mostFrom, true, true},
		"at her desk":                {func(int) place { return desk }, mostFrom, false, true},
		"for her name":               {func(i int) place { return place{"ada", fmt.Sprint(i)} }, mostFor, true, false},
		"not so many for her name":   {func(i int) place { return place{"ada", fmt.Sprint(i)} }, mostFor - 1, true, true},
		"for names from everywhere":  {func(i int) place { return place{fmt.Sprint(i), fmt.Sprint(i)} }, mostOf, true, false},
		"not so many for many names": {func(i int) place { return place{fmt.Sprint(i), fmt.Sprint(i)} }, mostOf - 1, true, true},
	} {
		gate := Gate{seen: []place{desk}}
		for i := range test.n {
			gate.tries = append(gate.tries, try{test.tries(i), now})
		}
		if got := gate.open(desk, now); got != test.known {
			t.Errorf("guesses %s: Ada at her desk gets in: %v, want %v", name, got, test.known)
		}
		if got := gate.open(place{"ada", "home"}, now); got != test.other {
			t.Errorf("guesses %s: Ada at home gets in: %v, want %v", name, got, test.other)
		}
		if later := now.Add(time.Minute + time.Second); !gate.open(place{"ada", "home"}, later) || len(gate.tries) != 0 {
			t.Errorf("guesses %s are remembered for longer than a minute", name)
		}
	}
}

func TestPlacesAreBounded(t *testing.T) {
	var gate Gate
	for i := range 2 * mostSeen {
		gate.remember(place{"ada", "desk"})
		gate.remember(place{"ada", fmt.Sprint(i)})
	}
	if len(gate.seen) != mostSeen || gate.seen[0].from != fmt.Sprint(mostSeen+1) {
		t.Errorf("%d places, the oldest is %v", len(gate.seen), gate.seen[0])
	}
}
