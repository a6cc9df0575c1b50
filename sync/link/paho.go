package link

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"lockerd/sync/wire"
)

// Paho is the Transport over MQTT 3.1.1 with github.com/eclipse/paho.mqtt.golang. Of that library it uses
// the packets and the keep-alive; what it does about lost connections it leaves to the Link, because the
// library reorders and cannot prove delivery. So: a new client for every connection, clean sessions, no
// reconnecting, nothing on disk.
type Paho struct {
	TLS       *tls.Config   // for ssl://, tls:// and mqtts://; nil for the system's authorities
	KeepAlive time.Duration // 0 for one minute
}

const (
	dialTime  = 30 * time.Second
	writeTime = 10 * time.Second
	queued    = 64 // messages received and not read yet; the protocol re-sends what is dropped

	subscriptionRefused = 0x80 // return code of a SUBACK
)

// ErrRefused is returned when the broker does not grant a subscription.
var ErrRefused = errors.New("broker refuses")

// Dial connects to the broker.
func (p Paho) Dial(ctx context.Context, to Broker, will Message) (Connection, error) {
	c := &pahoConnection{received: make(chan Message, queued), lost: make(chan struct{})}
	attempt, giveUp := context.WithTimeout(ctx, dialTime)
	defer giveUp()
	keep := func() bool { return true } // from now on the attempt's end leaves the connection alone
	options := mqtt.NewClientOptions().
		AddBroker(to.URL).SetClientID(to.ClientID).SetUsername(to.User).SetPassword(to.Password).
		SetProtocolVersion(4). // else a refused 3.1.1 is tried again as 3.1
		SetCleanSession(true).SetStore(mqtt.NewMemoryStore()).
		SetAutoReconnect(false).SetConnectRetry(false).
		SetKeepAlive(p.keepAlive()).SetPingTimeout(writeTime).SetWriteTimeout(writeTime).
		SetBinaryWill(will.Topic, will.Payload, 1, true).
		SetDefaultPublishHandler(c.receive).
		SetConnectionLostHandler(func(mqtt.Client, error) { c.lose() }).
		SetCustomOpenConnectionFn(func(uri *url.URL, _ mqtt.ClientOptions) (net.Conn, error) {
			conn, err := openConnection(attempt, uri, p.TLS)
			if err == nil {
				keep = context.AfterFunc(attempt, func() { conn.Close() })
			}
			return conn, err
		})
	c.client = mqtt.NewClient(options)
	token := c.client.Connect()
	select {
	case <-token.Done():
	case <-attempt.Done():
		return nil, fmt.Errorf("cannot connect to the broker: %w", attempt.Err())
	}
	if err := token.Error(); err != nil {
		return nil, fmt.Errorf("cannot connect to the broker: %w", err)
	}
	keep()
	return c, nil
}

func (p Paho) keepAlive() time.Duration {
	if p.KeepAlive > 0 {
		return p.KeepAlive
	}
	return time.Minute
}

// pahoConnection is one client of the library.
type pahoConnection struct {
	client   mqtt.Client
	received chan Message
	lost     chan struct{}
	once     sync.Once
}

// receive runs on the library's goroutine and must not block it: when the queue is full the message is
// dropped, and the protocol sends it again.
func (c *pahoConnection) receive(_ mqtt.Client, m mqtt.Message) {
	select {
	case c.received <- Message{Topic: m.Topic(), Payload: m.Payload(), Retain: m.Retained()}:
	default:
	}
}

func (c *pahoConnection) lose() { c.once.Do(func() { close(c.lost) }) }

func (c *pahoConnection) Received() <-chan Message { return c.received }

func (c *pahoConnection) Lost() <-chan struct{} { return c.lost }

func (c *pahoConnection) Close() {
	c.client.Disconnect(250) // milliseconds to say goodbye
	c.lose()
}

func (c *pahoConnection) Publish(ctx context.Context, m Message) error {
	if len(m.Payload) > wire.MaxPayload {
		return fmt.Errorf("cannot publish %d bytes: %w", len(m.Payload), wire.ErrTooLarge)
	}
	if err := c.wait(ctx, c.client.Publish(m.Topic, 1, m.Retain, m.Payload), writeTime); err != nil {
		return fmt.Errorf("cannot publish %s: %w", m.Topic, err)
	}
	return nil
}

func (c *pahoConnection) Subscribe(ctx context.Context, filter string) error {
	token := c.client.Subscribe(filter, 1, nil)
	if err := c.wait(ctx, token, writeTime); err != nil {
		return fmt.Errorf("cannot subscribe to %s: %w", filter, err)
	}
	granted, ok := token.(*mqtt.SubscribeToken)
	if !ok || granted.Result()[filter] == subscriptionRefused {
		return fmt.Errorf("%w the subscription to %s: check the cabinet's rights there", ErrRefused, filter)
	}
	return nil
}

// wait waits for a token, but no longer than the connection, ctx or limit last.
func (c *pahoConnection) wait(ctx context.Context, token mqtt.Token, limit time.Duration) error {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-token.Done():
		return token.Error()
	case <-ctx.Done():
		return ctx.Err()
	case <-c.lost:
		return errLost
	case <-timer.C:
		return fmt.Errorf("no answer within %v", limit)
	}
}

var errLost = errors.New("connection was lost")
