package controller

import (
	"fmt"

	"lockerd/matcher"
)

// decoySecrets are what the decoys are made of: any pattern and passcode.
var decoySecrets = map[matcher.Kind][]byte{matcher.Pattern: {0, 4, 5, 7, 6}, matcher.Passcode: []byte("271828")}

// makeDecoys enrols nobody, once for every kind that digits lead to.
func (c *Controller) makeDecoys() error {
	c.decoys = make(map[matcher.Kind]matcher.Identification)
	for kind, secret := range decoySecrets {
		m, ok := c.matchers[kind]
		if !ok {
			continue
		}
		samples := []matcher.Sample{{Kind: kind, Bytes: secret}, {Kind: kind, Bytes: secret}}
		decoy, err := m.Enrol(samples)
		if err != nil {
			return fmt.Errorf("cannot make a decoy of %s: %w", kind, err)
		}
		c.decoys[kind] = decoy
	}
	return nil
}

// decoy spends the time of one comparison, so that digits that belong to nobody take as long as others.
func (c *Controller) decoy(m matcher.Matcher, second matcher.Identification) {
	first, ok := c.decoys[m.Kind()]
	if !ok { // a kind that nobody can be made up for
		if others := c.Present(m.Kind()); len(others) > 0 {
			first, ok = others[0].Identification, true
		}
	}
	if ok {
		m.Compare(first, second) // the verdict is of no interest
	}
}
