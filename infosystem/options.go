// Package infosystem is the information system, the third subject of the method: it has the identification
// information (personal information that identifies a user) and the verification information (what the
// user verifies with), kept apart and associated by an opaque reference; it assigns parcels, judges whether
// their recipients are specific, and has them told. Cabinets reach it over MQTT (package exchange),
// operators over HTTP (package web).
//
// New opens or makes the state in a folder and listens; Run runs everything until its context ends.
package infosystem

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/netip"
	"path/filepath"
	"time"

	"lockerd/infosystem/database"
	"lockerd/infosystem/signer"
)

// Options say how to run an information system. What is left out has the default that is named.
type Options struct {
	Dir    string // state: database, keys, token
	Tenant string // 1–32 of a–z, 0–9 and -
	Web    string // host:port of pages and API; port 0 takes any. Default 127.0.0.1:0
	Public string // URL under which others reach Web, when it is another
	// Proxies are the networks of the proxies in front of Web, whose X-Forwarded-For, Forwarded and X-Forwarded-Proto count.
	Proxies []netip.Prefix
	Region  string // ISO 3166: where phone numbers without a country code belong. Default CN

	// Database opens the database, which Close closes. Default: the SQLite file infosystem.db in Dir.
	Database func() (database.Database, error)
	KeyFile  string // seals the vault. Default vault.key in Dir
	// NewKeys makes keys that are missing, and takes others than those that the database was written under.
	NewKeys bool

	Broker string // host:port of the embedded broker; port 0 takes any. Default 127.0.0.1:0
	// BrokerURL is another MQTT 3.1.1 broker, tcp:// or ssl://, in place of the embedded one. The file
	// broker.passwords in Dir then tells it who may connect.
	BrokerURL string
	BrokerTLS *tls.Config // for ssl://. Default: the system's authorities

	// Signer runs the signer on a unix socket until its context ends. Default: inside this process, which
	// is for tests and sandboxes; in service it is a process of its own.
	Signer       func(ctx context.Context, socket string) error
	SignerSocket string      // default signer.sock in Dir
	SignerKey    string      // key file of the default signer. Default signer.key in Dir
	SignerCaps   signer.Caps // of the default signer. Default signer.DefaultCaps

	// One of the two is required, so that people are told.
	NotifyURL string // webhook for notices
	Outbox    bool   // show notices, codes included, to operators: for sandboxes and trials only

	Hint string // a line on top of each page

	JoinLasts    time.Duration // default 24 h
	SessionLasts time.Duration // without a request. Default 30 min
	Retention    Retention

	Alive func()       // called every 2 s while messages are handled, for a watchdog
	Log   *slog.Logger // default: nothing is logged
}

// Retention says for how many days is kept what is needed no more; 0 keeps it.
type Retention struct {
	Events  int
	Parcels int // that ended
	Unused  int // verification information since it was stored or matched last
}

func (o *Options) defaults() {
	set := func(s *string, value string) {
		if *s == "" {
			*s = value
		}
	}
	set(&o.Web, "127.0.0.1:0")
	set(&o.Broker, "127.0.0.1:0")
	set(&o.Region, "CN")
	if o.Database == nil {
		path := filepath.Join(o.Dir, "infosystem.db")
		o.Database = func() (database.Database, error) { return database.OpenSQLite(path) }
	}
	if o.JoinLasts == 0 {
		o.JoinLasts = 24 * time.Hour
	}
	if o.SessionLasts == 0 {
		o.SessionLasts = 30 * time.Minute
	}
	if o.SignerCaps == (signer.Caps{}) {
		o.SignerCaps = signer.DefaultCaps
	}
	if o.Alive == nil {
		o.Alive = func() {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}
