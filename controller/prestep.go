package controller

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"lockerd/matcher"
)

// codePurpose keeps the MAC of pickup codes apart from other uses of the device key.
const codePurpose = "pickup code"

// PreStep is the method's first step, taken when a parcel is put into its slot. By the recipient
// information that came with the parcel it judges whether the recipient is specific, that is, has stored
// identification. Specific: the first identification is read and made ready to be compared. Not specific,
// or with biometrics alone, which must not be the only way, or with nothing that the policies take, or when
// everyone gets one: a pickup code is issued and added to change, sealed for the information system, which has
// it sent.
func (c *Controller) PreStep(p Parcel, change *Change) error {
	if c.needsCode(p.Recipient) || c.inForce().Codes == CodesEveryone {
		return c.issueCode(p, change)
	}
	return nil
}

// needsCode tells whether a recipient has nothing beside biometrics, or cannot satisfy the policies with what can be
// compared now, save the kinds that are being withdrawn, and could with a code.
func (c *Controller) needsCode(id RecipientID, withdrawn ...matcher.Kind) bool {
	stored := keep(c.first(id), func(f FirstIdentification) bool { return !slices.Contains(withdrawn, f.Kind) })
	if !acceptable(stored) {
		return true
	}
	kinds := kindsOf(stored)
	cl := &claim{recipient: id}
	if r, err := c.parts.People.Recipient(id); err == nil {
		cl.tail = r.PhoneTail // under which strangers may have turned the voice off
	}
	if c.voiceOff(cl) {
		kinds = slices.DeleteFunc(kinds, func(k matcher.Kind) bool { return k == matcher.Voice })
	}
	policies := c.policies(cl)
	return !satisfyAll(policies, kinds) && satisfyAll(policies, append(kinds, matcher.Code))
}

// provideCodes adds a code to change for each of the parcels that lies here without one, since their recipient
// has lost the ways to it that are no biometric.
func (c *Controller) provideCodes(lying []Parcel, change *Change) error {
	codes, err := c.parts.Shelf.Codes()
	if err != nil {
		return fmt.Errorf("cannot read the codes: %w", err)
	}
	for _, p := range lying {
		if slices.ContainsFunc(codes, func(code Code) bool { return code.Parcel == p.ID && code.Generation == p.Generation }) {
			continue
		}
		if err := c.issueCode(p, change); err != nil {
			return err
		}
	}
	return nil
}

// nobodyShutOut issues codes for the parcels that lie here for people who are left with no other way, since what
// they had stored was withdrawn or is off. The caller holds the book.
func (c *Controller) nobodyShutOut() error {
	lying, err := c.candidates(&claim{})
	if err != nil {
		return err
	}
	var change Change
	lying = keep(lying, func(p Parcel) bool { return c.needsCode(p.Recipient) })
	if err := c.provideCodes(lying, &change); err != nil || len(change.Codes) == 0 {
		return err
	}
	return c.commit(change)
}

// issueCode adds a new code for the parcel to change.
func (c *Controller) issueCode(p Parcel, change *Change) error {
	live, err := c.parts.Shelf.Codes()
	if err != nil {
		return fmt.Errorf("cannot issue a code: %w", err)
	}
	digits, mac, err := c.freshCode(live)
	if err != nil {
		return fmt.Errorf("cannot issue a code: %w", err)
	}
	sealed, err := c.parts.Sealer.SealCode(p, digits)
	if err != nil {
		return fmt.Errorf("cannot issue a code: %w", err)
	}
	change.Codes = append(change.Codes, Code{Parcel: p.ID, Generation: p.Generation, MAC: mac})
	change.Entries = append(change.Entries, Entry{What: CodeIssued, Slot: p.Slot, Parcel: p.ID, Who: string(p.Recipient), Sealed: sealed})
	return nil
}

// freshCode draws eight digits that no live code has.
func (c *Controller) freshCode(live []Code) (digits string, mac []byte, err error) {
	for range 100 {
		n, err := rand.Int(rand.Reader, big.NewInt(1e8))
		if err != nil {
			return "", nil, err
		}
		digits = fmt.Sprintf("%08d", n)
		mac = c.parts.MAC(codePurpose, []byte(digits))
		if matching(live, mac) == nil {
			return digits, mac, nil
		}
	}
	return "", nil, errors.New("every code that was drawn is in use")
}

// matching returns the code with that MAC, or nil. It looks at every code, whatever it finds.
func matching(codes []Code, mac []byte) *Code {
	var found *Code
	for i := range codes {
		if subtle.ConstantTimeCompare(codes[i].MAC, mac) == 1 {
			found = &codes[i]
		}
	}
	return found
}

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

// first returns a recipient's first identifications, ready to be compared; none for one who stored none.
// Records that cannot be read are reported and left out: their owner has other ways, or gets a code.
func (c *Controller) first(id RecipientID) []FirstIdentification {
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
		for _, first := range c.first(id) {
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
