package desired

import (
	"cmp"
	"slices"

	"lockerd/infosystem/cabinets"
	"lockerd/infosystem/database"
	"lockerd/sync/wire"
)

// Delta returns what takes a cabinet from a version to the newest, or false when that is no version of
// this state or more than one message holds; then a snapshot serves.
func Delta(tx database.Tx, cabinet string, from uint64) (wire.Delta, bool, error) {
	c, err := cabinets.Get(tx, cabinet)
	if err != nil || from > c.Version {
		return wire.Delta{}, false, err
	}
	changed, err := load(tx, cabinet, from)
	if err != nil {
		return wire.Delta{}, false, err
	}
	d := wire.Delta{From: from, To: c.Version, Root: c.Root}
	size := 0
	for _, s := range changed {
		if from == 0 && s.record.Gone {
			continue // it never had it
		}
		size += weight(s.record)
		d.Records = append(d.Records, s.record)
	}
	slices.SortFunc(d.Records, inOrder)
	return d, size <= wire.MaxChunk, nil
}

// Chunks cuts the newest state into messages. The same version is always cut the same way, so that a
// broken transfer goes on where it stopped.
func Chunks(tx database.Tx, cabinet string) ([]wire.Chunk, error) {
	c, err := cabinets.Get(tx, cabinet)
	if err != nil {
		return nil, err
	}
	all, err := load(tx, cabinet, 0)
	if err != nil {
		return nil, err
	}
	var records []wire.Record
	for _, s := range all {
		if !s.record.Gone {
			records = append(records, s.record)
		}
	}
	slices.SortFunc(records, inOrder)
	chunks := []wire.Chunk{{Version: c.Version, Root: c.Root}}
	size := 0
	for _, record := range records {
		if size += weight(record); size > wire.MaxChunk && len(chunks[len(chunks)-1].Records) > 0 {
			chunks = append(chunks, wire.Chunk{Version: c.Version, Index: len(chunks), Root: c.Root})
			size = weight(record)
		}
		last := &chunks[len(chunks)-1]
		last.Records = append(last.Records, record)
	}
	for i := range chunks {
		chunks[i].Count = len(chunks)
	}
	return chunks, nil
}

// weight is about how many bytes a record takes in a message.
func weight(r wire.Record) int { return len(r.Sealed) + len(r.ID) + len(r.Kind) + 16 }

// inOrder puts what others refer to first: settings and staff, recipients, their verification information,
// then parcels and invitations.
func inOrder(a, b wire.Record) int {
	order := []wire.RecordKind{wire.RecordSettings, wire.RecordStaff, wire.RecordRecipient, wire.RecordVerification, wire.RecordParcel, wire.RecordInvitation}
	return cmp.Or(cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind)), cmp.Compare(a.ID, b.ID))
}

// Overtake makes sure that the newest version is not older than one that a cabinet says it has, which
// happens after this database was restored from a copy, and returns it.
func Overtake(tx database.Tx, cabinet string, have uint64) (uint64, error) {
	c, err := cabinets.Get(tx, cabinet)
	if err != nil || have <= c.Version {
		return c.Version, err
	}
	return have + 1, cabinets.SetVersion(tx, cabinet, have+1, c.Root)
}
