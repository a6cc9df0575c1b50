package store

import (
	"crypto/sha256"
	"fmt"
	"time"

	"lockerd/controller"
)

// line is an entry in its canonical encoding, deterministic CBOR (RFC 8949, 4.2.1): what is sealed into the
// file and what the next line's Prev is the SHA-256 of. It is the encoding of an event on the wire too, so
// that the information system can check the chain.
type line struct {
	Seq     uint64   `cbor:"1,keyasint"`
	At      int64    `cbor:"2,keyasint"` // Unix milliseconds
	What    string   `cbor:"3,keyasint"`
	Slot    int      `cbor:"4,keyasint,omitempty"`
	Parcel  string   `cbor:"5,keyasint,omitempty"`
	Who     string   `cbor:"6,keyasint,omitempty"`
	Kinds   []string `cbor:"7,keyasint,omitempty"`
	Detail  string   `cbor:"8,keyasint,omitempty"`
	Command string   `cbor:"9,keyasint,omitempty"`
	Sealed  []byte   `cbor:"10,keyasint,omitempty"`
	Prev    [32]byte `cbor:"11,keyasint"`
}

// chainEnd is a place in the chain: a line's number and its hash. Before the first line both are zero.
type chainEnd struct {
	Seq  uint64   `cbor:"1,keyasint"`
	Hash [32]byte `cbor:"2,keyasint"`
}

func lineOf(e controller.Entry) line {
	return line{
		e.Seq, e.At.UnixMilli(), string(e.What), int(e.Slot), string(e.Parcel), e.Who, texts(e.Kinds), e.Detail, e.Command,
		e.Sealed, e.Prev,
	}
}

func (l line) entry() controller.Entry {
	return controller.Entry{
		Seq: l.Seq, At: time.UnixMilli(l.At).UTC(), What: controller.What(l.What), Slot: controller.Slot(l.Slot),
		Parcel: controller.ParcelID(l.Parcel), Who: l.Who, Kinds: kinds(l.Kinds), Detail: l.Detail, Command: l.Command,
		Sealed: l.Sealed, Prev: l.Prev,
	}
}

func (l line) hash() ([32]byte, error) {
	plain, err := encode(l)
	return sha256.Sum256(plain), err
}

// Epoch names this store: it is random and made with it. Numbers of entries mean something within it only.
func (s *Store) Epoch() [16]byte { return s.epoch }

// appendEntries numbers and chains entries and puts them at the journal's end.
func (s *Store) appendEntries(tx kv, entries []controller.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	var head chainEnd
	if _, err := s.readIf(tx, bucketState, stateHead, &head); err != nil {
		return err
	}
	for _, entry := range entries {
		entry.Seq, entry.Prev = head.Seq+1, head.Hash
		l := lineOf(entry)
		hash, err := l.hash()
		if err != nil {
			return fmt.Errorf("cannot encode a line of the journal: %w", err)
		}
		if err := s.write(tx, bucketJournal, numberKey(entry.Seq), l); err != nil {
			return err
		}
		head = chainEnd{entry.Seq, hash}
	}
	return s.write(tx, bucketState, stateHead, head)
}

// lastLine is the number of the newest entry.
func (s *Store) lastLine(tx kv) (uint64, error) {
	var head chainEnd
	_, err := s.readIf(tx, bucketState, stateHead, &head)
	return head.Seq, err
}

// Since returns at most max entries with numbers above seq, oldest first.
func (s *Store) Since(seq uint64, max int) ([]controller.Entry, error) {
	var entries []controller.Entry
	err := s.engine.view(func(tx kv) error {
		return s.lines(tx, seq+1, func(l line) bool {
			if len(entries) < max {
				entries = append(entries, l.entry())
			}
			return len(entries) < max
		})
	})
	return entries, err
}

// Tail returns the newest n entries, oldest first.
func (s *Store) Tail(n int) ([]controller.Entry, error) {
	var entries []controller.Entry
	err := s.engine.view(func(tx kv) error {
		var head chainEnd
		if _, err := s.readIf(tx, bucketState, stateHead, &head); err != nil || n <= 0 {
			return err
		}
		return s.lines(tx, head.Seq-min(uint64(n), head.Seq)+1, func(l line) bool {
			entries = append(entries, l.entry())
			return true
		})
	})
	return entries, err
}

// lines opens the lines from number first on until fn returns false.
func (s *Store) lines(tx kv, first uint64, fn func(line) bool) (err error) {
	tx.walk(bucketJournal, numberKey(first), func(key, record []byte) bool {
		var l line
		if err = s.open(bucketJournal, key, record, &l); err != nil {
			err = fmt.Errorf("cannot read line %d of the journal: %w", numberOf(key), err)
			return false
		}
		return fn(l)
	})
	return err
}

// Bounds returns the numbers of the first and the last entry at hand, acknowledged or not; first > last when there is
// none.
func (s *Store) Bounds() (first, last uint64, err error) {
	err = s.engine.view(func(tx kv) error {
		var anchor chainEnd
		if _, err := s.readIf(tx, bucketState, stateAnchor, &anchor); err != nil {
			return err
		}
		first = anchor.Seq + 1
		last, err = s.lastLine(tx)
		return err
	})
	return first, last, err
}

// Unacknowledged tells how many entries at the end are not acknowledged.
func (s *Store) Unacknowledged() (n uint64, err error) {
	err = s.engine.view(func(tx kv) error {
		acked, head, err := s.ends(tx)
		n = head.Seq - min(acked, head.Seq)
		return err
	})
	return n, err
}

// ends reads how far the journal is acknowledged and where it ends.
func (s *Store) ends(tx kv) (acked uint64, head chainEnd, err error) {
	if _, err = s.readIf(tx, bucketState, stateAcked, &acked); err == nil {
		_, err = s.readIf(tx, bucketState, stateHead, &head)
	}
	return acked, head, err
}

// Acked notes that the information system has committed all entries up to seq. Word of another epoch or of
// fewer entries than are acknowledged changes nothing; word of entries that are not there is an error.
func (s *Store) Acked(epoch [16]byte, seq uint64) error {
	if epoch != s.epoch {
		return nil
	}
	return s.update(func(tx kv) error {
		acked, head, err := s.ends(tx)
		switch {
		case err != nil:
			return err
		case seq > head.Seq:
			return fmt.Errorf("cannot acknowledge entry %d: the last one is %d", seq, head.Seq)
		case seq <= acked:
			return nil
		}
		return s.write(tx, bucketState, stateAcked, seq)
	})
}
