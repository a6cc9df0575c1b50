package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"lockerd/controller"
)

// Diagnostics of a cabinet with a person, a parcel and a technician's words hold none of them.
func TestDiagnosticsHoldNoPersonalData(t *testing.T) {
	t.Parallel()
	s := &story{rig: newRig(t), newest: map[string]string{}}
	for _, step := range []string{"given ada, with a parcel in slot 1"} {
		if err := s.take(step); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.d.controller.SetService("9001", 3, "Bo's bicycle leans on it", false); err != nil {
		t.Fatal(err)
	}
	path, err := (machine{s.d}).Export(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var read diagnostics
	if err := json.Unmarshal(bundle, &read); err != nil {
		t.Fatal(err)
	}
	if read.Status.Parcels != 1 || len(read.SelfTest) < 15 || len(read.Journal) < 5 || read.Build.Go == "" || !strings.Contains(read.Settings, "slots:") {
		t.Errorf("it tells too little: %+v", read)
	}
	parcels, err := s.d.store.Parcels()
	if err != nil || len(parcels) != 1 {
		t.Fatalf("%v, %v", parcels, err)
	}
	for _, personal := range []string{"r-ada", "Ada", tail("ada"), string(parcels[0].ID), courierNumber, "9001", "bicycle"} {
		if strings.Contains(strings.ReplaceAll(string(bundle), read.Settings, ""), `"`+personal) || strings.Contains(string(bundle), " "+personal) {
			t.Errorf("it holds %q", personal)
		}
	}
}

// One person has one number in a file, and a number tells nothing of another file.
func TestAnonymous(t *testing.T) {
	lines := anonymous([]controller.Entry{
		{Seq: 1, What: controller.Matched, Who: "r-7", Parcel: "P-1", Detail: "finger"}, {Seq: 2, What: controller.Audit, Who: "9001", Detail: "open 3 Ada calls"},
		{Seq: 3, What: controller.CollectedIt, Who: "r-7", Parcel: "P-2"},
	})
	if lines[0].Who != lines[2].Who || lines[0].Who == lines[1].Who || lines[0].Parcel == lines[2].Parcel || lines[1].Detail != "" || lines[0].Detail != "finger" {
		t.Errorf("%+v", lines)
	}
	for _, l := range lines {
		if l.Who == "r-7" || l.Who == "9001" || l.Parcel == "P-1" {
			t.Errorf("%+v", l)
		}
	}
}
