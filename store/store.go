// Package store keeps everything of a cabinet that must survive a power cut, in one bbolt file: people and
// their first identifications, parcels and codes, the journal, and the desired state that was applied.
//
// Layout. Each bucket holds one kind of record. A record is
//
//	format (1 byte) | nonce (24 bytes) | XChaCha20-Poly1305 ciphertext with tag
//
// whose plaintext is deterministic CBOR and whose additional data is bucket, format and key, so that a
// flipped, moved or foreign record does not open. Each bucket has a key of its own, derived from the
// device key, which a KeySource gives and which is never in the file.
//
// Identity and verification information lie apart (GB/T 35273, 6.3): the bucket "verification" knows only
// an opaque reference, an HMAC of the recipient's id under the device key. Verification information is
// sealed under a key of the recipient's own; erasing destroys that key and then overwrites the pages that
// bbolt has freed, since those keep their old bytes.
//
// Every change is one transaction (Commit) that is on the disk when it returns nil.
package store

import (
	"errors"
	"log/slog"
	"os"
	"sync"

	"lockerd/controller"
)

// Errors that a person is told about.
var (
	// ErrVersion is given to a step of desired state that does not begin at the version at hand.
	ErrVersion = errors.New("desired state is at another version")
	// ErrNoSpace says that the disk is full. Nothing of the change was written; it can be tried again.
	ErrNoSpace = errors.New("no space left for the store")
	// ErrDamaged says that the file or a record in it is not what the store wrote.
	ErrDamaged = errors.New("the store is damaged")
	// ErrWrongKey says that the device key does not fit the file.
	ErrWrongKey = errors.New("the device key does not fit this store")
	// ErrNewer says that a newer lockerd wrote the file.
	ErrNewer = errors.New("the store was written by a newer version of lockerd")
	// ErrLocked says that another process has the file open.
	ErrLocked = errors.New("another lockerd holds the store")
)

// Store is a cabinet's memory. Its methods may be called from several goroutines.
type Store struct {
	engine engine
	keys   *keyring
	log    *slog.Logger
	epoch  [16]byte

	writing sync.Mutex // one change at a time; guards hashes
	// hashes is the applied desired state by key, sorted; nil until it is needed, and after a failure.
	hashes []keyHash
}

var (
	_ controller.People = (*Store)(nil)
	_ controller.Shelf  = (*Store)(nil)
)

// Open opens the store at path and creates it when there is none. The folder must be there. Without a logger
// it is silent.
func Open(path string, key KeySource, log *slog.Logger) (*Store, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	_, err := os.Stat(path)
	fresh := errors.Is(err, os.ErrNotExist)
	device, err := key.Key(fresh)
	if err != nil {
		return nil, spaceError(err)
	}
	keys, err := newKeyring(device)
	if err != nil {
		return nil, err
	}
	if fresh {
		if err := create(path, keys, log); err != nil {
			return nil, explain("create", path, err)
		}
	}
	file, err := openBolt(path, log)
	if err != nil {
		return nil, explain("open", path, err)
	}
	store, err := begin(file, keys, log)
	if err != nil {
		return nil, explain("open", path, errors.Join(err, file.close()))
	}
	return store, nil
}

// NewMemory returns an empty store that forgets everything when the process ends.
func NewMemory() *Store {
	keys, err := newKeyring(randomBytes(deviceKeySize))
	if err != nil {
		panic(err) // unreachable: the key has the right size
	}
	store, err := begin(newMemory(), keys, slog.New(slog.DiscardHandler))
	if err != nil {
		panic(err) // unreachable: memory neither fails nor holds anything yet
	}
	return store
}

// begin brings what an engine holds up to this version's layout and reads what the store needs at hand.
func begin(e engine, keys *keyring, log *slog.Logger) (*Store, error) {
	if err := migrate(e, keys, migrations); err != nil {
		return nil, err
	}
	s := &Store{engine: e, keys: keys, log: log}
	pending := false
	err := e.view(func(tx kv) error {
		if err := s.read(tx, bucketState, stateEpoch, &s.epoch); err != nil {
			return err
		}
		pending = tx.get(bucketState, stateScrub) != nil
		return s.verifyRecords(tx, smallBuckets)
	})
	if err != nil {
		return nil, err
	}
	if pending {
		s.scrub()
	}
	return s, nil
}

// Close waits for what is going on and closes the file.
func (s *Store) Close() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.engine.close()
}

// MAC returns the HMAC-SHA256 of data under a key that is derived from the device key for this purpose.
// Pickup codes and invitations are stored as their MAC.
func (s *Store) MAC(purpose string, data []byte) []byte {
	return s.keys.mac("mac/"+purpose, data)
}

// Identity returns what SetIdentity stored: who the cabinet is since it joined; nil before.
func (s *Store) Identity() ([]byte, error) {
	var identity []byte
	err := s.engine.view(func(tx kv) error {
		_, err := s.readIf(tx, bucketState, stateIdentity, &identity)
		return err
	})
	return identity, err
}

// SetIdentity stores an opaque blob, sealed as every record is.
func (s *Store) SetIdentity(identity []byte) error {
	return s.update(func(tx kv) error { return s.write(tx, bucketState, stateIdentity, identity) })
}

// update runs one change alone.
func (s *Store) update(fn func(kv) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	err := s.engine.update(fn)
	if err != nil {
		s.hashes = nil
	}
	return err
}
