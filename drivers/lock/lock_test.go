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

func TestOneCoilAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bank := lock.NewBank(200 * time.Millisecond)
		relays := []*relay{{}, {}, {}}
		var opening sync.WaitGroup
		for i := range relays {
			l, err := lock.New(lock.Config{Relay: relays[i], Bank: bank, Pulse: time.Second})
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
		slices.SortFunc(relays, func(a, b *relay) int { return a.times[1].Compare(b.times[1]) })
		for i := range 2 {
			if gap := relays[i+1].times[1].Sub(relays[i].times[2]); gap < 200*time.Millisecond {
				t.Errorf("gap of %v between two pulses", gap)
			}
		}
	})
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
