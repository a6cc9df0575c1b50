package main

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"lockerd/configs"
)

// A reboot that is asked for ends the program in order, with the error that makes its exit status.
func TestReboot(t *testing.T) {
	t.Parallel()
	cfg, err := configs.Load("../../configs/sandbox.yaml", "dir="+t.TempDir(), "sync.infosystem=",
		"kiosk.listen=127.0.0.1:0", "front.listen=127.0.0.1:0", "fingerprint.pace=false")
	if err != nil {
		t.Fatal(err)
	}
	d, err := open(cfg, "", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	parts, err := d.parts()
	if err == nil {
		err = d.join(parts)
	}
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // who asks twice waits for nothing
		if err := (machine{d}).Reboot(); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := d.serve(ctx); !errors.Is(err, errReboot) {
		t.Errorf("it ended with %v", err)
	}
}
