package controller

import (
	"context"
	"slices"
	"strings"
	"time"

	"lockerd/matcher"
)

// A prompt is for one attempt and lives promptLife; then another one is asked for.
const promptLife = 15 * time.Second

// voiceFailures is how many failures in a row turn the voice off for a person.
const voiceFailures = 5

// voicePrefix begins the keys under which voices that failed are counted, per person and per phone digits. Nobody
// waits for them: the voice is off until another way has worked.
const voicePrefix = "voice/"

// expiring is a source that ends the wait for an answer to a prompt.
func expiring(life time.Duration) source {
	return func(ctx context.Context, _ uint64) (input, bool) {
		pause(ctx, life)
		return input{expired: true}, ctx.Err() == nil
	}
}

// voiceKeys are the keys under which a voice that fails is counted beside keys.
func voiceKeys(keys []string) []string {
	var own []string
	for _, key := range keys {
		own = append(own, voicePrefix+key)
	}
	return own
}

// voiceOff tells whether the voice is off for whom the claim is about. For digits that belong to nobody it goes
// off just the same.
func (c *Controller) voiceOff(cl *claim) bool {
	return cl.tail != "" && c.failures(c.tailKey(cl.tail)) >= voiceFailures ||
		cl.recipient != "" && c.failures(recipientKey(cl.recipient)) >= voiceFailures
}

// failures counts the voices that failed under a key.
func (c *Controller) failures(key string) int {
	c.guarding.Lock()
	defer c.guarding.Unlock()
	return c.tries(voicePrefix + key).at(c.parts.Boot()).Count
}

// failed refuses a sample. Where that turned a voice off, everybody who has no other way to a parcel gets a code.
func (c *Controller) failed(cl *claim, kind matcher.Kind) error {
	if kind == matcher.Voice && c.voiceOff(cl) {
		c.book.Lock()
		defer c.book.Unlock()
		if err := c.nobodyShutOut(); err != nil {
			c.log.Error("somebody whose voice is off may have no way to a parcel: send the code again", "err", err)
		}
	}
	return c.refused(cl, kind)
}

// voiceBack turns the voice on again for a person who has just shown who they are without it.
func (c *Controller) voiceBack(cl *claim) {
	if slices.Contains(cl.kinds, matcher.Voice) {
		return
	}
	keys := []string{recipientKey(cl.recipient)}
	if r, err := c.parts.People.Recipient(cl.recipient); err == nil {
		keys = append(keys, c.tailKey(r.PhoneTail))
	}
	keys = slices.DeleteFunc(keys, func(key string) bool { return c.failures(key) == 0 })
	var change Change
	for _, key := range voiceKeys(keys) {
		change.Tries = append(change.Tries, Tries{Key: key})
	}
	if len(change.Tries) == 0 {
		return
	}
	if err := c.commit(change); err != nil {
		c.log.Error("a voice stays off", "recipient", cl.recipient, "err", err)
		return
	}
	c.guarding.Lock()
	defer c.guarding.Unlock()
	c.counted(change.Tries)
}

// warnings are the journal lines about a voice that is enough alone: allowed by the cabinet's own setting, or asked
// for by a policy and not obeyed.
func (c *Controller) warnings(policy Policy) []Entry {
	var lines []Entry
	if c.parts.VoiceAlone {
		lines = append(lines, Entry{What: Warned, Detail: "voice.alone is on: a voice alone can open doors where the policy says so, and a voice can be recorded and imitated"})
	}
	if !c.parts.VoiceAlone && len(policy.withoutVoiceAlone()) < len(policy) {
		lines = append(lines, Entry{What: Warned, Detail: "the policy takes a voice alone for enough, which is not obeyed: voice.alone is off in the cabinet's settings"})
	}
	return lines
}

// isVoiceKey tells whether a key counts voices that failed.
func isVoiceKey(key string) bool { return strings.HasPrefix(key, voicePrefix) }
