package infosystem_test

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lockerd/infosystem"
	"lockerd/infosystem/database/databasetest"
)

// TestLostKeys: over a database that was written under other keys nothing starts, and no key is made, until somebody says
// that the old ones are lost.
func TestLostKeys(t *testing.T) {
	dir := t.TempDir()
	options := infosystem.Options{Dir: dir, Database: databasetest.Opener(t), Tenant: "test", Outbox: true, SignerSocket: socket(t)}
	s, err := infosystem.New(options)
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, s)
	apiOf(t, s).do("GET", "/api/v1/people", nil, nil) // the signer was met
	stop()

	for _, name := range []string{"system.keys", "vault.key", "signer.key"} {
		path := filepath.Join(dir, name)
		kept, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := startOnce(t, options); err == nil || !strings.Contains(err.Error(), "put it back") || strings.Contains(err.Error(), "panic") {
			t.Errorf("without %s: %v", name, err)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s was made anew over a database that needs the old one", name)
		}
		if err := os.WriteFile(path, otherKey(t, name), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := startOnce(t, options); err == nil || !strings.Contains(err.Error(), "--new-keys") {
			t.Errorf("with another %s: %v", name, err)
		}
		if err := os.WriteFile(path, kept, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := startOnce(t, options); err != nil {
		t.Errorf("with the right keys back: %v", err)
	}

	for _, name := range []string{"system.keys", "vault.key"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	anew := options
	anew.NewKeys = true
	if err := startOnce(t, anew); err != nil {
		t.Errorf("with new keys: %v", err)
	}
	if err := startOnce(t, options); err != nil {
		t.Errorf("after the new keys: %v", err)
	}
}

// otherKey is a key that fits the file and nothing else.
func otherKey(t *testing.T, name string) []byte {
	t.Helper()
	if name != "system.keys" {
		return bytes.Repeat([]byte{7}, 32)
	}
	dir := t.TempDir()
	s, err := infosystem.New(infosystem.Options{Dir: dir, Tenant: "test", Outbox: true, SignerSocket: socket(t)})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// startOnce starts a system, ends it once its pages answer, and returns what went wrong.
func startOnce(t *testing.T, options infosystem.Options) error {
	t.Helper()
	s, err := infosystem.New(options)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	pages := make(chan struct{})
	go func() {
		defer close(pages)
		response, err := http.Get(s.WebURL())
		if err == nil {
			response.Body.Close()
		}
	}()
	select {
	case err := <-done:
		return err
	case <-pages:
		cancel()
		return <-done
	}
}
