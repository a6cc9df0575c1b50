package link

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/controller"
	"lockerd/sync/wire"
)

func TestCommandIsCarriedOutOnce(t *testing.T) {
	connected(t, func(t *testing.T, s *shelf, c *cloud, _ *Link) {
		m := c.signed(c.signer, wire.TypeCommand, c.command("c-1"))
		for range 5 {
			c.push(m)
			after(2 * time.Second)
		}
		want := controller.RemoteCommand{ID: "c-1", Action: "open", Slot: 3, By: "operator-1", Reason: "stuck"}
		if len(s.executed) != 1 || s.executed[0] != want {
			t.Errorf("executed %+v, want %+v once", s.executed, want)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.events) != 1 || c.events[0].Command != "c-1" {
			t.Errorf("the result did not arrive: %+v", c.events)
		}
	})
}

// What is not fresh opens nothing, and the operator is told.
func TestStaleCommandsAreRefused(t *testing.T) {
	for name, change := range map[string]func(*wire.Command){
		"expired":           func(c *wire.Command) { c.Uptime -= 31_000; c.TTL = 30_000 },
		"another session's": func(c *wire.Command) { c.Nonce[0]++ },
		"from the future":   func(c *wire.Command) { c.Uptime += time.Hour.Milliseconds() },
		"before the hello":  func(c *wire.Command) { c.Uptime = 1 },
		"lives too long":    func(c *wire.Command) { c.TTL = time.Hour.Milliseconds() },
		"lives no time":     func(c *wire.Command) { c.TTL = 0 },
		"negative life":     func(c *wire.Command) { c.TTL = -1 },
		"overflowing":       func(c *wire.Command) { c.Uptime = -1 << 63 },
	} {
		t.Run(name, func(t *testing.T) {
			connected(t, func(t *testing.T, s *shelf, c *cloud, _ *Link) {
				after(time.Minute)
				command := c.command("c-1")
				change(&command)
				c.order(command)
				c.order(command)
				after(time.Second)
				refused := s.lines(controller.CommandNot)
				if len(s.executed) != 0 || len(refused) != 1 || refused[0].Command != "c-1" {
					t.Errorf("executed %v, refused %+v", s.executed, refused)
				}
				if len(refused) == 1 && !strings.Contains(refused[0].Detail, controller.ErrStale.Error()) {
					t.Errorf("detail %q", refused[0].Detail)
				}
			})
		})
	}
}

func TestFreshSaysStale(t *testing.T) {
	var o orders
	if err := o.fresh(wire.Command{TTL: 1000}, time.Hour); !errors.Is(err, controller.ErrStale) {
		t.Errorf("before any hello: %v", err)
	}
	first, second, last := [16]byte{1}, [16]byte{2}, [16]byte{hellosKnown + 1}
	for nonce := range last[0] {
		o.meet([16]byte{nonce + 1}, time.Hour)
	}
	command := wire.Command{Uptime: time.Hour.Milliseconds(), TTL: 1000}
	for nonce, want := range map[[16]byte]bool{first: false, second: true, last: true} {
		command.Nonce = nonce
		if err := o.fresh(command, time.Hour+500*time.Millisecond); (err == nil) != want {
			t.Errorf("nonce %d: %v", nonce[0], err)
		}
		if err := o.fresh(command, time.Hour+time.Second); err == nil {
			t.Errorf("nonce %d is fresh at the end of its life", nonce[0])
		}
	}
}

// The information system learns of a new connection from its hello. Until that arrived it signs for the session before: such
// a command is carried out once, in its time, however often the connection was lost since.
func TestCommandOfAnEarlierConnection(t *testing.T) {
	for name, test := range map[string]struct {
		away time.Duration
		lost int // connections
		want int // doors
	}{
		"lost once":           {0, 1, 1},
		"lost again":          {0, 3, 1},
		"its life has passed": {30 * time.Second, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			connected(t, func(t *testing.T, s *shelf, c *cloud, _ *Link) {
				old := c.signed(c.signer, wire.TypeCommand, c.command("c-1"))
				for range test.lost {
					c.conn.Close()
					after(3 * time.Second)
				}
				after(test.away)
				for range 2 {
					c.push(old)
					after(time.Second)
				}
				if refused := len(s.lines(controller.CommandNot)); s.opened() != test.want || refused != 1-test.want {
					t.Errorf("opened %d, refused %d, want %d doors", s.opened(), refused, test.want)
				}
			})
		})
	}
}

// What was signed for the program that ran before opens nothing: nobody here knows what became of it.
func TestCommandForAnEarlierRunIsRefused(t *testing.T) {
	joined(t, func(t *testing.T, s *shelf, c *cloud) {
		ctx, stop := context.WithCancel(t.Context())
		before, err := New(c.options(s))
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- before.Run(ctx) }()
		after(time.Second)
		old := c.signed(c.signer, wire.TypeCommand, c.command("c-1"))
		stop()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		start(t, c.options(s))
		after(time.Second)
		c.push(old)
		after(time.Second)
		if refused := len(s.lines(controller.CommandNot)); s.opened() != 0 || refused != 1 {
			t.Errorf("opened %d, refused %d", s.opened(), refused)
		}
	})
}

