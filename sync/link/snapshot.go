package link

import (
	"context"
	"errors"
	"fmt"

	"lockerd/controller"
	"lockerd/sync/wire"
)

// maxChunks bounds a snapshot (128 MB of records on the wire).
const maxChunks = 2048

// snapshot is all of desired state on its way, chunk after chunk. It outlives the connection, so that a
// broken transfer goes on where it stopped; a restart begins it anew.
type snapshot struct {
	version uint64
	count   int // chunks in all
	next    int // the one that is expected
	root    [32]byte
	records []controller.DesiredRecord
	hashes  map[string][32]byte
}

// onChunk collects a snapshot and applies it when it is whole. A chunk that comes twice or too early is
// dropped; the missing one is asked for when the wait is over. The information system also sends a
// snapshot unasked when a report showed it that the two ends have drifted apart.
func (s *session) onChunk(ctx context.Context, m wire.Chunk) error {
	if m.Count < 1 || m.Count > maxChunks || m.Index < 0 || m.Index >= m.Count {
		s.bad(wire.TypeChunk, fmt.Errorf("chunk %d of %d", m.Index, m.Count))
		return nil
	}
	if err := s.recall(); err != nil {
		return err
	}
	if m.Version < s.desired.have {
		s.bad(wire.TypeChunk, fmt.Errorf("of version %d, here is %d", m.Version, s.desired.have))
		return nil
	}
	if m.Version == s.desired.have && m.Root == s.desired.root {
		s.desired.broken, s.desired.snapshot = false, nil
		s.follow(m.Version)
		return nil
	}
	if !s.desired.expect(m) {
		return nil
	}
	records, err := s.openRecords(m.Records)
	if err == nil {
		err = s.desired.snapshot.add(m, records)
	}
	if err != nil {
		return s.stateFailed(ctx, wire.TypeChunk, fmt.Errorf("chunk %d of version %d: %w", m.Index, m.Version, err))
	}
	return s.advance(ctx)
}

// expect tells whether the chunk is the next one; a first chunk of a newer version begins a new snapshot.
func (d *desired) expect(m wire.Chunk) bool {
	d.latest = max(d.latest, m.Version)
	begins := d.snapshot == nil || m.Version > d.snapshot.version
	if begins && m.Index == 0 {
		d.broken = true // until it is applied
		d.snapshot = &snapshot{version: m.Version, count: m.Count, root: m.Root, hashes: make(map[string][32]byte)}
	}
	return d.snapshot != nil && m.Version == d.snapshot.version && m.Index == d.snapshot.next
}

// add appends the records of the next chunk.
func (p *snapshot) add(m wire.Chunk, records []controller.DesiredRecord) error {
	if m.Count != p.count || m.Root != p.root {
		return errors.New("does not belong to the chunks before it")
	}
	for _, record := range records {
		if _, twice := p.hashes[record.Key]; twice || record.Gone {
			return fmt.Errorf("%s stands twice in a snapshot or is gone", record.Key)
		}
		p.hashes[record.Key] = record.Hash
	}
	p.records = append(p.records, records...)
	p.next++
	return nil
}

// advance waits for the next chunk, or applies a snapshot that is whole.
func (s *session) advance(ctx context.Context) error {
	whole := s.desired.snapshot
	if whole.next < whole.count {
		s.fetch.Reset(deltaTime)
		return nil
	}
	if wire.Root(whole.hashes) != whole.root {
		return s.stateFailed(ctx, wire.TypeChunk, fmt.Errorf("snapshot of version %d is not what its root says", whole.version))
	}
	change := controller.DesiredChange{From: s.desired.have, To: whole.version, Snapshot: true, Records: whole.records}
	return s.assign(ctx, wire.TypeChunk, change, whole.root)
}
