package infosystem_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lockerd/infosystem"
	"lockerd/infosystem/database"
)

func TestNewRefuses(t *testing.T) {
	for name, o := range map[string]infosystem.Options{
		"no tenant":      {Dir: t.TempDir(), Outbox: true},
		"strange tenant": {Dir: t.TempDir(), Outbox: true, Tenant: "A/B"},
		"no folder":      {Dir: filepath.Join("/dev/null", "x"), Outbox: true, Tenant: "t"},
		"no address":     {Dir: t.TempDir(), Outbox: true, Tenant: "t", Web: "nowhere:x"},
		"no broker":      {Dir: t.TempDir(), Outbox: true, Tenant: "t", BrokerURL: "nonsense"},
		"nobody is told": {Dir: t.TempDir(), Tenant: "t"},
		"no SQLite": {Dir: t.TempDir(), Outbox: true, Tenant: "t", Database: func() (database.Database, error) {
			return database.OpenSQLite("/dev/null/x")
		}},
		"no PostgreSQL": {Dir: t.TempDir(), Outbox: true, Tenant: "t", Database: func() (database.Database, error) {
			return database.OpenPostgres("host=/nowhere dbname=x")
		}},
	} {
		if s, err := infosystem.New(o); err == nil {
			t.Errorf("%s: started", name)
			s.Close()
		}
	}
}

// TestSecretFiles: a secret that an editor or a disk that was full left behind is not taken for another one.
func TestSecretFiles(t *testing.T) {
	for _, name := range []string{"api.token", "broker.password"} {
		for content, fits := range map[string]bool{"": false, "\n": false, "secret": true, "secret\n": true} {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := infosystem.New(infosystem.Options{Dir: dir, Outbox: true, Tenant: "t"})
			if (err == nil) != fits || err != nil && !strings.Contains(err.Error(), name) {
				t.Errorf("%s with %q: %v", name, content, err)
			}
			if err != nil {
				continue
			}
			if name == "api.token" && s.Token() != "secret" {
				t.Errorf("from %q the token is %q", content, s.Token())
			}
			s.Close()
		}
	}
}

func TestSignerThatFailsStopsTheSystem(t *testing.T) {
	s, err := infosystem.New(infosystem.Options{Dir: t.TempDir(), Tenant: "test", Outbox: true, SignerSocket: socket(t), Signer: func(context.Context, string) error { return io.ErrUnexpectedEOF }})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "signer stopped") {
		t.Errorf("Run gave %v", err)
	}
}
