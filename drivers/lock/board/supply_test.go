package board_test

import (
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/drivers/lock"
	"lockerd/drivers/lock/board"
)

// silence is a line on which nobody answers. It keeps when CU16 locks were unlocked.
type silence struct {
	mu   sync.Mutex
	end  time.Time
	sent []time.Time
}

func (p *silence) Read([]byte) (int, error) {
	p.mu.Lock()
	end := p.end
	p.mu.Unlock()
	time.Sleep(time.Until(end))
	return 0, os.ErrDeadlineExceeded
}

func (p *silence) Write(frame []byte) (int, error) {
	const unlock = 0x31
	p.mu.Lock()
	defer p.mu.Unlock()
	if frame[2] == unlock {
		p.sent = append(p.sent, time.Now())
	}
	return len(frame), nil
}

func (p *silence) SetDeadline(t time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end = t
	return nil
}

// A coil's share of the supply is given back when its pulse has ended, however long the line was busy before.
func TestSupplyWhileTheLineIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const pulse, gap = 500 * time.Millisecond, 200 * time.Millisecond
		line := &silence{}
		bus, bank := board.NewBus(line, board.Options{}), lock.NewBank(gap, 1)
		door := func(address, number int) *lock.Lock {
			b, err := board.NewCU16(bus, address, false)
			if err != nil {
				t.Fatal(err)
			}
			coil, err := board.NewLock(b, number)
			if err != nil {
				t.Fatal(err)
			}
			l, err := lock.New(lock.Config{Coil: coil, Door: coil, Pulse: pulse, Bank: bank})
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		one, two, dead := door(0, 1), door(0, 2), door(1, 1)
		var asking sync.WaitGroup
		asking.Go(func() { dead.Shut() }) // holds the line until its answer is given up
		time.Sleep(time.Millisecond)
		for _, l := range []*lock.Lock{one, two} {
			if err := l.Open(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		asking.Wait()
		if between := line.sent[1].Sub(line.sent[0]); between < pulse+gap {
			t.Errorf("the next coil is driven %v after the first, want %v", between, pulse+gap)
		}
	})
}
