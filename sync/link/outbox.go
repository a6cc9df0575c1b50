package link

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"lockerd/controller"
	"lockerd/sync/wire"
)

// outbox sends the journal up in order, one run of events at a time: the next run leaves when the one
// before is acknowledged, and a run that is not is sent again. With the other end's (epoch, seq)
// de-duplication every event takes effect exactly once.
type outbox struct {
	acked uint64 // all up to here are committed at the information system
	sent  uint64 // all up to here are on their way
	tries int    // how often the present run was sent without any acknowledgement
}

// drain sends the next run, unless one is on its way.
func (s *session) drain(ctx context.Context) error {
	if !s.greeting.answered || s.outbox.sent > s.outbox.acked {
		return nil
	}
	entries, err := s.options.Journal.Since(s.outbox.acked, wire.Window)
	if err != nil {
		return fmt.Errorf("cannot read the journal: %w", err)
	}
	run := events(entries, s.outbox.acked)
	if len(run) == 0 {
		s.answer.Stop()
		return nil
	}
	s.outbox.sent = run[len(run)-1].Seq
	s.outbox.tries++
	s.answer.Reset(jittered(answerTime))
	return s.send(ctx, wire.TypeEvents, wire.Events{Epoch: s.options.Journal.Epoch(), Events: run})
}

// resend repeats a run that nobody acknowledged.
func (s *session) resend(ctx context.Context) error {
	if s.outbox.sent <= s.outbox.acked {
		return nil
	}
	if s.outbox.tries >= patience {
		return fmt.Errorf("events from %d on are not acknowledged: %w", s.outbox.acked+1, errSilent)
	}
	s.outbox.sent = s.outbox.acked
	return s.drain(ctx)
}

func (s *session) onAck(ctx context.Context, m wire.Ack) error {
	if m.Epoch != s.options.Journal.Epoch() {
		s.bad(wire.TypeAck, errors.New("acknowledges events of another epoch"))
		return nil
	}
	if !s.greeting.answered {
		return nil // the welcome will say as much
	}
	_, last, err := s.options.Journal.Bounds()
	if err != nil {
		return fmt.Errorf("cannot read the journal: %w", err)
	}
	if m.Seq > last {
		s.bad(wire.TypeAck, fmt.Errorf("acknowledges event %d, the last is %d", m.Seq, last))
		return nil
	}
	if m.Seq <= s.outbox.acked {
		return nil
	}
	return s.acknowledge(ctx, m.Seq)
}

// acknowledge takes note that all events up to seq are committed at the other end, and goes on.
func (s *session) acknowledge(ctx context.Context, seq uint64) error {
	if err := s.options.Journal.Acked(s.options.Journal.Epoch(), seq); err != nil {
		s.trouble("cannot take note of an acknowledgement", err)
	}
	s.outbox.acked, s.outbox.tries = seq, 0
	s.outbox.sent = max(s.outbox.sent, seq)
	s.update(func(s *Status) { s.LastAck = time.Now() })
	return s.drain(ctx)
}

// events turns journal lines after acked into a run without gaps that fits one message.
func events(entries []controller.Entry, acked uint64) []wire.Event {
	var run []wire.Event
	size := 0
	for _, entry := range entries {
		if entry.Seq <= acked {
			continue
		}
		event := toEvent(entry)
		size += 256 + len(event.Sealed) + len(event.Detail)
		gap := len(run) > 0 && event.Seq != run[len(run)-1].Seq+1
		if gap || len(run) == wire.MaxEventsOf || len(run) > 0 && size > wire.MaxChunk {
			break
		}
		run = append(run, event)
	}
	return run
}

// toEvent is the journal line as it goes up, encoded as the journal's own chain of hashes is. Only what would
// never fit a message is left out and said to be, so that one line cannot hold up all that follow.
func toEvent(entry controller.Entry) wire.Event {
	event := wire.Event{
		Seq: entry.Seq, At: entry.At.UnixMilli(), What: string(entry.What), Slot: int(entry.Slot),
		Parcel: string(entry.Parcel), Who: entry.Who, Detail: entry.Detail, Command: entry.Command,
		Sealed: entry.Sealed, Prev: entry.Prev,
	}
	for _, kind := range entry.Kinds {
		event.Kinds = append(event.Kinds, string(kind))
	}
	if size := len(event.Sealed) + len(event.Detail); size > maxSealed {
		event.Sealed, event.Detail = nil, fmt.Sprintf("what belongs here is too large to send (%d bytes)", size)
	}
	return event
}

// jittered spreads d evenly over its last tenth, so that cabinets that started together do not stay in step.
func jittered(d time.Duration) time.Duration { return d - rand.N(d/10) }
