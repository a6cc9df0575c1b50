package lock

import (
	"context"
	"time"
)

// Bank is the current budget of locks on one power supply: so many coils at a time, and a gap before the supply's
// share of one is used again, in which it recovers.
type Bank struct {
	gap  time.Duration
	turn chan time.Time // a share for each coil that is not driven: when its last pulse ended
}

// NewBank returns the bank of a supply that drives so many coils at a time, at least one.
func NewBank(gap time.Duration, coils int) *Bank {
	b := &Bank{gap: gap, turn: make(chan time.Time, max(1, coils))}
	for range cap(b.turn) {
		b.turn <- time.Time{}
	}
	return b
}

// take waits for a share and its gap.
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
