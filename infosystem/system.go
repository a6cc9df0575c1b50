package infosystem

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"lockerd/infosystem/arrivals"
	"lockerd/infosystem/broker"
	"lockerd/infosystem/cabinets"
	"lockerd/infosystem/database"
	"lockerd/infosystem/desired"
	"lockerd/infosystem/desk"
	"lockerd/infosystem/exchange"
	"lockerd/infosystem/ingest"
	"lockerd/infosystem/notices"
	"lockerd/infosystem/operators"
	"lockerd/infosystem/signer"
	"lockerd/infosystem/vault"
	"lockerd/infosystem/web"
	"lockerd/sync/wire"
)

// System is an information system.
type System struct {
	options   Options
	db        database.Database
	keys      keys
	box       *vault.Box
	broker    broker.Broker
	exchange  *exchange.Exchange
	deliverer *notices.Deliverer
	desk      *desk.Desk
	live      *web.Live
	signer    *signer.Client
	listener  net.Listener
	handler   http.Handler
	first     string
	closing   sync.Once
	passwords passwords

	mu         sync.Mutex
	commandKey ed25519.PublicKey
}

// New opens the state, or makes it, and begins to listen. Run then serves; Close gives up a system that
// was never run.
func New(o Options) (_ *System, err error) {
	o.defaults()
	if err := (wire.Address{Tenant: o.Tenant, Cabinet: "c"}).Check(); err != nil {
		return nil, fmt.Errorf("cannot start the information system: %w", err)
	}
	if o.NotifyURL == "" && !o.Outbox {
		return nil, errors.New("cannot start the information system: nobody would be told of parcels and codes: name a webhook for notices, or show them in the outbox of a sandbox")
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the state folder: %w", err)
	}
	s := &System{options: o, live: web.NewLive(), passwords: passwords{late: make(chan struct{}, 1)}}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if err := s.openState(); err != nil {
		return nil, err
	}
	if s.listener, err = net.Listen("tcp", o.Web); err != nil {
		return nil, fmt.Errorf("cannot serve the pages: %w", err)
	}
	s.signer = signer.Dial(s.signerSocket())
	s.assemble()
	if err := s.openBroker(); err != nil {
		return nil, err
	}
	s.exchange.Attach(s.broker)
	return s, nil
}

// openState opens the database, and the keys that it was written under. Only for a fresh one they are made.
func (s *System) openState() (err error) {
	o := s.options
	db, err := o.Database()
	if err != nil {
		return err // db may hold a nil pointer, which Close would take for a database
	}
	s.db = db
	fresh := o.NewKeys
	err = s.db.View(context.Background(), func(tx database.Tx) error {
		empty, err := isFresh(tx)
		fresh = fresh || empty
		return err
	})
	if err != nil {
		return err
	}
	if s.keys, err = openKeys(o.Dir, fresh); err != nil {
		return err
	}
	if s.box, err = vault.OpenBox(cmp.Or(o.KeyFile, filepath.Join(o.Dir, "vault.key")), fresh); err != nil {
		return missing(vaultKey, err)
	}
	return s.db.Update(context.Background(), func(tx database.Tx) (err error) {
		if err := checkKey(tx, systemKeys, s.keys.digest(), o.NewKeys); err != nil {
			return err
		}
		if err := checkKey(tx, vaultKey, s.box.Digest([]byte("key check")), o.NewKeys); err != nil {
			return err
		}
		s.first, err = operators.First(tx, time.Now())
		return err
	})
}

// assemble puts the parts together, all but the broker.
func (s *System) assemble() {
	o := s.options
	s.deliverer = &notices.Deliverer{
		DB: s.db, Box: s.box, Notifier: notices.Notifier(notices.Outbox{}), Keep: o.Outbox, Log: o.Log,
		Wake: make(chan struct{}, 1), Idle: 5 * time.Second,
	}
	if o.NotifyURL != "" {
		s.deliverer.Notifier = notices.Webhook{URL: o.NotifyURL, Client: &http.Client{}}
	}
	keeper := desired.NewKeeper(o.Tenant, s.box, o.Log)
	s.exchange = exchange.New(exchange.Options{
		Tenant: o.Tenant, DB: s.db, Desired: keeper, Key: s.keys.sign, Signer: s, Log: o.Log, Changed: s.changed, Alive: o.Alive,
		Ingest:   &ingest.Ingest{Tenant: o.Tenant, Box: s.box, OpenKey: s.keys.open},
		Arrivals: arrivals.Arrivals{Box: s.box, Region: o.Region},
	})
	s.desk = &desk.Desk{
		DB: s.db, Box: s.box, Tenant: o.Tenant, Region: o.Region, JoinLasts: o.JoinLasts,
		Desired: keeper, Cabinets: s.exchange, Notices: s.deliverNow, Changed: s.live.Changed, Joined: s.joined, Log: o.Log,
		Trust: desk.Trust{
			Broker: s.BrokerURL, SystemKey: s.keys.sign.Public().(ed25519.PublicKey), SealKey: s.keys.seal,
			CommandKey: s.signerKey,
		},
	}
	s.handler = web.New(web.Options{
		Desk: s.desk, Token: s.keys.token, Hosts: []string{web.HostOf(o.Web), web.HostOf(o.Public)},
		Public: o.Public, Proxies: o.Proxies, Lasts: o.SessionLasts,
		Outbox: o.Outbox, Hint: o.Hint, Live: s.live, Log: o.Log,
	})
}

