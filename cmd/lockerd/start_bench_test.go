package main

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"lockerd/controller"
	"lockerd/store"
)

// manyPeople is how many people a large cabinet's store knows.
const manyPeople = 10_000

// BenchmarkStart10k starts the real program, as a process of its own, on a store of 10,000 people with two
// fingers and a passcode each, twelve of them with a parcel, and measures until the touchscreen's page is
// home. "anon" is the most anonymous memory that the process had until a second later.
func BenchmarkStart10k(b *testing.B) {
	dir := b.TempDir()
	if err := seed(dir); err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	most, last := 0.0, 0.0
	for b.Loop() {
		p, err := startProgram(dir, "")
		if err != nil {
			b.Fatal(err)
		}
		took = append(took, p.took)
		for end := time.Now().Add(time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			last, err = p.anonymous()
			most = max(most, last)
		}
		if err := errors.Join(err, p.stop()); err != nil {
			b.Fatalf("%v\n%s", err, &p.log)
		}
	}
	b.ReportMetric(0, "ns/op") // holds the second of watching
	report(b, "start", took)
	b.ReportMetric(most, "anon-max-MB")
	b.ReportMetric(last, "anon-MB")
}

// seed makes the store.
func seed(dir string) error {
	s, err := store.Open(filepath.Join(dir, "lockerd.db"), store.KeyFile{Path: filepath.Join(dir, "device.key")}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	template, err := enrolled("ada")
	if err != nil {
		return err
	}
	for version := range uint64(manyPeople / 500) {
		var records []controller.DesiredRecord
		for i := range 500 {
			name := fmt.Sprintf("person-%05d", int(version)*500+i)
			records = append(records, recipient(name))
			for _, record := range template[1:] {
				first := *record.First
				first.Recipient, first.ID = controller.RecipientID("r-"+name), name+first.ID
				records = append(records, controller.DesiredRecord{Key: "verification/" + first.ID, First: &first})
			}
		}
		err := s.Commit(controller.Change{Desired: &controller.DesiredChange{From: version, To: version + 1, Records: records}})
		if err != nil {
			return err
		}
	}
	var lying []controller.Parcel
	for slot := range controller.Slot(12) {
		lying = append(lying, controller.Parcel{ID: controller.ParcelID(fmt.Sprint("p", slot)), Size: controller.Small, Phase: controller.Stored,
			Recipient: controller.RecipientID(fmt.Sprintf("r-person-%05d", slot)), Slot: slot + 1, Generation: uint64(slot) + 1, Stored: time.Now()})
	}
	return errors.Join(s.Commit(controller.Change{Parcels: lying}), s.Close())
}
