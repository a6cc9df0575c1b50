package link

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/controller"
	"lockerd/sync/wire"
)

// Over a network that loses, doubles and cuts, every event takes effect once and in order.
func TestEventsArriveOnceInOrder(t *testing.T) {
	dialled := 0
	for seed := range uint64(20) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			joined(t, func(t *testing.T, s *shelf, c *cloud) {
				c.random = rand.New(rand.NewPCG(seed, 1))
				l := start(t, c.options(s))
				for i := range 200 {
					if err := s.Commit(controller.Change{Entries: []controller.Entry{
						{What: controller.Opened, At: time.Now(), Slot: controller.Slot(i + 1)},
					}}); err != nil {
						t.Fatal(err)
					}
					l.Poke()
					after(500 * time.Millisecond)
				}
				for deadline := time.Now().Add(24 * time.Hour); l.Status().Backlog > 0; after(time.Second) {
					if time.Now().After(deadline) {
						t.Fatalf("backlog of %d after a day: %+v", l.Status().Backlog, l.Status())
					}
				}
				c.mu.Lock()
				defer c.mu.Unlock()
				opened := 0
				for i, event := range c.events {
					if event.Seq != uint64(i+1) {
						t.Fatalf("event %d stands at place %d", event.Seq, i+1)
					}
					if event.What == string(controller.Opened) {
						if opened++; event.Slot != opened {
							t.Fatalf("slot %d came as opening %d", event.Slot, opened)
						}
					}
				}
				if opened != 200 {
					t.Errorf("%d of 200 events arrived", opened)
				}
				dialled += c.dialled
			})
		})
	}
	if dialled < 100 {
		t.Errorf("%d connections in 20 runs: the network was hardly cut and this test shows little", dialled)
	}
}

func TestSilentSystemIsLeftAndTriedAgain(t *testing.T) {
	joined(t, func(t *testing.T, s *shelf, c *cloud) {
		c.silent = true
		l := start(t, c.options(s))
		after(10 * time.Minute)
		if status := l.Status(); status.Connected || !strings.Contains(status.LastError, "does not answer") {
			t.Errorf("status %+v", status)
		}
		c.mu.Lock()
		dialled := c.dialled
		c.silent = false
		c.mu.Unlock()
		if dialled < 3 {
			t.Errorf("dialled %d times in 10 minutes", dialled)
		}
		after(10 * time.Minute)
		if status := l.Status(); !status.Connected || status.LastError != "" {
			t.Errorf("status after the system came back: %+v", status)
		}
	})
}

// After half an hour without a network everything that happened arrives, in order, and what was ordered before is stale.
func TestHalfAnHourAway(t *testing.T) {
	connected(t, func(t *testing.T, s *shelf, c *cloud, l *Link) {
		old := c.signed(c.signer, wire.TypeCommand, c.command("c-1"))
		c.mu.Lock()
		c.away = true
		dialled := c.dialled
		c.mu.Unlock()
		c.conn.Close()
		for minute := range 30 {
			s.Commit(controller.Change{Entries: []controller.Entry{{What: controller.Opened, Slot: controller.Slot(minute + 1), At: time.Now()}}})
			l.Poke()
			after(time.Minute)
		}
		c.mu.Lock()
		tries, arrived := c.dialled-dialled, len(c.events)
		c.away = false
		c.mu.Unlock()
		if l.Status().Connected || arrived != 0 || tries < 10 || tries > 120 {
			t.Errorf("away: status %+v, %d events arrived, %d tries", l.Status(), arrived, tries)
		}
		after(backoffMax + time.Second)
		c.push(old)
		after(time.Second)
		if status := l.Status(); !status.Connected || status.Backlog != 0 {
			t.Errorf("back: status %+v", status)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.events) < 30 || s.opened() != 0 {
			t.Errorf("%d events arrived, %d stale orders were carried out", len(c.events), s.opened())
		}
		for i, event := range c.events {
			if event.Seq != uint64(i+1) {
				t.Fatalf("event %d stands at place %d", event.Seq, i+1)
			}
		}
	})
}

// A database that was put back to an older copy must not pass off new events as old ones.
func TestOlderDatabaseIsNotedNotHidden(t *testing.T) {
	joined(t, func(t *testing.T, s *shelf, c *cloud) {
		c.events = make([]wire.Event, 5)
		l := start(t, c.options(s))
		after(time.Minute)
		if status := l.Status(); status.Connected || !strings.Contains(status.LastError, "older copy") {
			t.Errorf("status %+v", status)
		}
	})
}

func TestPresenceIsAnnouncedAndTakenBack(t *testing.T) {
	s := newShelf()
	c := newCloud(t, s)
	synctest.Test(t, func(t *testing.T) {
		start(t, c.options(s))
		after(time.Second)
	})
	if got := fmt.Sprint(c.online); got != "[true false]" {
		t.Errorf("presence went %s", got)
	}
}

func TestRunsFitMessages(t *testing.T) {
	var entries []controller.Entry
	for i := range 40 {
		entries = append(entries, controller.Entry{Seq: uint64(i + 1), Sealed: make([]byte, 10<<10)})
	}
	entries[20].Sealed = make([]byte, 200<<10)
	acked, runs := uint64(0), 0
	for acked < 40 {
		run := events(entries, acked)
		if len(run) == 0 || run[0].Seq != acked+1 {
			t.Fatalf("after %d: run of %d", acked, len(run))
		}
		if _, err := wire.Sign(exampleKey("cabinet"), "topic", wire.Events{Events: run}); err != nil {
			t.Fatalf("run after %d: %v", acked, err)
		}
		acked, runs = run[len(run)-1].Seq, runs+1
	}
	if runs < 6 {
		t.Errorf("400 KB went in %d messages", runs)
	}
	if event := toEvent(entries[20]); event.Sealed != nil || event.Detail == "" {
		t.Errorf("an entry that fits no message: %d sealed bytes, detail %q", len(event.Sealed), event.Detail)
	}
}
