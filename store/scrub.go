package store

import (
	"bytes"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// scrub overwrites the pages that are free with zeros. bbolt never changes a page in place: what was
// erased lies in free pages until they are used again. On flash the medium itself may keep a copy
// that only its controller can read; that copy is sealed under a key that was erased in the same way.
//
// A page must be free for both meta pages, since after a power cut bbolt may go back to the older one. So
// two empty transactions come first: then both know the same tree, and they differ in their freelist only.
func (b *boltFile) scrub() error {
	b.pages.Lock() // no reader, who might see an older tree, and no writer
	defer b.pages.Unlock()
	if b.broken.Load() {
		return ErrDamaged
	}
	return spaceError(b.guarded(func() error {
		for range 2 {
			if err := b.db.Update(func(*bolt.Tx) error { return nil }); err != nil {
				return err
			}
		}
		return b.zeroFree()
	}))
}

func (b *boltFile) zeroFree() error {
	metas, err := readMetas(b.file)
	if err != nil {
		return err
	}
	if len(metas) != 2 {
		return fmt.Errorf("%w: one of its first two pages is not whole", ErrDamaged)
	}
	free, _, err := metas[0].readFreelist(b.file)
	if err != nil {
		return err
	}
	_, older, err := metas[1].readFreelist(b.file)
	if err != nil {
		return err
	}
	zero, at := make([]byte, metas[0].pageSize), make([]byte, metas[0].pageSize)
	for _, id := range free {
		if id >= older.id && id <= older.id+older.overflow {
			continue
		}
		offset := int64(id) * metas[0].pageSize
		if _, err := b.file.ReadAt(at, offset); err != nil {
			return err
		}
		if bytes.Equal(at, zero) {
			continue
		}
		if _, err := b.file.WriteAt(zero, offset); err != nil {
			return err
		}
	}
	return b.file.Sync()
}
