package controller

import (
	"errors"
	"slices"

	"lockerd/matcher"
)

// makeReady decodes a recipient's first identifications, so that comparing is quick.
func (c *Controller) makeReady(id RecipientID, firsts []FirstIdentification) []FirstIdentification {
	var old []matcher.Kind
	ready := make([]FirstIdentification, 0, len(firsts))
	for _, first := range firsts {
		if p, ok := c.matchers[first.Kind].(matcher.Preparer); ok {
			prepared, err := p.Prepare(first.Identification)
			if errors.Is(err, matcher.ErrOutdated) {
				old = append(old, first.Kind)
				continue
			}
			if err != nil {
				c.log.Error("a first identification cannot be read", "id", first.ID, "kind", first.Kind, "err", err)
				continue
			}
			first.Identification = prepared
		}
		ready = append(ready, first)
	}
	usable := kindsOf(ready)
	c.outdated(id, slices.DeleteFunc(old, func(k matcher.Kind) bool { return slices.Contains(usable, k) }))
	return ready
}

// firstIdentifications returns a recipient's first identifications, ready to be compared; none for one who stored none.
// Records that cannot be read are reported and left out: their owner has other ways, or gets a code.
func (c *Controller) firstIdentifications(id RecipientID) []FirstIdentification {
	c.mu.Lock()
	ready, ok := c.gallery[id]
	edition := c.edition
	c.mu.Unlock()
	if ok {
		return ready
	}
	firsts, err := c.parts.People.FirstIdentifications(id)
	fault := err != nil && !errors.Is(err, ErrUnknown)
	if fault {
		c.log.Error("first identifications cannot be read", "recipient", id, "err", err)
	}
	ready = c.makeReady(id, firsts)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !fault && c.edition == edition { // nothing was changed or erased meanwhile
		c.gallery[id] = ready
	}
	return ready
}

// Present returns the first identifications of the recipients with a parcel here, for a fingerprint module
// that searches by itself.
func (c *Controller) Present(kind matcher.Kind) []FirstIdentification {
	parcels, err := c.candidates(&claim{})
	if err != nil {
		c.log.Error("recipients with a parcel here cannot be read", "err", err)
	}
	var firsts []FirstIdentification
	for _, id := range recipientsOf(parcels) {
		for _, first := range c.firstIdentifications(id) {
			if first.Kind == kind {
				firsts = append(firsts, first)
			}
		}
	}
	return firsts
}

// forget drops what was made ready of recipients who changed, or whose parcel is gone; it is read again
// where another one lies here.
func (c *Controller) forget(ids ...RecipientID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.edition++
	for _, id := range ids {
		delete(c.gallery, id)
		delete(c.old, id)
	}
}

// outdated remembers of which kinds a recipient has only what cannot be compared any more, and tells the journal
// once.
func (c *Controller) outdated(id RecipientID, kinds []matcher.Kind) {
	c.mu.Lock()
	var told []Entry
	for _, kind := range kinds {
		if !slices.Contains(c.told[id], kind) {
			c.told[id] = append(c.told[id], kind)
			told = append(told, Entry{What: Outdated, Who: string(id), Kinds: []matcher.Kind{kind}, Detail: "made with another model: enrol again"})
		}
	}
	if c.old[id] = kinds; len(kinds) == 0 {
		delete(c.old, id)
		delete(c.told, id)
	}
	c.mu.Unlock()
	c.note(told...)
}

// isOutdated tells whether all that the recipient stored of the kind was made with another model.
func (c *Controller) isOutdated(id RecipientID, kind matcher.Kind) bool {
	c.firstIdentifications(id)
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Contains(c.old[id], kind)
}

// stored lists the kinds that a recipient stored, whether they can be compared or not.
func (c *Controller) stored(id RecipientID) []matcher.Kind {
	usable := kindsOf(c.firstIdentifications(id))
	c.mu.Lock()
	defer c.mu.Unlock()
	return append(usable, c.old[id]...)
}

// Outdated counts the recipients with a parcel here who have to enrol a kind again.
func (c *Controller) Outdated(kind matcher.Kind) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, kinds := range c.old {
		if slices.Contains(kinds, kind) {
			n++
		}
	}
	return n
}

// acceptable tells whether enough was stored: a biometric is never the only way.
func acceptable(firsts []FirstIdentification) bool {
	return slices.ContainsFunc(firsts, func(f FirstIdentification) bool { return !f.Kind.Biometric() })
}

func kindsOf(firsts []FirstIdentification) []matcher.Kind {
	var kinds []matcher.Kind
	for _, f := range firsts {
		if !slices.Contains(kinds, f.Kind) {
			kinds = append(kinds, f.Kind)
		}
	}
	return kinds
}
