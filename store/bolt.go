package store

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// lockPatience is how long Open waits for another process to let go of the file.
const lockPatience = time.Second

// boltFile is an engine on one bbolt file.
//
// bbolt maps the file into memory, where a damaged page or a file that shrank is a fault of the processor
// that ends a Go process. So every transaction runs with debug.SetPanicOnFault, which makes the fault a
// panic, and guard makes the panic an error. After one in an update bbolt's locks are in doubt: the
// file is then closed to every later transaction (broken).
type boltFile struct {
	db     *bolt.DB
	file   *os.File // the same that bbolt has, for scrub
	log    *slog.Logger
	broken atomic.Bool
	// pages is held for writing while freed pages are overwritten, which a reader might still see.
	pages sync.RWMutex
}

// openBolt takes the file's lock, checks the file (check.go) and only then lets bbolt map it.
func openBolt(path string, log *slog.Logger) (*boltFile, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	if err := lock(file, lockPatience); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if err := checkFile(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	b := &boltFile{file: file, log: log}
	err = b.guarded(func() (err error) {
		b.db, err = bolt.Open(path, 0o600, &bolt.Options{
			Timeout:      lockPatience,
			FreelistType: bolt.FreelistMapType,
			NoStatistics: true,
			OpenFile:     func(string, int, os.FileMode) (*os.File, error) { return file, nil },
		})
		return err
	})
	if err != nil {
		file.Close() // bbolt closes it for most errors, not after a fault
		return nil, err
	}
	return b, nil
}

// lock takes the lock that bbolt takes too: on the same open file it is had once.
func lock(file *os.File, patience time.Duration) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, syscall.EWOULDBLOCK):
			return fmt.Errorf("cannot lock the file: %w", err)
		case time.Now().After(deadline):
			return ErrLocked
		}
	}
}

// create makes a store beside its place and moves it there when it is complete and on the disk.
func create(path string, keys *keyring, log *slog.Logger) error {
	temporary := path + ".new"
	if err := os.Remove(temporary); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	db, err := bolt.Open(temporary, 0o600, &bolt.Options{Timeout: lockPatience, NoStatistics: true})
	if err != nil {
		return err
	}
	b := &boltFile{db: db, log: log}
	err = migrate(b, keys, migrations)
	if err := errors.Join(err, b.close()); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return moveDurably(temporary, path)
}

func (b *boltFile) view(fn func(kv) error) error {
	b.pages.RLock()
	defer b.pages.RUnlock()
	if b.broken.Load() {
		return ErrDamaged
	}
	return b.guarded(func() error {
		return b.db.View(func(tx *bolt.Tx) error { return fn(boltTx{tx}) })
	})
}

func (b *boltFile) update(fn func(kv) error) error {
	b.pages.RLock()
	defer b.pages.RUnlock()
	if b.broken.Load() {
		return ErrDamaged
	}
	done := false
	err := b.guarded(func() error {
		err := b.db.Update(func(tx *bolt.Tx) error { return fn(boltTx{tx}) })
		done = true
		return err
	})
	if !done {
		b.broken.Store(true)
	}
	return spaceError(err)
}

func (b *boltFile) close() error {
	if !b.broken.Load() {
		return b.db.Close()
	}
	// bbolt's Close would wait for the lock of the update that failed. The mapping stays, and with it the
	// file's lock if it is not given back first.
	return errors.Join(syscall.Flock(int(b.file.Fd()), syscall.LOCK_UN), b.file.Close())
}

// guarded runs fn and makes a fault or panic on the way an error that wraps ErrDamaged.
func (b *boltFile) guarded(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if cause := recover(); cause != nil {
			b.log.Error("a transaction ended in a panic", "cause", cause, "stack", string(debug.Stack()))
			err = fmt.Errorf("%w: %v", ErrDamaged, cause)
		}
	}()
	return fn()
}

// spaceError makes every way in which a disk says that it is full wrap ErrNoSpace. bbolt keeps only the
// text of some of these errors.
func spaceError(err error) error {
	if err == nil || errors.Is(err, ErrNoSpace) {
		return err
	}
	full := errors.Is(err, bolterrors.ErrMaxSizeReached)
	for _, code := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		full = full || errors.Is(err, code) || strings.HasSuffix(err.Error(), code.Error())
	}
	if full {
		return fmt.Errorf("%w: %w", ErrNoSpace, err)
	}
	return err
}

// explain says what was not possible and, for what a person can do something about, what to do.
func explain(verb, path string, err error) error {
	advice := ""
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrLocked):
		advice = ": stop it first"
	case errors.Is(err, ErrNewer):
		advice = ": install that version again" + backup(path)
	case errors.Is(err, ErrWrongKey):
		advice = ": put the key back that was there when the store was made, or move the store away to begin anew"
	case errors.Is(err, ErrDamaged):
		advice = ": move the file away and put the last backup in its place; without one the cabinet begins anew, " +
			"people and parcels come again from the information system, and staff must look into the slots"
	case errors.Is(spaceError(err), ErrNoSpace):
		advice = ": make room on the disk and start again"
		err = spaceError(err)
	}
	return fmt.Errorf("cannot %s the store %s: %w%s", verb, path, err, advice)
}

// backup names the newest copy of the store that an upgrade of the package left beside it, if there is one:
// backup/VERSION/ holds the whole state folder as that version wrote it.
func backup(path string) string {
	copies, err := filepath.Glob(filepath.Join(filepath.Dir(path), "backup", "*", filepath.Base(path)))
	if err != nil {
		return "" // the folder's own name is a bad pattern
	}
	newest, at := "", time.Time{}
	for _, name := range copies {
		if info, err := os.Stat(name); err == nil && info.ModTime().After(at) {
			newest, at = filepath.Dir(name), info.ModTime()
		}
	}
	if newest == "" {
		return ""
	}
	return fmt.Sprintf(", or put back %s, which the upgrade kept on %s", newest, at.Format(time.DateOnly))
}

// boltTx is a bbolt transaction as a kv.
type boltTx struct{ *bolt.Tx }

func (t boltTx) get(bucket string, key []byte) []byte {
	return t.Bucket([]byte(bucket)).Get(key)
}

func (t boltTx) put(bucket string, key, value []byte) error {
	b := t.Bucket([]byte(bucket))
	if bucket == bucketJournal {
		b.FillPercent = 0.95 // its keys only grow, so that a page that was split never fills up
	}
	if err := b.Put(key, value); err != nil {
		return fmt.Errorf("cannot put into %s: %w", bucket, err)
	}
	return nil
}

func (t boltTx) remove(bucket string, key []byte) error {
	return t.Bucket([]byte(bucket)).Delete(key)
}

func (t boltTx) walk(bucket string, from []byte, fn func(key, value []byte) bool) {
	cursor := t.Bucket([]byte(bucket)).Cursor()
	var last []byte
	for key, value := cursor.Seek(from); key != nil; key, value = cursor.Next() {
		if last != nil && bytes.Compare(key, last) <= 0 {
			panic("keys are not in order") // guarded makes it ErrDamaged
		}
		last = key
		if !fn(key, value) {
			return
		}
	}
}

func (t boltTx) ensure(bucket string) error {
	_, err := t.CreateBucketIfNotExists([]byte(bucket))
	return err
}

func (t boltTx) has(bucket string) bool { return t.Bucket([]byte(bucket)) != nil }
