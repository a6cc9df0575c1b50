package infosystem_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"lockerd/sync/wire"
)

// line is an event as the API tells it.
type line struct {
	Cabinet, What, Parcel, Detail, Problem string
	Seq                                    uint64
}

func lines(a api) (all []line) {
	a.t.Helper()
	a.do("GET", "/api/v1/events?after=0&limit=1000", nil, &all)
	return all
}

func count(all []line, what string) (n int) {
	for _, l := range all {
		if l.What == what {
			n++
		}
	}
	return n
}

func TestEventsCountOnce(t *testing.T) {
	s := start(t)
	a, c, _ := ready(t, s)
	run := []wire.Event{{Seq: 1, What: "opened", Slot: 1}, {Seq: 2, What: "deposited", Parcel: "P-1", Slot: 2}}
	for range 3 { // the same run again and again
		c.say(wire.TypeEvents, wire.Events{Epoch: c.epoch, Events: run})
		if ack := next(t, c.acks); ack.Seq != 2 {
			t.Errorf("acknowledged %d, want 2", ack.Seq)
		}
	}
	// Overlap, and then a gap: what is behind it waits.
	c.say(wire.TypeEvents, wire.Events{Epoch: c.epoch, Events: []wire.Event{run[1], {Seq: 3, What: "door-shut", Slot: 2}, {Seq: 5, What: "forced", Slot: 2}}})
	if ack := next(t, c.acks); ack.Seq != 3 {
		t.Errorf("acknowledged %d behind a gap, want 3", ack.Seq)
	}
	all := lines(a)
	for _, what := range []string{"opened", "deposited", "door-shut"} {
		if n := count(all, what); n != 1 {
			t.Errorf("%s counts %d times", what, n)
		}
	}
	if count(all, "forced") != 0 {
		t.Error("an event behind a gap was taken")
	}
	for _, l := range all {
		if l.Problem != "" {
			t.Errorf("a repetition made a problem: %+v", l)
		}
	}
}

func TestNewEpochAndLostLines(t *testing.T) {
	s := start(t)
	a, c, _ := ready(t, s)
	c.happen(wire.Event{What: "opened", Slot: 1})
	rand.Read(c.epoch[:])
	c.seq = 0
	c.say(wire.TypeEvents, wire.Events{Epoch: c.epoch, Events: []wire.Event{{Seq: 1, What: "jammed", Slot: 1}}})
	if w := c.hello(); w.Acked != 0 {
		t.Errorf("in a new epoch %d is acknowledged", w.Acked)
	}
	c.happen(wire.Event{What: "door-shut", Slot: 1})
	// Of this journal the lines 2–9 are gone for good.
	rand.Read(c.nonce[:])
	c.say(wire.TypeHello, wire.Hello{Epoch: c.epoch, Boot: "b", Have: c.have, Root: wire.Root(c.hashes), First: 10, Last: 12, Nonce: c.nonce, Slots: 12})
	if w := next(t, c.welcome); w.Acked != 9 {
		t.Errorf("acknowledged %d, want 9: up to there is nothing to come", w.Acked)
	}
	all := lines(a)
	if count(all, "new-epoch") != 1 || count(all, "gap") != 1 || count(all, "jammed") != 0 {
		t.Errorf("the operator sees %+v", all)
	}
}

func TestEventsThatCannotBe(t *testing.T) {
	s := start(t)
	a, c, bo := ready(t, s)
	eve := wire.EnrolmentBody{Recipient: "r-eve", Invitation: "i-1", Consent: []string{"pattern"}, IDs: []string{"v1"}, Records: []wire.VerificationBody{{Recipient: "r-eve", Kind: "pattern", Data: []byte("x")}}}
	code := wire.CodeBody{Recipient: bo, Parcel: "P-1", Slot: 1, Code: "12345678"}
	bad := []wire.Event{
		{What: "deposited", Parcel: "P-9", Slot: 1},
		{What: "collected", Parcel: "P-1", Slot: 1},
		{What: "code-issued", Parcel: "P-1"},
		{What: "code-issued", Parcel: "P-1", Sealed: []byte("rubbish")},
		{What: "code-issued", Parcel: "P-2", Sealed: c.seal("code-issued", "P-1", code)},
		{What: "code-issued", Parcel: "P-9", Sealed: c.seal("code-issued", "P-9", code)},
		{What: "enrolled", Who: "r-eve", Sealed: c.seal("enrolled", "r-eve", eve)},
		{What: "enrolled", Who: bo, Sealed: c.seal("enrolled", bo, eve)},
		{What: "erased", Who: "r-eve"},
		{What: "command-done", Command: "c-unknown"},
	}
	c.happen(append(bad, wire.Event{What: "deposited", Parcel: "P-1", Slot: 6})...)
	problems := 0
	for _, l := range lines(a) {
		if l.Problem != "" {
			problems++
			if strings.Contains(l.Problem, "12345678") {
				t.Errorf("a problem tells a code: %+v", l)
			}
		}
	}
	if problems != len(bad) {
		t.Errorf("%d events have a problem, want %d", problems, len(bad))
	}
	if phase := a.text("GET", "/api/v1/parcels/P-1", nil, "phase"); phase != "stored" {
		t.Errorf("the good event behind them was not carried out: the parcel is %s", phase)
	}
}

// TestToldWhenAllIsHere: while a cabinet has more to tell, a code waits; when it has no more the code goes out.
func TestToldWhenAllIsHere(t *testing.T) {
	for name, rest := range map[string]func(*cabinet){
		"the line comes":                      func(c *cabinet) { c.happen(wire.Event{What: "door-shut", Slot: 2}) },
		"another hello knows of no such line": func(c *cabinet) { c.hello() },
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			a, c, bo := ready(t, s)
			c.seq = 3 // what the hello says
			c.hello()
			c.seq = 0
			code := wire.CodeBody{Recipient: bo, Parcel: "P-1", Slot: 2, Code: "24681357"}
			c.happen(wire.Event{What: "deposited", Parcel: "P-1", Slot: 2}, wire.Event{What: "code-issued", Parcel: "P-1", Slot: 2, Who: bo, Sealed: c.seal("code-issued", "P-1", code)})
			var all []struct{ State string }
			if a.do("GET", "/api/v1/notices", nil, &all); len(all) != 1 || all[0].State != "held" {
				t.Errorf("while a line is to come the notices are %+v, want one that is held", all)
			}
			rest(c)
			noticeText(t, a, "code")
		})
	}
}
