package controller

import (
	"errors"
	"slices"

	"lockerd/matcher"
)

// enough tells whether what was shown satisfies the cabinet's policy and the recipient's own.
func (c *Controller) enough(cl *claim) bool {
	return cl.recipient != "" && satisfyAll(c.policies(cl), cl.kinds)
}

// policies returns what must be satisfied: the cabinet's policy without what is switched off, and the
// recipient's. A cabinet whose every alternative is switched off is satisfied by nothing.
func (c *Controller) policies(cl *claim) []Policy {
	force := c.inForce()
	cabinet := force.Policy.without(force.Off)
	if !c.parts.VoiceAlone {
		cabinet = cabinet.withoutVoiceAlone()
	}
	if len(cabinet) == 0 {
		cabinet = Policy{{impossible}}
	}
	recipient, err := c.parts.People.Recipient(cl.recipient)
	if errors.Is(err, ErrUnknown) || cl.recipient == "" {
		return []Policy{cabinet}
	}
	if err != nil {
		c.log.Error("cannot read a recipient's policy", "err", err)
		return []Policy{{{impossible}}}
	}
	own := recipient.Policy
	if len(own) > 0 {
		if own = own.without(force.Off); len(own) == 0 {
			own = Policy{{impossible}}
		}
	}
	return []Policy{cabinet, own}
}

// impossible is a kind that nobody can show.
const impossible matcher.Kind = "none"

// wanted lists the kinds that can still be shown and that lead on from what was shown already.
func (c *Controller) wanted(cl *claim) []matcher.Kind {
	var kinds []matcher.Kind
	policies := c.policies(cl)
	for _, kind := range matcher.Kinds {
		useful := slices.ContainsFunc(policies, func(p Policy) bool { return slices.Contains(p.next(cl.kinds), kind) })
		if useful && !slices.Contains(cl.kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	if c.voiceOff(cl) || cl.recipient != "" && c.isOutdated(cl.recipient, matcher.Voice) {
		kinds = slices.DeleteFunc(kinds, func(k matcher.Kind) bool { return k == matcher.Voice })
	}
	return c.offers(kinds)
}

// offers leaves of the kinds those that work now.
func (c *Controller) offers(kinds []matcher.Kind) []matcher.Kind {
	off := c.inForce().Off
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(kinds), func(k matcher.Kind) bool {
		_, known := c.matchers[k]
		return slices.Contains(off, k) || c.gone[k] || (k != matcher.Code && !known)
	})
}
