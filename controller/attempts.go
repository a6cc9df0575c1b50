package controller

import (
	"cmp"
	"fmt"
	"slices"

	"lockerd/matcher"
)

// Attempt is what is remembered of an attempt, so that a repetition of it is known again. It is no capture, and
// nobody can be recognised by it.
type Attempt struct {
	Place int    // where it is kept; a later one at the same place replaces it
	Order uint64 // grows with every attempt
	Kind  matcher.Kind
	Who   RecipientID // whose attempt it was, where it matched
	Data  []byte      // as the kind's matcher reads it
}

// KeptAttempts is how many attempts are remembered, over restarts, too.
const KeptAttempts = 256

// remember hands the matchers what earlier attempts left behind, so that a recording which is played again is
// refused after a restart as it was before.
func (c *Controller) remember(attempts []Attempt) {
	slices.SortFunc(attempts, func(a, b Attempt) int { return cmp.Compare(a.Order, b.Order) })
	for _, a := range attempts {
		c.attempted = max(c.attempted, a.Order)
		m, ok := c.matchers[a.Kind].(matcher.Rememberer)
		if !ok {
			continue
		}
		if err := m.Remember(a.Data); err != nil {
			c.log.Error("an earlier attempt cannot be remembered", "kind", a.Kind, "err", err)
		}
	}
}

// toRemember returns what the sample of second left behind, to be committed before it is compared; nothing for a
// kind whose samples are allowed to repeat.
func (c *Controller) toRemember(second matcher.Identification) ([]Attempt, error) {
	m, ok := c.matchers[second.Kind].(matcher.Rememberer)
	if !ok || len(second.Data) == 0 {
		return nil, nil
	}
	data, err := m.Trace(second)
	if err != nil {
		return nil, fmt.Errorf("cannot remember an attempt: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.attempted++
	return []Attempt{{Place: int(c.attempted % KeptAttempts), Order: c.attempted, Kind: second.Kind, Data: data}}, nil
}

// ofOwner names whose attempts they are, so that they are erased with what that person stored.
func ofOwner(attempts []Attempt, id RecipientID) []Attempt {
	owned := slices.Clone(attempts)
	for i := range owned {
		owned[i].Who = id
	}
	return owned
}
