package signer_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/infosystem/signer"
	"lockerd/sync/wire"
)

var lobby = wire.Address{Tenant: "t", Cabinet: "lobby"}

func request(change ...func(*signer.Request)) signer.Request {
	r := signer.Request{Address: lobby, Command: wire.Command{
		ID: "c-1", Action: wire.ActionOpen, Slot: 3, Nonce: [16]byte{1}, Uptime: 5, TTL: 30_000, By: "operator", Reason: "Bo lost his code",
	}}
	for _, c := range change {
		c(&r)
	}
	return r
}

func TestServe(t *testing.T) {
	dir, err := os.MkdirTemp("", "signer")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	socket, key, log := filepath.Join(dir, "s"), filepath.Join(dir, "keys", "signer.key"), filepath.Join(dir, "logs", "signer.log")
	serve := func() (client *signer.Client, public ed25519.PublicKey, stop func()) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- signer.Serve(ctx, socket, key, log, signer.DefaultCaps) }()
		client = signer.Dial(socket)
		public, err := client.Await(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return client, public, func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	client, public, stop := serve()
	payload, err := client.Sign(t.Context(), request())
	if err != nil {
		t.Fatal(err)
	}
	var got wire.Command
	if err := wire.Verify(public, lobby.Down(wire.TypeCommand), payload, &got); err != nil || got != request().Command {
		t.Errorf("signed %+v, %v", got, err)
	}
	for path, want := range map[string]os.FileMode{socket: 0o660, key: 0o600, log: 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want mode %o", path, info.Mode(), err, want)
		}
	}
	if err := signer.Serve(t.Context(), socket, key, log, signer.DefaultCaps); err == nil {
		t.Error("a second signer took the socket")
	}
	stop()
	if _, err := client.Sign(t.Context(), request()); !errors.Is(err, signer.ErrUnreachable) {
		t.Errorf("without a signer: %v, want ErrUnreachable", err)
	}
	_, again, stop := serve()
	defer stop()
	if !again.Equal(public) {
		t.Error("the key changed over a restart")
	}
	lines, err := os.ReadFile(log)
	if err != nil || !strings.Contains(string(lines), `"command":"c-1"`) || strings.Contains(string(lines), "Bo") {
		t.Errorf("the log is %s, %v", lines, err)
	}
}

func TestRefusals(t *testing.T) {
	_, key, _ := ed25519.GenerateKey(nil)
	s := signer.New(key, signer.DefaultCaps, slog.New(slog.DiscardHandler))
	for name, change := range map[string]func(*signer.Request){
		"no slot":        func(r *signer.Request) { r.Command.Slot = 0 },
		"all cabinets":   func(r *signer.Request) { r.Address.Cabinet = "+" },
		"no reason":      func(r *signer.Request) { r.Command.Reason = "" },
		"no operator":    func(r *signer.Request) { r.Command.By = "" },
		"no id":          func(r *signer.Request) { r.Command.ID = "" },
		"no nonce":       func(r *signer.Request) { r.Command.Nonce = [16]byte{} },
		"lives for ever": func(r *signer.Request) { r.Command.TTL = time.Hour.Milliseconds() },
		"dead already":   func(r *signer.Request) { r.Command.TTL = 0 },
		"unknown action": func(r *signer.Request) { r.Command.Action = "explode" },
		"no parcel":      func(r *signer.Request) { r.Command.Action = wire.ActionRecode },
	} {
		if payload, err := s.Sign(request(change)); err == nil {
			t.Errorf("%s: signed %d bytes", name, len(payload))
		}
	}
}

func TestCaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, key, _ := ed25519.GenerateKey(nil)
		s := signer.New(key, signer.Caps{PerCabinetMinute: 2, PerCabinetHour: 3, AllHour: 4}, slog.New(slog.DiscardHandler))
		yard := func(r *signer.Request) { r.Address.Cabinet = "yard" }
		must := func(what string, want error, change ...func(*signer.Request)) {
			t.Helper()
			if _, err := s.Sign(request(change...)); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", what, err, want)
			}
		}
		must("first", nil)
		must("second", nil)
		must("third in a minute", signer.ErrCapped)
		must("another cabinet", nil, yard)
		time.Sleep(2 * time.Minute)
		must("third in an hour", nil)
		must("fourth in an hour", signer.ErrCapped)
		must("fifth of all", signer.ErrCapped, yard)
		time.Sleep(time.Hour)
		must("an hour later", nil)
	})
}
