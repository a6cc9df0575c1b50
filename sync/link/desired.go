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

// Waits of desired state.
const (
	deltaTime   = 5 * time.Second // for a delta that closes a gap, or the next chunk, before asking
	maxStateGap = time.Hour       // between questions when every answer is bad
)

// desired follows the information system's desired state over all connections.
type desired struct {
	have     uint64 // version and root of what is applied, as the store remembers
	root     [32]byte
	latest   uint64 // the newest version that was heard of
	broken   bool   // what is here is not what the information system has; only a snapshot mends it
	failures int    // of applying, in a row
	snapshot *snapshot
}

// behind tells whether there is anything to ask for.
func (d *desired) behind() bool { return d.broken || d.latest > d.have }

// recall reads what is applied.
func (s *session) recall() error {
	remembered, err := s.options.Memory.Remembered()
	if err != nil {
		return fmt.Errorf("cannot read which desired state is here: %w", err)
	}
	s.desired.have, s.desired.root = remembered.Version, remembered.Root
	s.update(func(status *Status) { status.Version = remembered.Version })
	return nil
}

// follow takes note of the newest version and, when the cabinet is behind, waits a little for the delta
// that should come by itself before it asks for a snapshot.
func (s *session) follow(latest uint64) {
	s.desired.latest = max(s.desired.latest, latest)
	s.update(func(status *Status) { status.Latest = s.desired.latest })
	if !s.desired.behind() {
		s.fetch.Stop()
		return
	}
	s.fetch.Reset(s.patienceForState())
}

// patienceForState doubles with every failure, so that one bad record at the information system does not
// have snapshots fetched without end.
func (s *session) patienceForState() time.Duration {
	wait := min(maxStateGap, deltaTime<<min(s.desired.failures, 16))
	if s.desired.failures > 0 {
		wait += rand.N(wait / 4)
	}
	return wait
}

// requestState asks for the chunks that are missing.
func (s *session) requestState(ctx context.Context) error {
	if !s.greeting.answered || !s.desired.behind() && s.desired.snapshot == nil {
		return nil
	}
	request := wire.Fetch{}
	if got := s.desired.snapshot; got != nil {
		request.Version, request.Index = got.version, got.next
	}
	s.fetch.Reset(max(answerTime, s.patienceForState()))
	return s.send(ctx, wire.TypeFetch, request)
}

// report says which desired state is here: after every change, and as a digest from time to time.
func (s *session) report(ctx context.Context) error {
	if err := s.recall(); err != nil {
		return err
	}
	s.digest.Reset(jittered(digestTime))
	return s.send(ctx, wire.TypeReport, wire.Report{Version: s.desired.have, Root: s.desired.root})
}

// onDelta applies a step, if it fits on what is here.
func (s *session) onDelta(ctx context.Context, m wire.Delta) error {
	if m.To <= m.From {
		s.bad(wire.TypeDelta, fmt.Errorf("goes from version %d to %d", m.From, m.To))
		return nil
	}
	if err := s.recall(); err != nil {
		return err
	}
	if m.From != s.desired.have {
		s.follow(m.To) // one that is older changes nothing; after a gap there is more to come
		return s.report(ctx)
	}
	records, err := s.openRecords(m.Records)
	if err != nil {
		return s.stateFailed(ctx, wire.TypeDelta, fmt.Errorf("to version %d: %w", m.To, err))
	}
	return s.assign(ctx, wire.TypeDelta, controller.DesiredChange{From: m.From, To: m.To, Records: records}, m.Root)
}

// assign hands a step to the controller and says what became of it.
func (s *session) assign(ctx context.Context, kind wire.Type, change controller.DesiredChange, root [32]byte) error {
	if err := s.options.Assigner.Assign(change); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return s.stateFailed(ctx, kind, fmt.Errorf("version %d cannot be applied: %w", change.To, err))
	}
	if err := s.recall(); err != nil {
		return err
	}
	if s.desired.have != change.To || s.desired.root != root {
		return s.stateFailed(ctx, kind, fmt.Errorf("version %d is applied and its root differs", change.To))
	}
	s.desired.broken, s.desired.failures, s.desired.snapshot = false, 0, nil
	s.update(func(status *Status) { status.LastError = "" })
	s.log.Info("desired state applied", "version", change.To, "records", len(change.Records))
	s.Poke() // the step has journal lines
	s.follow(change.To)
	return s.report(ctx)
}

// stateFailed drops a step and asks for a snapshot after a while. What is here stays as it is.
func (s *session) stateFailed(ctx context.Context, kind wire.Type, reason error) error {
	s.bad(kind, reason)
	s.update(func(status *Status) { status.LastError = reason.Error() })
	s.desired.broken, s.desired.snapshot = true, nil
	s.desired.failures++
	s.follow(s.desired.latest)
	return s.report(ctx)
}

// openRecords opens and validates all of them, or none.
func (s *session) openRecords(records []wire.Record) ([]controller.DesiredRecord, error) {
	opened := make([]controller.DesiredRecord, 0, len(records))
	seen := make(map[string]bool, len(records))
	reader := recordReader{address: s.address, key: s.who.OpenKey, mac: s.options.MAC}
	for _, record := range records {
		if seen[record.Key()] {
			return nil, fmt.Errorf("%s stands there twice", record.Key())
		}
		seen[record.Key()] = true
		one, err := reader.open(record)
		if errors.Is(err, errUnknownKind) {
			s.bad(wire.TypeDelta, fmt.Errorf("%s: %w: kept unread", record.Key(), err))
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", record.Key(), err)
		}
		opened = append(opened, one)
	}
	return opened, nil
}
