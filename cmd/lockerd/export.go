package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"lockerd/controller"
	"lockerd/controller/console"
)

// exported is how many lines of the journal diagnostics hold.
const exported = 1000

// diagnostics is what helps those who help from afar. It holds no personal data.
type diagnostics struct {
	Made     time.Time       `json:"made"`
	Build    build           `json:"build"`
	Status   console.Status  `json:"status"`
	SelfTest []console.Check `json:"self_test"`
	Settings string          `json:"settings"`
	Journal  []anonymousLine `json:"journal"`
}

// anonymousLine is a line of the journal without people: who and parcel are numbers that hold in one file.
type anonymousLine struct {
	Seq    uint64          `json:"seq"`
	At     time.Time       `json:"at"`
	What   controller.What `json:"what"`
	Slot   controller.Slot `json:"slot,omitempty"`
	Parcel string          `json:"parcel,omitempty"`
	Who    string          `json:"who,omitempty"`
	Detail string          `json:"detail,omitempty"`
}

// typed are lines whose detail people type: a reason may name somebody.
var typed = map[controller.What]bool{
	controller.Audit: true, controller.SlotService: true, controller.CommandDone: true, controller.CommandNot: true,
}

// anonymous takes people out of the journal: every reference becomes a number, in the order of appearance.
func anonymous(entries []controller.Entry) []anonymousLine {
	names := map[string]string{}
	number := func(kind, name string) string {
		if name == "" {
			return ""
		}
		if names[kind+name] == "" {
			names[kind+name] = fmt.Sprintf("%s-%d", kind, len(names)+1)
		}
		return names[kind+name]
	}
	lines := make([]anonymousLine, 0, len(entries))
	for _, e := range entries {
		line := anonymousLine{Seq: e.Seq, At: e.At, What: e.What, Slot: e.Slot,
			Parcel: number("parcel", string(e.Parcel)), Who: number("person", e.Who)}
		if !typed[e.What] {
			line.Detail = e.Detail
		}
		lines = append(lines, line)
	}
	return lines
}

// Bundle is console.Care's.
func (m machine) Bundle(ctx context.Context) ([]byte, error) {
	settings, err := m.Config()
	if err != nil {
		return nil, err
	}
	entries, err := m.Tail(exported)
	if err != nil {
		return nil, fmt.Errorf("cannot read the journal: %w", err)
	}
	return json.MarshalIndent(diagnostics{
		Made: time.Now(), Build: buildInfo(), Status: m.Status(ctx), SelfTest: m.SelfTest(ctx, "", false),
		Settings: settings, Journal: anonymous(entries),
	}, "", " ")
}

// Export is console.Care's.
func (m machine) Export(ctx context.Context) (string, error) {
	bundle, err := m.Bundle(ctx)
	if err != nil {
		return "", err
	}
	path, err := filepath.Abs(filepath.Join(m.cfg.Dir, "diagnostics.json"))
	if err != nil {
		return "", err
	}
	return path, os.WriteFile(path, bundle, 0o600)
}
