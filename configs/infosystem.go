package configs

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"time"
)

var countryCode = regexp.MustCompile(`^[A-Z]{2}$`)

// Infosystem is everything that an information system can be told. A value left out of the file has the
// default that DefaultInfosystem gives.
type Infosystem struct {
	// Tenant names the operator in topics: 1–32 of a–z, 0–9 and "-".
	Tenant string `yaml:"tenant"`
	// Dir holds the state: database, keys, first password.
	Dir string `yaml:"dir"`
	// Listen is the host:port of the web pages and the JSON API. Beyond loopback a proxy must add TLS.
	Listen string `yaml:"listen"`
	// Public is the address under which cabinets and operators reach Listen; empty when that is Listen itself.
	Public string `yaml:"public"`
	// TrustedProxies are the proxies in front of Listen, as addresses or networks such as 10.1.2.0/24. What they say in
	// X-Forwarded-For, Forwarded and X-Forwarded-Proto counts; what anybody else says there does not.
	TrustedProxies []string     `yaml:"trusted_proxies"`
	Country        string       `yaml:"country"` // ISO 3166 letters, for phone numbers without a country code
	Database       Database     `yaml:"database"`
	Broker         Broker       `yaml:"broker"`
	Signer         Signer       `yaml:"signer"`
	Notices        Notices      `yaml:"notices"`
	Key            Key          `yaml:"key"`
	JoinCode       JoinCode     `yaml:"join_code"`
	Operators      Operators    `yaml:"operators"`
	Retention      CloudKeeping `yaml:"retention"`
}

// Database is where people, parcels and events lie.
type Database struct {
	Driver string `yaml:"driver"` // "sqlite" or "postgres"
	// Source is SQLite's file, or how PostgreSQL is reached: postgres://user@host/name, or
	// "host=/run/postgresql dbname=name". A password belongs into the file that PGPASSFILE names.
	Source string `yaml:"source"`
}

// Broker carries the messages between cabinets and information system.
type Broker struct {
	// Listen is the loopback host:port of the embedded broker; empty when URL names another one.
	Listen string `yaml:"listen"`
	// URL is the MQTT 3.1.1 broker that cabinets and information system connect to: ssl://host:port, or
	// tcp://host:port on this machine; empty for the embedded one.
	URL string `yaml:"url"`
}

// Signer is the process that alone can sign door commands.
type Signer struct {
	// Apart says that the signer runs as a service of its own, under a user of its own
	// (infosystem-signer.service); otherwise the information system starts it.
	Apart  bool   `yaml:"apart"`
	Socket string `yaml:"socket"` // Unix socket between information system and signer
	Key    Key    `yaml:"key"`    // its signing key, where the information system starts it
}

// Notices says how people are told of parcels and codes.
type Notices struct {
	Webhook string `yaml:"webhook"` // POSTed to for each notice; empty: none
	Outbox  bool   `yaml:"outbox"`  // operators see notices on a page, codes included: sandbox and trials only
}

// JoinCode bounds the one-time codes with which cabinets join.
type JoinCode struct {
	Valid time.Duration `yaml:"valid"` // 1m–720h
}

// Operators bounds the sessions of the people at the web pages.
type Operators struct {
	Idle time.Duration `yaml:"idle"` // without a request before an operator is signed out, 1m–24h
}

// CloudKeeping says how long the information system keeps what it no longer needs.
type CloudKeeping struct {
	EventDays  int `yaml:"event_days"`  // 1–3650
	ParcelDays int `yaml:"parcel_days"` // parcels that were collected or returned, 1–3650
	UnusedDays int `yaml:"unused_days"` // verification information since its last use, 1–1095 (three years)
}

// DefaultInfosystem returns the settings that hold for keys that a file leaves out.
func DefaultInfosystem() Infosystem {
	return Infosystem{
		Listen:    "127.0.0.1:8082",
		Country:   "CN",
		Database:  Database{Driver: "sqlite", Source: "infosystem.db"},
		Broker:    Broker{Listen: "127.0.0.1:1884"},
		Signer:    Signer{Socket: "signer.sock", Key: Key{Source: "file", Path: "signer.key"}},
		Key:       Key{Source: "file", Path: "infosystem.key"},
		JoinCode:  JoinCode{Valid: 24 * time.Hour},
		Operators: Operators{Idle: 30 * time.Minute},
		Retention: CloudKeeping{EventDays: 365, ParcelDays: 90, UnusedDays: 1095},
	}
}

