package controller

import (
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// Tries counts failed tries of one person ("recipient/…", "tail/…", "staff/…") or of the whole cabinet
// ("cabinet/codes", "cabinet/fingers", "cabinet/remote"). It is committed before anything is compared.
type Tries struct {
	Key   string
	Count int
	// Boot and Since place the last try on the clock that counts from boot (CLOCK_BOOTTIME), since a wall
	// clock can be wrong: the kernel's boot id and the time since that boot.
	Boot  string
	Since time.Duration
	Begun time.Duration // when the count began, on the same clock
}

// WaitError says how long nobody may try again. It is ErrWait.
type WaitError struct{ Wait time.Duration }

func (e *WaitError) Error() string {
	return fmt.Sprintf("too many tries, wait %v", e.Wait.Round(time.Second))
}

// Is makes errors.Is(err, ErrWait) true.
func (e *WaitError) Is(target error) bool { return target == ErrWait }

// The keys of tries that count for the cabinet as a whole. Nobody can lock others out with them: a wait is
// never longer than cabinetWait, and past their limit codes and fingers only ask for the phone's last four
// digits first, until their period ends.
const (
	cabinetPrefix = "cabinet/"

	codeTries   = cabinetPrefix + "codes"
	fingerTries = cabinetPrefix + "fingers"
	remoteTries = cabinetPrefix + "remote"

	cabinetWait   = 30 * time.Second
	wrongCodes    = 60 // a day
	unknownFinger = 20 // an hour

	forever time.Duration = math.MaxInt64
)

// fortnight is how long tries under phone digits count, longer than parcels lie: nobody who has the digits may ever
// come.
const fortnight = 14 * 24 * time.Hour

// period is how long a count lasts from its first try: a person's until a success, voices' until another way has
// worked, digits' a fortnight at most, codes' a day, remote openings' an hour, and unknown fingers' an hour, or a day
// once there were too many.
func (t Tries) period() time.Duration {
	switch {
	case strings.HasPrefix(t.Key, tailPrefix):
		return fortnight
	case t.Key == codeTries, t.Key == fingerTries && t.Count >= unknownFinger:
		return 24 * time.Hour
	case t.Key == fingerTries, t.Key == remoteTries:
		return time.Hour
	}
	return forever
}

// wait is the time that must pass after the n-th failed try: the schedule of Android's Gatekeeper.
func wait(n int) time.Duration {
	switch {
	case n == 0:
		return 0
	case n <= 10 && n%5 != 0:
		return 0
	case n < 30:
		return 30 * time.Second
	case n < 140:
		return 30 * time.Second << ((n - 30) / 10)
	}
	return 24 * time.Hour
}

// freeTries is how many more tries need no wait after n failed ones.
func freeTries(n int) int {
	for more := 1; more <= 5; more++ {
		if wait(n+more) > 0 {
			return more
		}
	}
	return 5
}

// at returns the tries as they count at this moment: none when their period has passed. After a reboot the
// time before it is unknown, so that waits begin anew with the boot.
func (t Tries) at(boot string, since time.Duration) Tries {
	if t.Boot != boot {
		t.Boot, t.Since, t.Begun = boot, 0, 0
	}
	if since-t.Begun >= t.period() {
		return Tries{Key: t.Key, Boot: boot, Since: since, Begun: since}
	}
	return t
}

// more counts one more try at this moment, of tries that at returned for it.
func (t Tries) more(since time.Duration) Tries {
	if t.Count == 0 {
		t.Begun = since
	}
	t.Count++
	t.Since = since
	return t
}

// left is how much of the wait after the last try remains.
func (t Tries) left(since time.Duration) time.Duration {
	if isVoiceKey(t.Key) {
		return 0
	}
	w := wait(t.Count)
	if strings.HasPrefix(t.Key, cabinetPrefix) {
		w = min(w, cabinetWait)
	}
	return max(0, t.Since+w-since)
}

// try is one counted try: what the counts were before it.
type try []Tries

// attempt counts one try under each key and commits it, before anything is compared. It returns a
// *WaitError, and counts nothing, when one of the keys must wait.
func (c *Controller) attempt(keys ...string) (try, error) { return c.attemptKept(nil, keys...) }

// attemptKept is attempt for one that is remembered, so that it is known again.
func (c *Controller) attemptKept(attempts []Attempt, keys ...string) (try, error) {
	c.guarding.Lock()
	defer c.guarding.Unlock()
	boot, since := c.parts.Boot()
	var before try
	var counted []Tries
	var longest time.Duration
	for _, key := range keys {
		t := c.tries(key).at(boot, since)
		before = append(before, t)
		longest = max(longest, t.left(since))
		counted = append(counted, t.more(since))
	}
	if longest > 0 {
		return nil, &WaitError{Wait: longest}
	}
	if err := c.commit(Change{Tries: counted, Attempts: attempts}); err != nil {
		return nil, fmt.Errorf("cannot count the try: %w", err)
	}
	c.counted(counted)
	return before, nil
}

// forgive takes a try back after a success: the counts under the person's own keys begin anew, and the others are as
// before the try, since what was tried on others stays counted. The caller commits the change with what the success
// brings.
func (c *Controller) forgive(change *Change, before try, own ...string) {
	c.guarding.Lock()
	defer c.guarding.Unlock()
	for _, t := range before {
		if slices.Contains(own, t.Key) {
			t.Count = 0
		}
		change.Tries = append(change.Tries, t)
	}
	c.counted(change.Tries)
}

func (c *Controller) counted(all []Tries) {
	for _, t := range all {
		c.counts[t.Key] = t
	}
}

// triesLeft returns how many tries under the keys need no wait, and the wait before the next one.
func (c *Controller) triesLeft(keys ...string) (int, time.Duration) {
	c.guarding.Lock()
	defer c.guarding.Unlock()
	boot, since := c.parts.Boot()
	left, longest := 5, time.Duration(0)
	for _, key := range keys {
		t := c.tries(key).at(boot, since)
		left = min(left, freeTries(t.Count))
		longest = max(longest, t.left(since))
	}
	return left, longest
}

// tailFirst tells whether codes or fingers (the key) ask for the phone's last four digits first.
func (c *Controller) tailFirst(key string) bool {
	c.guarding.Lock()
	defer c.guarding.Unlock()
	boot, since := c.parts.Boot()
	limit := wrongCodes
	if key == fingerTries {
		limit = unknownFinger
	}
	return c.tries(key).at(boot, since).Count >= limit
}

func (c *Controller) tries(key string) Tries {
	if t, ok := c.counts[key]; ok {
		return t
	}
	return Tries{Key: key}
}

const tailPrefix = "tail/"

// tailKey names the tries under four digits without giving the digits.
func (c *Controller) tailKey(tail string) string {
	return tailPrefix + hex.EncodeToString(c.parts.MAC("tail", []byte(tail))[:8])
}

const recipientPrefix = "recipient/"

func recipientKey(id RecipientID) string { return recipientPrefix + string(id) }

// TriesOf names the counts that are a recipient's own, which go when the recipient goes.
func TriesOf(id RecipientID) []string {
	return []string{recipientKey(id), voicePrefix + recipientKey(id)}
}

// forgetTries drops the counts of recipients who are gone, as the store did.
func (c *Controller) forgetTries(desired DesiredChange) {
	known := make(map[string]bool) // by key, of those who are mentioned
	for _, record := range desired.Records {
		known[record.Key] = !record.Gone
	}
	c.guarding.Lock()
	defer c.guarding.Unlock()
	maps.DeleteFunc(c.counts, func(key string, _ Tries) bool {
		whose := strings.TrimPrefix(key, voicePrefix)
		stays, mentioned := known[whose]
		return strings.HasPrefix(whose, recipientPrefix) && !stays && (mentioned || desired.Snapshot)
	})
}

// waitOf returns the wait that an error asks for, 0 for none.
func waitOf(err error) time.Duration {
	var w *WaitError
	if errors.As(err, &w) {
		return w.Wait
	}
	return 0
}
