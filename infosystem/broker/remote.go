package broker

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"lockerd/sync/wire"
)

// Remote is a connection to a broker elsewhere. A new client is made for every attempt to connect; what is
// published in between is refused and the protocol above sends it again.
type Remote struct {
	account Account
	public  string
	handle  Handler
	log     *slog.Logger
	stop    context.CancelFunc
	done    chan struct{}
	current chan mqtt.Client // holds the connected client, or nil
}

const timeout = 10 * time.Second

// Account is a broker elsewhere and how one is known there.
type Account struct {
	URL      string // tcp://host:port or ssl://host:port
	User     string // which is the client id, too
	Password string
	TLS      *tls.Config // for ssl://; nil for the system's authorities
}

// Connect keeps a connection to a broker elsewhere until Close. It returns at once.
func Connect(account Account, handle Handler, log *slog.Logger) (*Remote, error) {
	u, err := url.Parse(account.URL)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("cannot use the broker's URL: it must be like tcp://host:1883")
	}
	public := url.URL{Scheme: u.Scheme, Host: u.Host}
	ctx, stop := context.WithCancel(context.Background())
	r := &Remote{account: account, public: public.String(), handle: handle, log: log, stop: stop, done: make(chan struct{}), current: make(chan mqtt.Client, 1)}
	r.current <- nil
	go r.run(ctx)
	return r, nil
}

func (r *Remote) run(ctx context.Context) {
	defer close(r.done)
	for wait := time.Second; ctx.Err() == nil; wait = min(wait*2, time.Minute) {
		lost := make(chan struct{})
		client, err := r.dial(lost)
		if err != nil {
			r.log.Warn("cannot connect to the broker", "broker", r.public, "err", err)
			select {
			case <-ctx.Done():
			case <-time.After(wait):
			}
			continue
		}
		wait = time.Second
		<-r.current
		r.current <- client
		select {
		case <-ctx.Done():
		case <-lost:
			r.log.Warn("connection to the broker was lost", "broker", r.public)
		}
		<-r.current
		r.current <- nil
		client.Disconnect(250)
	}
}

func (r *Remote) dial(lost chan struct{}) (mqtt.Client, error) {
	options := mqtt.NewClientOptions().AddBroker(r.account.URL).SetClientID(r.account.User).
		SetUsername(r.account.User).SetPassword(r.account.Password).SetTLSConfig(r.account.TLS).SetProtocolVersion(4).
		SetCleanSession(true).SetAutoReconnect(false).SetConnectRetry(false).SetOrderMatters(true).
		SetKeepAlive(60 * time.Second).SetPingTimeout(timeout).SetWriteTimeout(timeout).SetConnectTimeout(timeout).
		SetStore(mqtt.NewMemoryStore()).
		SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) { r.handle(m.Topic(), m.Payload()) }).
		SetConnectionLostHandler(func(mqtt.Client, error) { close(lost) })
	client := mqtt.NewClient(options)
	if token := client.Connect(); !token.WaitTimeout(timeout) || token.Error() != nil {
		client.Disconnect(0)
		return nil, fmt.Errorf("connecting: %w", errorOr(token.Error()))
	}
	filters := map[string]byte{wire.IngestFilter: 1, presenceFilter: 1}
	token := client.SubscribeMultiple(filters, nil)
	if !token.WaitTimeout(timeout) || token.Error() != nil {
		client.Disconnect(0)
		return nil, fmt.Errorf("subscribing: %w", errorOr(token.Error()))
	}
	for filter, code := range token.(*mqtt.SubscribeToken).Result() {
		if code == 128 {
			client.Disconnect(0)
			return nil, fmt.Errorf("broker refuses the subscription to %s", filter)
		}
	}
	return client, nil
}

func errorOr(err error) error {
	if err == nil {
		return context.DeadlineExceeded
	}
	return err
}

// Publish implements Broker.
func (r *Remote) Publish(topic string, payload []byte) error {
	client := <-r.current
	r.current <- client
	if client == nil || !client.IsConnectionOpen() {
		return ErrOffline
	}
	token := client.Publish(topic, 1, false, payload)
	select {
	case <-token.Done():
		return token.Error()
	default:
		return nil // the protocol's own answer is the proof
	}
}

// URL implements Broker.
func (r *Remote) URL() string { return r.public }

// Close implements Broker.
func (r *Remote) Close() error {
	r.stop()
	<-r.done
	return nil
}
