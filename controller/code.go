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

// needsCode tells whether what a recipient stored leaves no way to a parcel, and a code would: nothing beside
// biometrics, which must not be the only way, or nothing that can be compared now and satisfies the policies. Kinds
// that are being withdrawn do not count.
func (c *Controller) needsCode(id RecipientID, withdrawn ...matcher.Kind) bool {
	stored := keep(c.firstIdentifications(id), func(f FirstIdentification) bool { return !slices.Contains(withdrawn, f.Kind) })
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

// provideCodes adds to change a code for each of the parcels that has none.
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

// nobodyShutOut issues codes for parcels that lie here whose recipients have no other way any more, because what they
// had stored was withdrawn or is off. The caller holds the book.
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

// freshCode draws a code that no live code equals.
func (c *Controller) freshCode(live []Code) (digits string, mac []byte, err error) {
	for range 100 {
		digits = eightDigits()
		mac = c.parts.MAC(codePurpose, []byte(digits))
		if matching(live, mac) == nil {
			return digits, mac, nil
		}
	}
	return "", nil, errors.New("every code that was drawn is in use")
}

// eightDigits draws the digits of a code, or of a prompt.
func eightDigits() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1e8))
	if err != nil {
		panic(err) // the kernel's random source never fails after boot
	}
	return fmt.Sprintf("%08d", n)
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
