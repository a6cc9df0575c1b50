package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"lockerd/controller"
)

// records makes one empty record of each form.
func records() []any {
	return []any{
		new(recipientRecord), new(firstRecord), new(staffRecord), new(invitationRecord), new(parcelRecord), new(endedRecord),
		new(codeRecord), new(slotRecord), new(triesRecord), new(intentRecord), new(settingsRecord), new(desiredRecord),
		new(line), new(chainEnd), new(uint64), new([]string), new([]byte), new([32]byte),
	}
}

// FuzzDecode gives arbitrary bytes to every form of record: what is taken can be encoded, and reads the
// same again; the rest is ErrDamaged.
func FuzzDecode(f *testing.F) {
	for _, record := range records() {
		plain, err := encode(record)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(plain)
	}
	full, err := encode(line{1, 2, "matched", 3, "p-1", "r-1", []string{"code"}, "x", "c-1", []byte{1}, [32]byte{1}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(full)
	f.Add([]byte{0xbf, 0x01, 0x02, 0xff})
	f.Fuzz(func(t *testing.T, plain []byte) {
		for _, record := range records() {
			err := decode(plain, record)
			if err != nil {
				if !errors.Is(err, ErrDamaged) {
					t.Errorf("%T: got error %v, want ErrDamaged", record, err)
				}
				continue
			}
			once, err := encode(record)
			if err != nil {
				t.Fatalf("%T was decoded and cannot be encoded: %v", record, err)
			}
			again := reflect.New(reflect.TypeOf(record).Elem()).Interface()
			if err := decode(once, again); err != nil {
				t.Fatalf("%T: what was encoded cannot be decoded: %v", record, err)
			}
			if twice, err := encode(again); err != nil || !bytes.Equal(once, twice) {
				t.Errorf("%T: %x is encoded again as %x, %v", record, once, twice, err)
			}
		}
	})
}

// FuzzUnseal gives arbitrary records: none opens.
func FuzzUnseal(f *testing.F) {
	aead := newSeal(make([]byte, 32))
	f.Add(seal(newSeal(bytes.Repeat([]byte{1}, 32)), "bucket", []byte("key"), []byte("plain")))
	f.Add([]byte{format})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, record []byte) {
		if _, err := unseal(aead, "bucket", []byte("key"), record); !errors.Is(err, ErrDamaged) {
			t.Errorf("got error %v, want ErrDamaged", err)
		}
	})
}

// FuzzCheck changes eight bytes of a whole file at two places: the check never panics, and what it refuses
// is ErrDamaged.
func FuzzCheck(f *testing.F) {
	whole := smallFile(f)
	f.Add(uint32(0), []byte{}, uint32(0))
	for page := range uint32(10) {
		f.Add(page*4096+8, []byte{0xff, 0xff, 0xff, 0xff}, page*4096+16)
	}
	f.Fuzz(func(t *testing.T, at uint32, change []byte, also uint32) {
		file := bytes.Clone(whole)
		for i, b := range change[:min(len(change), 8)] {
			file[(int(at)+i)%len(file)] ^= b
			file[(int(also)+i)%len(file)] ^= b
		}
		if err := check(bytes.NewReader(file), int64(len(file))); err != nil && !errors.Is(err, ErrDamaged) {
			t.Errorf("got error %v, want ErrDamaged", err)
		}
	})
}

// smallFile returns the bytes of a store with a few pages of everything.
func smallFile(f *testing.F) []byte {
	f.Helper()
	folder := f.TempDir()
	path := filepath.Join(folder, "cabinet.db")
	s, err := Open(path, KeyFile{filepath.Join(folder, "key")}, nil)
	if err != nil {
		f.Fatal(err)
	}
	for range 5 {
		if err := s.Commit(controller.Change{Entries: make([]controller.Entry, 100)}); err != nil {
			f.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	return whole
}
