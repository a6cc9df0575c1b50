package store

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"lockerd/controller"
)

// TestFirstLayout is the test of migration 1: on an empty file it makes what a store needs.
func TestFirstLayout(t *testing.T) {
	e, keys := newMemory(), testKeys(t)
	if err := migrate(e, keys, migrations[:1]); err != nil {
		t.Fatal(err)
	}
	if schema, err := schemaOf(e, keys, len(migrations)+9); schema != 1 || err != nil {
		t.Errorf("schema is %d, %v, want 1", schema, err)
	}
	s, err := begin(e, keys, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if s.Epoch() == [16]byte{} {
		t.Error("there is no epoch")
	}
	again, err := begin(e, keys, slog.New(slog.DiscardHandler))
	if err != nil || again.Epoch() != s.Epoch() {
		t.Errorf("beginning again gives epoch %x, %v, want %x", again.Epoch(), err, s.Epoch())
	}
}

// Later migrations run once, in order, each whole or not at all.
func TestMigrate(t *testing.T) {
	e, keys := newMemory(), testKeys(t)
	fail := errors.New("no luck")
	var ran []string
	note := func(name string, err error) migration {
		return migration{name, func(tx kv, _ *keyring) error {
			ran = append(ran, name)
			return errors.Join(tx.put(bucketState, []byte(name), []byte{1}), err)
		}}
	}
	if err := migrate(e, keys, migrations[:1]); err != nil {
		t.Fatal(err)
	}
	steps := []migration{migrations[0], note("second", nil), note("third", fail)}
	if err := migrate(e, keys, steps); !errors.Is(err, fail) {
		t.Errorf("got error %v, want that of the third migration", err)
	}
	if schema, err := schemaOf(e, keys, len(migrations)+9); schema != 2 || err != nil {
		t.Errorf("schema is %d, %v after the third failed, want 2", schema, err)
	}
	steps[2] = note("third", nil)
	for range 2 {
		if err := migrate(e, keys, steps); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"second", "third", "third"}; len(ran) != 3 || ran[2] != want[2] || ran[1] != want[1] || ran[0] != want[0] {
		t.Errorf("migrations ran as %v, want %v", ran, want)
	}
	if err := migrate(e, keys, steps[:2]); !errors.Is(err, ErrNewer) {
		t.Errorf("an older version got error %v, want ErrNewer", err)
	}
	if err := migrate(e, testKeys(t), steps); !errors.Is(err, ErrWrongKey) {
		t.Errorf("another key got error %v, want ErrWrongKey", err)
	}
}

// A migration that fails leaves nothing of itself.
func TestMigrateWhole(t *testing.T) {
	e, keys := newMemory(), testKeys(t)
	half := migration{"half", func(tx kv, _ *keyring) error {
		return errors.Join(tx.put(bucketState, []byte("half"), []byte{1}), errors.New("no luck"))
	}}
	if err := migrate(e, keys, []migration{migrations[0], half}); err == nil {
		t.Fatal("the failure was not told")
	}
	err := e.view(func(tx kv) error {
		if tx.get(bucketState, []byte("half")) != nil {
			t.Error("half a migration is there")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestMarkedSlots is the test of migration 4: what the version before it marked is marked still.
func TestMarkedSlots(t *testing.T) {
	e, keys := newMemory(), testKeys(t)
	if err := migrate(e, keys, migrations[:3]); err != nil {
		t.Fatal(err)
	}
	type older struct {
		OutOfService string `cbor:"1,keyasint,omitempty"`
		Parcel       string `cbor:"2,keyasint,omitempty"`
	}
	err := e.update(func(tx kv) error {
		for number, slot := range map[uint64]older{
			1: {"deposit not finished: look inside", "p-1"}, 2: {"commissioning", ""}, 3: {"hinge is loose", ""},
		} {
			plain, err := encode(slot)
			if err != nil {
				return err
			}
			key := numberKey(number)
			if err := tx.put(bucketSlots, key, seal(keys.bucketSeal(bucketSlots), bucketSlots, key, plain)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := begin(e, keys, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	remembered, err := s.Remembered()
	if err != nil {
		t.Fatal(err)
	}
	want := map[controller.Slot]controller.SlotState{
		1: {Slot: 1, Unfinished: true, Parcel: "p-1"}, 2: {Slot: 2, Learning: true}, 3: {Slot: 3, OutOfService: "hinge is loose"},
	}
	if len(remembered.Slots) != len(want) {
		t.Errorf("slots are %+v", remembered.Slots)
	}
	for _, got := range remembered.Slots {
		if got != want[got.Slot] {
			t.Errorf("slot %d is %+v, want %+v", got.Slot, got, want[got.Slot])
		}
	}
}

// TestParcelsWithoutAWord is the test of migration 5: parcels of the version before it lie where they lay, and nobody
// has said what became of them.
func TestParcelsWithoutAWord(t *testing.T) {
	e, keys := newMemory(), testKeys(t)
	if err := migrate(e, keys, migrations[:4]); err != nil {
		t.Fatal(err)
	}
	type older struct {
		Recipient string `cbor:"1,keyasint"`
		Size      int    `cbor:"2,keyasint"`
		Phase     string `cbor:"3,keyasint"`
		Slot      int    `cbor:"4,keyasint,omitempty"`
		Opened    int64  `cbor:"9,keyasint,omitempty"`
	}
	err := e.update(func(tx kv) error {
		plain, err := encode(older{"r-ada", 2, "stored", 3, 1_700_000_000_000})
		if err != nil {
			return err
		}
		key := []byte("p-1")
		return tx.put(bucketParcels, key, seal(keys.bucketSeal(bucketParcels), bucketParcels, key, plain))
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := begin(e, keys, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	want := controller.Parcel{
		ID: "p-1", Recipient: "r-ada", Size: controller.Medium, Phase: controller.Stored, Slot: 3, Opened: fromMillis(1_700_000_000_000),
	}
	if got, err := s.Parcel("p-1"); err != nil || got != want {
		t.Errorf("the parcel is %+v, %v, want %+v", got, err, want)
	}
}

// TestLayoutHasANumber: an older version must refuse records that it cannot read, and newer ones must know what they
// find. Who changes a record adds a migration, which may do nothing, and then the layout's hash here.
func TestLayoutHasANumber(t *testing.T) {
	var layout strings.Builder
	for _, record := range []any{
		recipientRecord{}, firstRecord{}, staffRecord{}, invitationRecord{}, parcelRecord{}, endedRecord{}, codeRecord{}, slotRecord{},
		triesRecord{}, attemptRecord{}, intentRecord{}, settingsRecord{}, desiredRecord{}, line{}, chainEnd{},
	} {
		of := reflect.TypeOf(record)
		fmt.Fprintln(&layout, of.Name())
		for field := range of.NumField() {
			fmt.Fprintln(&layout, of.Field(field).Type, of.Field(field).Tag.Get("cbor"))
		}
	}
	got := fmt.Sprintf("%d %.8x", len(migrations), sha256.Sum256([]byte(layout.String())))
	if want := "5 cbde85431e68178e"; got != want {
		t.Errorf("schema and layout are %s, want %s", got, want)
	}
}

func testKeys(t *testing.T) *keyring {
	t.Helper()
	keys, err := newKeyring(randomBytes(deviceKeySize))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}
