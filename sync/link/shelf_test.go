package link

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"lockerd/controller"
	"lockerd/sync/wire"
)

// shelf is a store in memory: journal, desired state and identity.
type shelf struct {
	mu       sync.Mutex
	entries  []controller.Entry
	acked    uint64
	version  uint64
	hashes   map[string][32]byte
	commands []string
	identity []byte
	refuse   error // of Assign
	refuses  error // of SetIdentity
	executed []controller.RemoteCommand
	records  map[string]controller.DesiredRecord
}

func newShelf() *shelf {
	return &shelf{hashes: map[string][32]byte{}, records: map[string]controller.DesiredRecord{}}
}

func (s *shelf) Epoch() [16]byte { return [16]byte{42} }

func (s *shelf) Since(seq uint64, most int) ([]controller.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from := min(seq, uint64(len(s.entries)))
	return slices.Clone(s.entries[from:min(from+uint64(most), uint64(len(s.entries)))]), nil
}

func (s *shelf) Bounds() (first, last uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return 1, uint64(len(s.entries)), nil
}

func (s *shelf) Unacknowledged() (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return uint64(len(s.entries)) - s.acked, nil
}

func (s *shelf) Acked(_ [16]byte, seq uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acked = max(s.acked, seq)
	return nil
}

func (s *shelf) Identity() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.identity, nil
}

func (s *shelf) SetIdentity(blob []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuses == nil {
		s.identity = slices.Clone(blob)
	}
	return s.refuses
}

func (s *shelf) Remembered() (controller.Remembered, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return controller.Remembered{Version: s.version, Root: wire.Root(s.hashes), Commands: slices.Clone(s.commands)}, nil
}

func (s *shelf) Commit(change controller.Change) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, entry := range change.Entries {
		entry.Seq = uint64(len(s.entries)) + 1
		s.entries = append(s.entries, entry)
	}
	return nil
}

// Assign and Execute do what the controller does, as far as the link sees it.
func (s *shelf) Assign(change controller.DesiredChange) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.refuse != nil:
		return s.refuse
	case !change.Snapshot && change.From != s.version:
		return fmt.Errorf("from %d onto %d", change.From, s.version)
	case change.Snapshot:
		clear(s.hashes)
		clear(s.records)
	}
	for _, record := range change.Records {
		if record.Gone {
			delete(s.hashes, record.Key)
			delete(s.records, record.Key)
			continue
		}
		s.hashes[record.Key], s.records[record.Key] = record.Hash, record
	}
	s.version = change.To
	return nil
}

func (s *shelf) Execute(_ context.Context, command controller.RemoteCommand) error {
	s.mu.Lock()
	s.executed = append(s.executed, command)
	s.commands = append(s.commands, command.ID)
	s.mu.Unlock()
	return s.Commit(controller.Change{Entries: []controller.Entry{{What: controller.CommandDone, Command: command.ID}}})
}

func (s *shelf) opened() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.executed)
}

// lines returns what the journal says of that kind.
func (s *shelf) lines(what controller.What) (found []controller.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, entry := range s.entries {
		if entry.What == what {
			found = append(found, entry)
		}
	}
	return found
}
