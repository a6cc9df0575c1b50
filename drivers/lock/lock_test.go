package lock_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpiotest"

	"lockerd/drivers/lock"
)

// relay notes when its level changes, and fails when it is told to.
type relay struct {
	gpiotest.Pin
	mu     sync.Mutex
	levels []gpio.Level
	times  []time.Time
	fail   func(gpio.Level) error
}

func (r *relay) Out(l gpio.Level) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail != nil {
		if err := r.fail(l); err != nil {
			return err
		}
	}
	r.levels, r.times = append(r.levels, l), append(r.times, time.Now())
	return nil
}

func TestPulse(t *testing.T) {
	for _, activeLow := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			r := &relay{}
			l, err := lock.New(lock.Config{Relay: r, ActiveLow: activeLow, Pulse: 300 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			if err := l.Open(t.Context()); err != nil {
				t.Fatal(err)
			}
			on, off := gpio.Level(!activeLow), gpio.Level(activeLow)
			if want := []gpio.Level{off, on, off}; !slices.Equal(r.levels, want) {
				t.Fatalf("levels %v, want %v", r.levels, want)
			}
			if d := r.times[2].Sub(r.times[1]); d != 300*time.Millisecond {
				t.Errorf("pulse of %v", d)
			}
		})
	}
}

// A supply drives as many coils as it can and no more, one where nothing else is said; each share of it rests for the
// gap.
func TestCoilsAtATime(t *testing.T) {
	const gap, pulse = 200 * time.Millisecond, time.Second
	for coils, want := range map[int]time.Duration{0: 6*pulse + 5*gap, 1: 6*pulse + 5*gap, 2: 3*pulse + 2*gap, 6: pulse, 9: pulse} {
		synctest.Test(t, func(t *testing.T) {
			bank := lock.NewBank(gap, coils)
			relays := []*relay{{}, {}, {}, {}, {}, {}}
			begin := time.Now()
			var opening sync.WaitGroup
			for i := range relays {
				l, err := lock.New(lock.Config{Relay: relays[i], Bank: bank, Pulse: pulse})
				if err != nil {
					t.Fatal(err)
				}
				opening.Go(func() {
					if err := l.Open(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			opening.Wait()
			if took := time.Since(begin); took != want {
				t.Errorf("six doors, %d coils at a time: %v, want %v", coils, took, want)
			}
			for i, r := range relays {
				busy := 0 // coils that are on or rest at the moment when this one begins, itself included
				for _, other := range relays {
					if on, off := other.times[1], other.times[2]; !on.After(r.times[1]) && off.Add(gap).After(r.times[1]) {
						busy++
					}
				}
				if busy > max(1, coils) {
					t.Errorf("coil %d begins as number %d of at most %d", i, busy, coils)
				}
			}
		})
	}
}

func TestCoilIsOffWhateverHappens(t *testing.T) {
	last := func(r *relay) gpio.Level { return r.levels[len(r.levels)-1] }
	t.Run("cancelled", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := &relay{}
			l, _ := lock.New(lock.Config{Relay: r})
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			if err := l.Open(ctx); !errors.Is(err, context.DeadlineExceeded) || last(r) != gpio.Low {
				t.Errorf("%v, relay %v", err, last(r))
			}
		})
	})
	t.Run("relay fails to switch off twice", func(t *testing.T) {
		r := &relay{}
		l, _ := lock.New(lock.Config{Relay: r, Pulse: time.Millisecond})
		failures := 2
		r.fail = func(level gpio.Level) error {
			if level == gpio.Low && failures > 0 {
				failures--
				return errors.New("noise on the bus")
			}
			return nil
		}
		if err := l.Open(t.Context()); err != nil || last(r) != gpio.Low {
			t.Errorf("%v, relay %v", err, last(r))
		}
	})
	t.Run("relay panics", func(t *testing.T) {
		r := &relay{}
		l, _ := lock.New(lock.Config{Relay: r, Pulse: time.Millisecond})
		r.fail = func(level gpio.Level) error {
			if level == gpio.High {
				panic("driver")
			}
			return nil
		}
		func() {
			defer func() { _ = recover() }()
			l.Open(t.Context())
		}()
		if last(r) != gpio.Low || len(r.levels) != 2 {
			t.Errorf("levels %v", r.levels)
		}
	})
}

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		door := &gpiotest.Pin{}
		l, _ := lock.New(lock.Config{Relay: &relay{}, Switch: door})
		ctx, cancel := context.WithCancel(t.Context())
		var seen []bool
		var watching sync.WaitGroup
		watching.Go(func() { l.Watch(ctx, func(open bool) { seen = append(seen, open) }) })
		for _, level := range []gpio.Level{gpio.High, gpio.High, gpio.Low} {
			time.Sleep(time.Second)
			door.Out(level)
		}
		time.Sleep(time.Second)
		cancel()
		watching.Wait()
		if !slices.Equal(seen, []bool{false, true, false}) {
			t.Errorf("saw %v", seen)
		}
	})
}

func TestImpossibleLocks(t *testing.T) {
	for _, c := range []lock.Config{{}, {Relay: &relay{}, Pulse: time.Minute}, {Relay: &relay{}, Pulse: -1}} {
		if _, err := lock.New(c); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}
