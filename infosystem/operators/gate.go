package operators

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"lockerd/infosystem/database"
	"lockerd/matcher/secret"
)

// How many wrong passwords a minute are looked at. What is refused without a look is not remembered, so these bound
// the memory, too.
const (
	mostFrom = 10 // from one address
	mostFor  = 20 // for one name, from addresses where it did not sign in before
	mostOf   = 40 // of all, from such addresses
	mostSeen = 64 // places remembered where operators signed in
)

// Gate checks passwords one at a time and not too often, so that guessing takes long and no memory. Who guesses keeps
// themselves out, and others who try the same name or come from the same address; an operator gets in from where
// they signed in before.
type Gate struct {
	mu    sync.Mutex
	tries []try   // failed ones of the last minute
	seen  []place // where operators signed in since the start, the latest last
}

// place is an operator's name and the address that somebody gives it from.
type place struct{ name, from string }

type try struct {
	place
	at time.Time
}

// nobodys is a template that no password fits.
var nobodys = sync.OnceValue(func() []byte { return secret.Hash(nil) })

// Check returns nil when the password is the operator's. from is the address that it comes from.
func (g *Gate) Check(tx database.Tx, name, password, from string, now time.Time) error {
	if len(name) > 100 {
		return ErrSignIn
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	here := place{name, from}
	if !g.open(here, now) {
		return ErrWait
	}
	var template []byte
	err := tx.QueryRow(`SELECT password FROM operators WHERE name = ?`, name).Scan(&template)
	known := !errors.Is(err, sql.ErrNoRows)
	if err != nil && known {
		return err
	}
	if !known {
		template = nobodys() // spend the same time
	}
	match, err := secret.Verify(template, []byte(password))
	if err != nil {
		return fmt.Errorf("cannot check a password: %w", err)
	}
	if !match || !known || password == "" {
		g.tries = append(g.tries, try{here, now})
		return ErrSignIn
	}
	g.remember(here)
	return nil
}

// open tells whether a password may be tried from there now.
func (g *Gate) open(here place, now time.Time) bool {
	g.tries = slices.DeleteFunc(g.tries, func(t try) bool { return now.Sub(t.at) > time.Minute })
	sameName, sameFrom := 0, 0
	for _, t := range g.tries {
		if t.name == here.name {
			sameName++
		}
		if t.from == here.from {
			sameFrom++
		}
	}
	if sameFrom >= mostFrom {
		return false
	}
	return slices.Contains(g.seen, here) || sameName < mostFor && len(g.tries) < mostOf
}

// remember takes note of where an operator signed in, in place of the oldest.
func (g *Gate) remember(here place) {
	g.seen = slices.DeleteFunc(g.seen, func(p place) bool { return p == here })
	if len(g.seen) == mostSeen {
		g.seen = g.seen[1:]
	}
	g.seen = append(g.seen, here)
}