func (s *System) openBroker() error {
	o := s.options
	if o.BrokerURL != "" {
		if err := s.tellBroker(); err != nil {
			return err
		}
		account := broker.Account{URL: o.BrokerURL, User: s.brokerUser(), Password: s.keys.broker, TLS: o.BrokerTLS}
		remote, err := broker.Connect(account, s.exchange.Receive, o.Log)
		if err == nil {
			s.broker = remote
		}
		return err
	}
	authenticate := func(cabinet, password string) (fits bool) {
		err := s.db.View(context.Background(), func(tx database.Tx) (err error) {
			fits, err = cabinets.PasswordFits(tx, cabinet, password)
			return err
		})
		return err == nil && fits
	}
	embedded, err := broker.Embed(o.Broker, o.Tenant, authenticate, s.exchange.Receive, o.Log)
	if err == nil {
		s.broker = embedded
	}
	return err
}

// Run serves until ctx ends, then stops everything. It returns the first fault, nil when ctx ended.
func (s *System) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var parts sync.WaitGroup
	faults := make(chan error, 6)
	start := func(name string, run func(context.Context) error) {
		parts.Go(func() {
			if err := run(ctx); err != nil && ctx.Err() == nil {
				faults <- fmt.Errorf("%s stopped: %w", name, err)
				stop()
			}
		})
	}
	start("signer", s.runSigner)
	if err := s.awaitSigner(ctx); err != nil {
		stop()
		parts.Wait()
		close(faults)
		return errors.Join(<-faults, err, s.Close())
	}
	start("exchange", s.exchange.Run)
	start("notices", s.deliverer.Run)
	start("retention", s.keepHouse)
	start("web", s.serve)
	start("broker's passwords", s.keepBrokerTold)
	parts.Wait()
	close(faults)
	return errors.Join(<-faults, s.Close())
}

func (s *System) runSigner(ctx context.Context) error {
	if run := s.options.Signer; run != nil {
		return run(ctx, s.signerSocket())
	}
	dir := s.options.Dir
	key := cmp.Or(s.options.SignerKey, filepath.Join(dir, "signer.key"))
	return signer.Serve(ctx, s.signerSocket(), key, filepath.Join(dir, "signer.log"), s.options.SignerCaps)
}

func (s *System) awaitSigner(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	key, err := s.signer.Await(ctx)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.commandKey = key
	s.mu.Unlock()
	return s.db.Update(ctx, func(tx database.Tx) error { return checkKey(tx, commandKey, key, s.options.NewKeys) })
}

func (s *System) serve(ctx context.Context) error {
	server := &http.Server{
		Handler: s.handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	closed := context.AfterFunc(ctx, func() { server.Close() })
	defer closed()
	if err := server.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Close frees what New opened. Run does it itself.
func (s *System) Close() error {
	var errs []error
	s.closing.Do(func() {
		if s.broker != nil {
			errs = append(errs, s.broker.Close())
		}
		if s.listener != nil {
			if err := s.listener.Close(); !errors.Is(err, net.ErrClosed) {
				errs = append(errs, err)
			}
		}
		if s.db != nil {
			errs = append(errs, s.db.Close())
		}
	})
	return errors.Join(errs...)
}

// WebURL is where pages and API are.
func (s *System) WebURL() string { return "http://" + s.listener.Addr().String() }

// BrokerURL is where cabinets connect to.
func (s *System) BrokerURL() string { return s.broker.URL() }

// FirstPassword is the password of the operator named "operator", when New made it just now; otherwise it
// is empty. It cannot be had again.
func (s *System) FirstPassword() string { return s.first }

// Token is the bearer token of the JSON API.
func (s *System) Token() string { return s.keys.token }

// SignCommand implements exchange.Signer.
func (s *System) SignCommand(ctx context.Context, address wire.Address, c wire.Command) ([]byte, error) {
	return s.signer.Sign(ctx, signer.Request{Address: address, Command: c})
}

func (s *System) signerKey() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commandKey
}

// changed is called when cabinets changed something.
func (s *System) changed() {
	s.deliverNow()
	s.live.Changed()
}

func (s *System) deliverNow() {
	select {
	case s.deliverer.Wake <- struct{}{}:
	default:
	}
}

// signerSocket is the path of the signer's socket. The system's limit on such paths is about 100 bytes.
func (s *System) signerSocket() string {
	return cmp.Or(s.options.SignerSocket, filepath.Join(s.options.Dir, "signer.sock"))
}
