package lock

import (
	"context"
	"time"
)

// Bank is the current budget of locks on one power supply: one coil at a time, and a gap between pulses for
// the supply to recover.
type Bank struct {
	gap  time.Duration
	turn chan time.Time // holds the end of the last pulse while no coil is driven
}

// NewBank returns a bank with a gap between two pulses.
func NewBank(gap time.Duration) *Bank {
	b := &Bank{gap: gap, turn: make(chan time.Time, 1)}
	b.turn <- time.Time{}
	return b
}

// take waits for the turn and the gap.
func (b *Bank) take(ctx context.Context) error {
	select {
	case last := <-b.turn:
		if err := sleep(ctx, time.Until(last.Add(b.gap))); err != nil {
			b.turn <- last
			return err
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *Bank) giveBack() { b.turn <- time.Now() }

// sleep waits for d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
