package controller

import (
	"errors"
	"fmt"
	"slices"

	"lockerd/matcher"
)

// direct are the kinds that need no phone digits first: a finger is searched among the few recipients with
// a parcel here, a code names its parcel.
var direct = []matcher.Kind{matcher.Fingerprint, matcher.Code}

// claim is what one person at the screen has shown so far.
type claim struct {
	tail      string         // the phone's last four digits, if they were asked
	way       matcher.Kind   // the kind that was chosen
	recipient RecipientID    // who it is, once something matched
	parcel    ParcelID       // whose code was given
	kinds     []matcher.Kind // that matched
}

// compare is the heart of the method: the second identification, of which sample is the capture, is
// compared with the first identifications of the recipients with a parcel here. The try is counted
// before. A match enlarges the claim; ErrNoMatch, a *WaitError and a *matcher.QualityError leave it.
func (c *Controller) compare(cl *claim, sample matcher.Sample) error {
	defer sample.Zero()
	if slices.Contains(c.inForce().Off, sample.Kind) {
		return ErrNoMatch
	}
	lying, err := c.candidates(cl)
	if err != nil {
		return err
	}
	if sample.Kind == matcher.Code {
		return c.compareCode(cl, lying, sample)
	}
	return c.compareFeatures(cl, lying, sample)
}

// candidates returns the stored parcels of the people whom the claim can be about.
func (c *Controller) candidates(cl *claim) ([]Parcel, error) {
	parcels, err := c.parts.Shelf.Parcels()
	if err != nil && len(parcels) == 0 {
		return nil, fmt.Errorf("cannot read what the cabinet holds: %w", err)
	}
	if err != nil { // one damaged record must not keep the others' owners out
		c.log.Error("a parcel's record cannot be read", "err", err)
	}
	return slices.DeleteFunc(parcels, func(p Parcel) bool {
		if p.Phase != Stored || (cl.recipient != "" && p.Recipient != cl.recipient) {
			return true
		}
		if cl.tail == "" {
			return false
		}
		r, err := c.parts.People.Recipient(p.Recipient)
		return err != nil || r.PhoneTail != cl.tail
	}), nil
}

