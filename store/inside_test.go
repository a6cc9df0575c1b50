package store

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"lockerd/controller"
	"lockerd/matcher"
)

// inFolder opens the store of a folder.
func inFolder(t *testing.T, folder string) *Store {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	s, err := Open(filepath.Join(folder, "cabinet.db"), KeyFile{filepath.Join(folder, "key")}, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// withAda tells the store of one recipient with one identification.
func withAda(t *testing.T, s *Store) {
	t.Helper()
	ada := controller.Recipient{ID: "r-ada", Name: "Ada Lovelace", PhoneTail: "5309"}
	first := controller.FirstIdentification{ID: "verification-17", Recipient: "r-ada", Identification: matcher.Identification{
		Kind: matcher.Passcode, Label: "her passcode", Data: []byte("a template that nobody may read"),
	}}
	err := s.Commit(controller.Change{
		Desired:  &controller.DesiredChange{To: 1, Records: []controller.DesiredRecord{{Key: "recipient/r-ada", Recipient: &ada}}},
		Enrolled: []controller.FirstIdentification{first},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The file shows nothing of a person, and verification information does not say whose it is.
func TestSealed(t *testing.T) {
	folder := t.TempDir()
	s := inFolder(t, folder)
	withAda(t, s)
	if err := s.SetIdentity([]byte("the cabinet's private key")); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(folder, "cabinet.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"Lovelace", "5309", "her passcode", "nobody may read", "verification-17", "private key"} {
		if bytes.Contains(file, []byte(secret)) {
			t.Errorf("the file holds %q in the clear", secret)
		}
	}
	err = s.engine.view(func(tx kv) error {
		for _, bucket := range []string{bucketVerification, bucketOwners, bucketPersonKeys} {
			records := 0
			tx.walk(bucket, nil, func(key, record []byte) bool {
				records++
				if bytes.Contains(key, []byte("ada")) || bytes.Contains(record, []byte("ada")) {
					t.Errorf("%s tells whose a record is: key %q", bucket, key)
				}
				return true
			})
			if records != 1 {
				t.Errorf("%s holds %d records, want 1", bucket, records)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A record opens only where it was written.
func TestMovedRecord(t *testing.T) {
	s := NewMemory()
	err := s.Commit(controller.Change{Codes: []controller.Code{
		{Parcel: "p-1", Generation: 1, MAC: []byte("one")}, {Parcel: "p-2", Generation: 2, MAC: []byte("two")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	err = s.engine.update(func(tx kv) error {
		return tx.put(bucketCodes, []byte("p-2"), bytes.Clone(tx.get(bucketCodes, []byte("p-1"))))
	})
	if err != nil {
		t.Fatal(err)
	}
	codes, err := s.Codes()
	if !errors.Is(err, ErrDamaged) || len(codes) != 1 || codes[0].Parcel != "p-1" {
		t.Errorf("codes with one moved: %v, %v, want the other one and ErrDamaged", codes, err)
	}
	one := newSeal(randomBytes(32))
	record := seal(one, bucketCodes, []byte("p-1"), []byte("plain"))
	for _, test := range []struct {
		bucket, key string
		record      []byte
	}{
		{bucketTries, "p-1", record},
		{bucketCodes, "p-2", record},
		{bucketCodes, "p-1", append([]byte{format + 1}, record[1:]...)},
		{bucketCodes, "p-1", record[:len(record)-1]},
		{bucketCodes, "p-1", record[:10]},
		{bucketCodes, "p-1", nil},
	} {
		if _, err := unseal(one, test.bucket, []byte(test.key), test.record); !errors.Is(err, ErrDamaged) {
			t.Errorf("%d bytes opened as %s of %s: %v", len(test.record), test.key, test.bucket, err)
		}
	}
}

// One damaged identification does not take the others from a person; a lost key takes all, and is told.
func TestDamagedIdentification(t *testing.T) {
	s := NewMemory()
	withAda(t, s)
	second := controller.FirstIdentification{ID: "v-2", Recipient: "r-ada"}
	if err := s.Commit(controller.Change{Enrolled: []controller.FirstIdentification{second}}); err != nil {
		t.Fatal(err)
	}
	damage := append(s.keys.ref("person", "r-ada"), s.keys.ref("record", "v-2")...)
	if err := s.engine.update(func(tx kv) error { return tx.put(bucketVerification, damage, []byte{format}) }); err != nil {
		t.Fatal(err)
	}
	firsts, err := s.FirstIdentifications("r-ada")
	if !errors.Is(err, ErrDamaged) || len(firsts) != 1 || firsts[0].ID != "verification-17" {
		t.Errorf("with one of two damaged: %d identifications, %v", len(firsts), err)
	}
	err = s.engine.update(func(tx kv) error { return tx.remove(bucketPersonKeys, s.keys.ref("person", "r-ada")) })
	if err != nil {
		t.Fatal(err)
	}
	if firsts, err := s.FirstIdentifications("r-ada"); !errors.Is(err, ErrDamaged) || len(firsts) != 0 {
		t.Errorf("without the person's key: %d identifications, %v, want ErrDamaged", len(firsts), err)
	}
	if err := s.Commit(controller.Change{Enrolled: []controller.FirstIdentification{second}}); !errors.Is(err, ErrDamaged) {
		t.Errorf("enrolling without the person's key: got error %v, want ErrDamaged", err)
	}
	if err := s.Commit(controller.Change{Erase: []controller.RecipientID{"r-ada"}}); err != nil {
		t.Errorf("erasing damaged identifications: %v", err)
	}
	if err := s.Verify(); err != nil {
		t.Errorf("after erasing: %v", err)
	}
}

// Lines that are removed, changed or swapped by one who has the key break the chain.
func TestBrokenChain(t *testing.T) {
	for name, tamper := range map[string]func(*Store, kv) error{
		"first line removed": func(_ *Store, tx kv) error { return tx.remove(bucketJournal, numberKey(1)) },
		"line removed":       func(_ *Store, tx kv) error { return tx.remove(bucketJournal, numberKey(3)) },
		"last line removed":  func(_ *Store, tx kv) error { return tx.remove(bucketJournal, numberKey(5)) },
		"line changed": func(s *Store, tx kv) error {
			var l line
			if err := s.read(tx, bucketJournal, numberKey(3), &l); err != nil {
				return err
			}
			l.Slot++
			return s.write(tx, bucketJournal, numberKey(3), l)
		},
		"last line changed": func(s *Store, tx kv) error {
			var l line
			if err := s.read(tx, bucketJournal, numberKey(5), &l); err != nil {
				return err
			}
			l.What = string(controller.CollectedIt)
			return s.write(tx, bucketJournal, numberKey(5), l)
		},
	} {
		s := NewMemory()
		if err := s.Commit(controller.Change{Entries: make([]controller.Entry, 5)}); err != nil {
			t.Fatal(err)
		}
		if err := s.Verify(); err != nil {
			t.Fatal(err)
		}
		if err := s.engine.update(func(tx kv) error { return tamper(s, tx) }); err != nil {
			t.Fatal(err)
		}
		if err := s.Verify(); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: got error %v, want ErrDamaged", name, err)
		}
	}
}

// What was erased is in no page of the file, free or used.
func TestScrub(t *testing.T) {
	gone := []controller.DesiredRecord{{Key: "recipient/r-ada", Gone: true}}
	for name, eraseBy := range map[string]controller.Change{
		"erase":    {Erase: []controller.RecipientID{"r-ada"}},
		"gone":     {Desired: &controller.DesiredChange{From: 1, To: 2, Records: gone}},
		"snapshot": {Desired: &controller.DesiredChange{To: 2, Snapshot: true}},
	} {
		folder := t.TempDir()
		s := inFolder(t, folder)
		withAda(t, s)
		erased := rawRecords(t, s)
		if where := found(t, folder, erased); len(where) != 2 {
			t.Fatalf("%s: before it %d of 2 records are in the file", name, len(where))
		}
		if err := s.Commit(eraseBy); err != nil {
			t.Fatal(err)
		}
		if where := found(t, folder, erased); len(where) != 0 {
			t.Errorf("%s: the file still holds records of %v", name, where)
		}
		if pending(t, s) {
			t.Errorf("%s: overwriting is still to be done", name)
		}
	}
}

// A power cut between an erasure and the overwriting: the next start overwrites.
func TestScrubAtOpen(t *testing.T) {
	folder := t.TempDir()
	s := inFolder(t, folder)
	withAda(t, s)
	erased := rawRecords(t, s)
	if err := s.engine.update(func(tx kv) error { return s.erase(tx, "r-ada") }); err != nil {
		t.Fatal(err)
	}
	if where := found(t, folder, erased); len(where) == 0 || !pending(t, s) {
		t.Fatal("nothing is left to be overwritten")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = inFolder(t, folder)
	if where := found(t, folder, erased); len(where) != 0 || pending(t, s) {
		t.Errorf("after the next start the file still holds records of %v", where)
	}
	if _, err := s.Recipient("r-ada"); err != nil {
		t.Errorf("reading after pages were overwritten: %v", err)
	}
}

// rawRecords returns the sealed verification record and person's key, by bucket.
func rawRecords(t *testing.T, s *Store) map[string][]byte {
	t.Helper()
	records := map[string][]byte{}
	err := s.engine.view(func(tx kv) error {
		for _, bucket := range []string{bucketVerification, bucketPersonKeys} {
			tx.walk(bucket, nil, func(_, record []byte) bool {
				records[bucket] = bytes.Clone(record)
				return true
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// found names the buckets whose record is somewhere in the file.
func found(t *testing.T, folder string, records map[string][]byte) (where []string) {
	t.Helper()
	file, err := os.ReadFile(filepath.Join(folder, "cabinet.db"))
	if err != nil {
		t.Fatal(err)
	}
	for bucket, record := range records {
		if bytes.Contains(file, record) {
			where = append(where, bucket)
		}
	}
	return where
}

func pending(t *testing.T, s *Store) (yes bool) {
	t.Helper()
	err := s.engine.view(func(tx kv) error {
		yes = tx.get(bucketState, stateScrub) != nil
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return yes
}