// LoadInfosystem reads an information system's settings, with overrides as in Load.
func LoadInfosystem(path string, overrides ...string) (Infosystem, error) {
	s := DefaultInfosystem()
	d, err := open(path, overrides, &s)
	if err != nil {
		return Infosystem{}, err
	}
	s.check(d)
	if err := d.err(); err != nil {
		return Infosystem{}, err
	}
	under(s.Dir, &s.Signer.Socket)
	if s.Database.Driver == "sqlite" {
		under(s.Dir, &s.Database.Source)
	}
	for _, k := range []*Key{&s.Key, &s.Signer.Key} {
		if k.Source == "file" {
			under(s.Dir, &k.Path)
		}
	}
	return s, nil
}

func (s *Infosystem) check(d *document) {
	d.matches("tenant", s.Tenant, plainName, "1 to 32 of a–z, 0–9 and -")
	d.given("dir", s.Dir, "the folder for the information system's state")
	d.hostPort("listen", s.Listen)
	if s.Public != "" {
		d.address("public", s.Public, false)
	}
	for i, proxy := range s.TrustedProxies {
		if _, err := ParseNetwork(proxy); err != nil {
			d.problem(fmt.Sprintf("trusted_proxies[%d]", i), "%v", err)
		}
	}
	d.matches("country", s.Country, countryCode, "the two capital letters of a country, for example CN")
	d.oneOf("database.driver", s.Database.Driver, "sqlite", "postgres")
	d.given("database.source", s.Database.Source, "the database's file or address")
	s.Broker.check(d)
	d.given("signer.socket", s.Signer.Socket, "the Unix socket of the signer")
	d.key("signer.key", s.Signer.Key)
	d.key("key", s.Key)
	if s.Notices.Webhook != "" {
		d.address("notices.webhook", s.Notices.Webhook, false)
	}
	d.between("join_code.valid", s.JoinCode.Valid, time.Minute, 720*time.Hour)
	d.between("operators.idle", s.Operators.Idle, time.Minute, 24*time.Hour)
	d.days("retention.event_days", s.Retention.EventDays)
	d.days("retention.parcel_days", s.Retention.ParcelDays)
	if n := s.Retention.UnusedDays; n < 1 || n > 1095 {
		d.problem("retention.unused_days", "is %d; write a number of days from 1 to 1095 (three years)", n)
	}
}

// ParseNetwork reads an address, or a network such as 10.1.2.0/24, but for one of all addresses.
func ParseNetwork(text string) (netip.Prefix, error) {
	network, err := netip.ParsePrefix(text)
	if address, e := netip.ParseAddr(text); e == nil && address.Zone() == "" {
		network, err = netip.PrefixFrom(address, address.BitLen()), nil
	}
	switch {
	case err != nil || network.Addr().Is4In6():
		return netip.Prefix{}, fmt.Errorf("is %q; write an address or a network, for example 127.0.0.1 or 10.1.2.0/24", text)
	case network.Bits() == 0:
		return netip.Prefix{}, errors.New("names every address, so that everybody could say who they are; write the proxies' own")
	}
	return network.Masked(), nil
}

// check asks for exactly one broker: the embedded one, or another by its URL.
func (b Broker) check(d *document) {
	switch {
	case b.URL == "" && b.Listen == "":
		d.problem("broker.listen", "is missing; write an address such as 127.0.0.1:1884, or broker.url for another broker")
	case b.URL == "":
		d.loopback("broker.listen", b.Listen)
	case b.Listen != "":
		d.problem("broker.listen", "stands beside broker.url; keep one (the embedded broker needs no url, another needs listen: \"\")")
	default:
		u, err := url.Parse(b.URL)
		if err != nil || u.Port() == "" || (u.Scheme != "ssl" && u.Scheme != "tcp") || u.User != nil {
			d.problem("broker.url", "is no address of a broker; write one such as ssl://broker.example.org:8883")
			return
		}
		if u.Scheme == "tcp" && !here(u) {
			d.problem("broker.url", "is %q; write ssl, since the line to another machine must not be read by others", b.URL)
		}
	}
}