func TestCommandsWithoutSenseAreRefused(t *testing.T) {
	good := wire.Command{ID: "c-1", Action: wire.ActionOpen, Slot: 1, By: "operator-1", Reason: "stuck"}
	for name, change := range map[string]func(*wire.Command){
		"no slot":         func(c *wire.Command) { c.Slot = 0 },
		"negative slot":   func(c *wire.Command) { c.Slot = -1 },
		"unknown action":  func(c *wire.Command) { c.Action = "burn" },
		"reboot a slot":   func(c *wire.Command) { c.Action = wire.ActionReboot },
		"recode nothing":  func(c *wire.Command) { c.Action, c.Slot = wire.ActionRecode, 0 },
		"nobody's":        func(c *wire.Command) { c.By = "" },
		"without reason":  func(c *wire.Command) { c.Reason = "" },
		"endless reason":  func(c *wire.Command) { c.Reason = strings.Repeat("a", maxReason+1) },
		"parcel is no id": func(c *wire.Command) { c.Parcel = "p 1" },
	} {
		bad := good
		change(&bad)
		if err := checkCommand(bad); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for _, command := range []wire.Command{
		good,
		{ID: "c-1", Action: wire.ActionRecode, Parcel: "p-1", By: "operator-1", Reason: "lost it"},
		{ID: "c-1", Action: wire.ActionReboot, By: "operator-1", Reason: "update"},
	} {
		if err := checkCommand(command); err != nil {
			t.Errorf("%s: %v", command.Action, err)
		}
	}
}

// A newer information system may know actions that this cabinet does not: its operator is told.
func TestUnknownActionIsRefused(t *testing.T) {
	connected(t, func(t *testing.T, s *shelf, c *cloud, _ *Link) {
		command := c.command("c-1")
		command.Action = "later-action"
		c.order(command)
		after(time.Second)
		refused := s.lines(controller.CommandNot)
		if s.opened() != 0 || len(refused) != 1 || refused[0].Command != "c-1" {
			t.Errorf("opened %d, refused %+v", s.opened(), refused)
		}
	})
}

// A hostile broker mutates, moves and replays what it sees. Nothing opens, everything is counted, and the
// journal is not filled.
func TestHostileBrokerOpensNothing(t *testing.T) {
	connected(t, func(t *testing.T, s *shelf, c *cloud, l *Link) {
		random := rand.New(rand.NewPCG(1, 1))
		c.order(c.command("c-1"))
		after(time.Second)
		if s.opened() != 1 {
			t.Fatal("the true command was not carried out: this test shows nothing")
		}
		stranger := exampleKey("stranger")
		originals := []Message{
			c.signed(c.signer, wire.TypeCommand, c.command("c-1")),
			c.signed(c.system, wire.TypeCommand, c.command("c-2")), // signed with the other key
			c.signed(stranger, wire.TypeCommand, c.command("c-3")),
			c.signed(stranger, wire.TypeDelta, wire.Delta{From: 0, To: 1}),
			c.signed(stranger, wire.TypeAck, wire.Ack{Epoch: s.Epoch(), Seq: 1}),
			c.signed(stranger, wire.TypeWelcome, wire.Welcome{}),
		}
		pushed := uint64(0)
		for i := range 2000 {
			m := originals[i%len(originals)]
			m.Payload = slices.Clone(m.Payload)
			switch random.IntN(5) {
			case 0:
				m.Payload[random.IntN(len(m.Payload))] ^= byte(1 + random.IntN(255))
			case 1:
				m.Payload = m.Payload[:random.IntN(len(m.Payload))]
			case 2:
				m.Topic = c.address.Down([]wire.Type{wire.TypeAck, wire.TypeDelta, wire.TypeChunk}[random.IntN(3)])
			case 3:
				m.Topic = wire.Address{Tenant: "acme", Cabinet: "lobby-2"}.Down(wire.TypeCommand)
			case 4:
				m.Retain = true
			}
			c.push(m)
			pushed++
			synctest.Wait()
		}
		if s.opened() != 1 {
			t.Errorf("%d doors opened, want the 1 before the attack", s.opened())
		}
		if bad := l.Status().Bad; bad != pushed {
			t.Errorf("%d of %d bad messages were counted", bad, pushed)
		}
		if lines := len(s.lines(controller.BadMessage)); lines != 1 {
			t.Errorf("%d journal lines for a flood within a minute, want 1", lines)
		}
	})
}

// A replay of many rightly signed but old commands fills no journal either.
func TestReplayedCommandsFillNoJournal(t *testing.T) {
	connected(t, func(t *testing.T, s *shelf, c *cloud, _ *Link) {
		for i := range 500 {
			command := c.command("old-" + strings.Repeat("x", i%100) + string(rune('a'+i/100)))
			command.Nonce = [16]byte{9}
			c.order(command)
			synctest.Wait()
		}
		if s.opened() != 0 || len(s.entries) > 11 {
			t.Errorf("opened %d, journal has %d lines", s.opened(), len(s.entries))
		}
	})
}

func TestTooLargeMessageIsDropped(t *testing.T) {
	connected(t, func(t *testing.T, s *shelf, c *cloud, l *Link) {
		c.push(Message{Topic: c.address.Down(wire.TypeDelta), Payload: make([]byte, wire.MaxPayload+1)})
		after(time.Second)
		if status := l.Status(); status.Bad != 1 || !status.Connected {
			t.Errorf("status %+v", status)
		}
	})
}

func TestSessionRenewsItsNonce(t *testing.T) {
	connected(t, func(t *testing.T, s *shelf, c *cloud, _ *Link) {
		before := c.nonce()
		after(sessionLife + time.Minute)
		if c.nonce() == before || c.dialled != 1 {
			t.Errorf("nonce changed: %v, connections: %d", c.nonce() != before, c.dialled)
		}
		c.order(c.command("c-1"))
		after(time.Second)
		if s.opened() != 1 {
			t.Error("a command of the renewed session was not carried out")
		}
	})
}
