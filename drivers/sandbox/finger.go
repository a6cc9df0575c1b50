package sandbox

import (
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"strings"
	"sync"
	"time"

	"lockerd/drivers/fingerprint/fingerprinttest"
	"lockerd/matcher/fingerprint/synthetic"

	"periph.io/x/conn/v3/gpio"
)

// How long a finger stays on the glass when nobody lifts it.
const (
	afterImage  = 4 * time.Second  // after the module took the first image of it
	withoutLook = 30 * time.Second // when the module never looks
)

// hand lays fingers on the module.
type hand struct {
	cabinet *Cabinet
	real    *gallery // nil for made-up fingers

	mu     sync.Mutex
	grown  map[string]fingerprinttest.Finger
	counts map[string]uint64 // how often each finger was laid
	laid   *laidFinger       // nil for an empty glass
}

func newHand(c *Cabinet, folder string, counts map[string]uint64) (*hand, error) {
	h := &hand{cabinet: c, grown: map[string]fingerprinttest.Finger{}, counts: counts}
	if h.counts == nil {
		h.counts = map[string]uint64{}
	}
	if folder == "" {
		return h, nil
	}
	var err error
	h.real, err = openGallery(folder)
	return h, err
}

// laidFinger is a finger on the glass. It notes when the module looked.
type laidFinger struct {
	fingerprinttest.Finger
	hand *hand
	ends time.Time
	seen bool
}

// Impression returns an image, and notes that it was taken.
func (l *laidFinger) Impression(n uint64, width, height int) []byte {
	l.hand.mu.Lock()
	if !l.seen {
		l.seen, l.ends = true, time.Now().Add(afterImage)
	}
	l.hand.mu.Unlock()
	return l.Finger.Impression(n, width, height)
}

// lay puts a finger on the glass; each time it lies a little differently.
func (h *hand) lay(name, which string) error {
	key := name + " " + which
	finger, err := h.find(key)
	if err != nil {
		return err
	}
	h.mu.Lock()
	n := h.counts[key]
	h.counts[key]++
	h.laid = &laidFinger{Finger: finger, hand: h, ends: time.Now().Add(withoutLook)}
	h.cabinet.module.Put(h.laid, n)
	h.mu.Unlock()
	h.cabinet.change(func() { h.cabinet.finger = name + "'s " + which })
	return nil
}

// lift takes the finger away.
func (h *hand) lift() {
	h.mu.Lock()
	h.laid = nil
	h.cabinet.module.Lift()
	h.mu.Unlock()
	h.cabinet.change(func() { h.cabinet.finger = "" })
}

// wakeup is the module's touch line.
type wakeup struct {
	pinBase
	cabinet *Cabinet
}

// Read tells whether a finger lies on the glass.
func (w wakeup) Read() gpio.Level { return gpio.Level(!w.cabinet.module.Touched()) }

// WaitForEdge is not to be had: the module's driver reads the line now and then.
func (w wakeup) WaitForEdge(time.Duration) bool { return false }

// In does nothing: the line is an input.
func (w wakeup) In(gpio.Pull, gpio.Edge) error { return nil }

// Pull says that the line is pulled up.
func (w wakeup) Pull() gpio.Pull { return gpio.PullUp }

// DefaultPull says that the line is pulled up.
func (w wakeup) DefaultPull() gpio.Pull { return gpio.PullUp }

// run lifts fingers that nobody lifts, until ctx ends.
func (h *hand) run(ctx context.Context) {
	changes, leave := h.cabinet.changed.join()
	defer leave()
	for ctx.Err() == nil {
		h.mu.Lock()
		laid := h.laid != nil
		over := laid && time.Now().After(h.laid.ends)
		h.mu.Unlock()
		switch {
		case over:
			h.lift()
		case laid:
			pause(ctx, 200*time.Millisecond)
		default:
			select {
			case <-changes:
			case <-ctx.Done():
			}
		}
	}
}

// find returns a finger by its name, for example "ada right".
func (h *hand) find(key string) (fingerprinttest.Finger, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if f, ok := h.grown[key]; ok {
		return f, nil
	}
	var f fingerprinttest.Finger
	if h.real != nil {
		real, err := h.real.finger(key)
		if err != nil {
			return nil, err
		}
		f = real
	} else {
		grown := growFinger(key)
		grown.Impression(0, 1, 1) // grows it now: within GenImg a busy machine would be late with the answer
		f = grown
	}
	h.grown[key] = f
	return f, nil
}

func (h *hand) impressions() map[string]uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return maps.Clone(h.counts)
}

// grownFinger is a finger that nobody owns.
type grownFinger struct {
	*synthetic.Finger
	seed uint64
}

// Identity is the seed that the finger grew from.
func (g grownFinger) Identity() uint64 { return g.seed }

// growFinger grows the finger that belongs to a name: always the same.
func growFinger(key string) grownFinger {
	seed := seedOf(key)
	return grownFinger{synthetic.New(seed), seed}
}

func seedOf(key string) uint64 {
	hash := fnv.New64a()
	hash.Write([]byte(strings.ToLower(key)))
	return hash.Sum64()
}

// touchByTurns lays Ada's right finger on a module for two seconds, then lifts it for one, until ctx ends.
func touchByTurns(ctx context.Context, module *fingerprinttest.Module) {
	finger := growFinger("ada right")
	for n := uint64(0); ; n++ {
		module.Put(finger, n)
		if pause(ctx, 2*time.Second) != nil {
			return
		}
		module.Lift()
		if pause(ctx, time.Second) != nil {
			return
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// errNoFinger says which fingers there are.
func errNoFinger(key string, have []string) error {
	return fmt.Errorf("there is no finger %q: the folder has %s", key, strings.Join(have, ", "))
}