// keys names what a try of this kind counts for.
func (c *Controller) keys(cl *claim, kind matcher.Kind, lying []Parcel) []string {
	var keys []string
	switch {
	case kind == matcher.Code:
		keys = append(keys, codeTries)
	case kind == matcher.Fingerprint && cl.tail == "" && cl.recipient == "":
		return []string{fingerTries}
	}
	if cl.tail != "" {
		keys = append(keys, c.tailKey(cl.tail))
	}
	if kind == matcher.Code {
		return keys // a code is not bound to a person
	}
	for _, p := range lying {
		if key := recipientKey(p.Recipient); !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// ownKeys names the counts of tries that were on this recipient alone, and so begin anew after a match. The phone digits
// are among them unless somebody else with a parcel here has the same: a match must not forgive guesses at the other.
func (c *Controller) ownKeys(cl *claim, id RecipientID) []string {
	own := []string{recipientKey(id)}
	if cl.tail != "" {
		sharing, err := c.candidates(&claim{tail: cl.tail})
		if err == nil && len(recipientsOf(sharing)) == 1 {
			own = append(own, c.tailKey(cl.tail))
		}
	}
	return append(own, voiceKeys(own)...)
}

func (c *Controller) compareCode(cl *claim, lying []Parcel, sample matcher.Sample) error {
	keys := c.keys(cl, matcher.Code, nil)
	before, err := c.attempt(keys...)
	if err != nil {
		return err
	}
	codes, err := c.parts.Shelf.Codes()
	if err != nil && len(codes) == 0 {
		return fmt.Errorf("cannot read the codes: %w", err)
	}
	if err != nil {
		c.log.Error("a code's record cannot be read", "err", err)
	}
	code := matching(codes, c.parts.MAC(codePurpose, sample.Bytes))
	if code != nil {
		for _, p := range lying {
			if p.ID == code.Parcel && p.Generation == code.Generation {
				cl.parcel = p.ID
				return c.matched(cl, p.Recipient, matcher.Code, before)
			}
		}
	}
	return c.refused(cl, matcher.Code)
}

func (c *Controller) compareFeatures(cl *claim, lying []Parcel, sample matcher.Sample) error {
	m, ok := c.matchers[sample.Kind]
	if !ok {
		return ErrNoMatch
	}
	keys := c.keys(cl, sample.Kind, lying)
	if _, wait := c.triesLeft(keys...); wait > 0 {
		return &WaitError{Wait: wait}
	}
	if sample.Kind == matcher.Voice {
		lying = keep(lying, func(p Parcel) bool { return c.failures(recipientKey(p.Recipient)) < voiceFailures })
		keys = append(keys, voiceKeys(keys)...)
	}
	var second matcher.Identification
	var unusable error
	if sample.Module == nil {
		second, unusable = m.Extract(sample)
		defer clear(second.Data)
	}
	if adviceOf(unusable) != "" {
		return unusable
	}
	attempts, err := c.toRemember(second)
	if err != nil {
		return err
	}
	before, err := c.attemptKept(attempts, keys...)
	if err != nil {
		return err
	}
	var best RecipientID
	switch {
	case unusable != nil:
	case sample.Module != nil:
		best = c.answered(lying, *sample.Module)
	default:
		best, unusable = c.nearest(m, lying, second)
	}
	if unusable != nil { // for example a recording that is played again
		c.log.Warn("a sample is refused", "kind", sample.Kind, "err", unusable)
		return c.failed(cl, sample.Kind)
	}
	if best == "" {
		return c.failed(cl, sample.Kind)
	}
	return c.matched(cl, best, sample.Kind, before, ofOwner(attempts, best)...)
}

// answered returns the recipient of a parcel whose first identification the sensor's module found, or "".
func (c *Controller) answered(lying []Parcel, answer matcher.ModuleAnswer) RecipientID {
	for _, id := range recipientsOf(lying) {
		for _, first := range c.firstIdentifications(id) {
			if answer.Found && first.ID == answer.First {
				return id
			}
		}
	}
	return ""
}

// nearest returns the recipient of a parcel whose first identification matches with the smallest
// estimated false-match rate, or "" when none matches. What repeats the enrolment of one of them is an error, whatever
// the others say: the same person's voiceprint of another day does not know the recording.
func (c *Controller) nearest(m matcher.Matcher, lying []Parcel, second matcher.Identification) (RecipientID, error) {
	var firsts []FirstIdentification
	var stored []matcher.Identification
	for _, id := range recipientsOf(lying) {
		for _, first := range c.firstIdentifications(id) {
			if first.Recipient = id; first.Kind == second.Kind {
				firsts, stored = append(firsts, first), append(stored, first.Identification)
			}
		}
	}
	var best RecipientID
	least, compared := 2.0, false
	for i, result := range matcher.CompareAll(m, stored, second) {
		first := firsts[i]
		if errors.Is(result.Err, matcher.ErrRepeated) {
			return "", result.Err
		}
		if result.Err != nil {
			c.log.Error("a first identification cannot be compared", "id", first.ID, "kind", first.Kind, "err", result.Err)
			continue
		}
		compared = true
		if result.Match && result.FMR < least {
			best, least = first.Recipient, result.FMR
		}
	}
	if !compared {
		c.decoy(m, second)
	}
	return best, nil
}

// usable tells what is wrong with a sample, and compares it with nothing.
func (c *Controller) usable(sample matcher.Sample) error {
	features, err := c.matchers[sample.Kind].Extract(sample)
	clear(features.Data)
	return err
}

func recipientsOf(parcels []Parcel) []RecipientID {
	var ids []RecipientID
	for _, p := range parcels {
		if !slices.Contains(ids, p.Recipient) {
			ids = append(ids, p.Recipient)
		}
	}
	return ids
}

// matched takes the try back, writes the journal and enlarges the claim.
func (c *Controller) matched(cl *claim, id RecipientID, kind matcher.Kind, before try, attempts ...Attempt) error {
	change := Change{Attempts: attempts, Entries: []Entry{{What: Matched, Who: string(id), Kinds: []matcher.Kind{kind}}}}
	c.forgive(&change, before, c.ownKeys(cl, id)...)
	if err := c.commit(change); err != nil {
		return fmt.Errorf("cannot record a match: %w", err)
	}
	cl.recipient = id
	cl.kinds = append(cl.kinds, kind)
	return nil
}

// refused writes the journal. It does not say whose identification it was not.
func (c *Controller) refused(cl *claim, kind matcher.Kind) error {
	c.note(Entry{What: Refused, Who: string(cl.recipient), Kinds: []matcher.Kind{kind}})
	return ErrNoMatch
}
