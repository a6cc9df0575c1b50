package lock_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/drivers/lock"
)

// A lost answer ends no wait for a door; a switch that gives none for long does, and so does a door without one.
func TestWaitOverSilence(t *testing.T) {
	for name, test := range map[string]struct {
		silence time.Duration // which begins after a second
		shut    time.Duration // when the door is shut, from the beginning of the wait
		ends    time.Duration
		want    error
	}{
		"no silence":            {0, 10 * time.Second, 10 * time.Second, nil},
		"one lost answer":       {lock.DefaultPulse, 10 * time.Second, 10 * time.Second, nil},
		"shut meanwhile":        {lock.Silence - time.Second, 2 * time.Second, lock.Silence, nil},
		"never again an answer": {time.Hour, 2 * time.Second, time.Second + lock.Silence, lock.ErrUnknown},
		"longer than ctx":       {0, time.Hour, time.Minute, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				l := waited(t, func() (bool, error) {
					since := time.Since(begin)
					if since > time.Second && since < time.Second+test.silence {
						return false, errors.New("silence")
					}
					return since >= test.shut, nil
				})
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				if err := l.WaitShut(ctx); !errors.Is(err, test.want) {
					t.Errorf("the wait ended with %v, want %v", err, test.want)
				}
				if took := time.Since(begin); took < test.ends || took > test.ends+100*time.Millisecond {
					t.Errorf("the wait ended after %v, want %v", took, test.ends)
				}
			})
		})
	}
	t.Run("no switch", func(t *testing.T) {
		l, err := lock.New(lock.Config{Relay: &relay{}})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(l.WaitShut(t.Context()), l.WaitOpen(t.Context())); !errors.Is(err, lock.ErrUnknown) {
			t.Errorf("a door without a switch is waited for: %v", err)
		}
	})
}

// A door of which nobody knows is not called jammed.
func TestSilenceIsNoJam(t *testing.T) {
	for name, silent := range map[string]bool{"silent": true, "shut": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := waited(t, func() (bool, error) {
					if silent {
						return false, errors.New("silence")
					}
					return true, nil
				})
				if err := l.Open(t.Context()); err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				err := l.WaitOpen(ctx)
				if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, lock.ErrUnknown) != silent || errors.Is(err, lock.ErrJammed) == silent {
					t.Errorf("%v", err)
				}
			})
		})
	}
}

// waited is the lock of a door that is read so.
func waited(t *testing.T, shut reading) *lock.Lock {
	t.Helper()
	l, err := lock.New(lock.Config{Relay: &relay{}, Door: shut})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// reading is a door that is read by a function.
type reading func() (bool, error)

func (r reading) Shut() (bool, error) { return r() }
