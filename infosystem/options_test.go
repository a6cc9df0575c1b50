package infosystem_test

import (
	"context"
	"io"
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

func TestSignerThatFailsStopsTheSystem(t *testing.T) {
	s, err := infosystem.New(infosystem.Options{Dir: t.TempDir(), Tenant: "test", Outbox: true, SignerSocket: socket(t), Signer: func(context.Context, string) error { return io.ErrUnexpectedEOF }})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "signer stopped") {
		t.Errorf("Run gave %v", err)
	}
}
