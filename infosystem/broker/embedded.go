package broker

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"

	"lockerd/sync/wire"
)

// Embedded is a broker inside this process. Its consumer is inline: messages from cabinets come by a call.
type Embedded struct {
	server   *mqtt.Server
	listener *listeners.TCP
}

// Authenticate tells whether a password is that of a cabinet.
type Authenticate func(cabinet, password string) bool

// Embed starts a broker on address (host:port, port 0 for any). A cabinet connects with its id as user
// name; it publishes only its own up and st topics and subscribes only its own dn topics.
func Embed(address, tenant string, authenticate Authenticate, handle Handler, log *slog.Logger) (*Embedded, error) {
	capabilities := mqtt.NewDefaultServerCapabilities()
	capabilities.MaximumPacketSize = wire.MaxPayload + 4<<10
	capabilities.MaximumClientWritesPending = 1 << 10
	server := mqtt.New(&mqtt.Options{InlineClient: true, Capabilities: capabilities, Logger: slog.New(quiet{log.With("part", "broker").Handler()})})
	if err := server.AddHook(&gate{tenant: tenant, authenticate: authenticate}, nil); err != nil {
		return nil, fmt.Errorf("cannot set up the broker: %w", err)
	}
	e := &Embedded{server, listeners.NewTCP(listeners.Config{ID: "cabinets", Address: address})}
	if err := server.AddListener(e.listener); err != nil {
		return nil, fmt.Errorf("cannot start the broker on %s: %w", address, err)
	}
	for i, filter := range []string{wire.IngestFilter, presenceFilter} {
		err := server.Subscribe(filter, i+1, func(_ *mqtt.Client, _ packets.Subscription, packet packets.Packet) {
			handle(packet.TopicName, bytes.Clone(packet.Payload))
		})
		if err != nil {
			return nil, fmt.Errorf("cannot subscribe: %w", err)
		}
	}
	if err := server.Serve(); err != nil {
		return nil, fmt.Errorf("cannot start the broker: %w", err)
	}
	return e, nil
}

// Publish implements Broker.
func (e *Embedded) Publish(topic string, payload []byte) error {
	return e.server.Publish(topic, payload, false, 1)
}

// URL implements Broker.
func (e *Embedded) URL() string { return "tcp://" + e.listener.Address() }

// Close implements Broker.
func (e *Embedded) Close() error { return e.server.Close() }

// gate lets cabinets in and keeps each to its own topics.
type gate struct {
	mqtt.HookBase
	tenant       string
	authenticate Authenticate
}

// ID implements mqtt.Hook.
func (g *gate) ID() string { return "cabinets" }

// Provides implements mqtt.Hook.
func (g *gate) Provides(what byte) bool {
	return what == mqtt.OnConnectAuthenticate || what == mqtt.OnACLCheck
}

// OnConnectAuthenticate implements mqtt.Hook. The client id must be the user name, so that no cabinet can
// push another one off the broker, and the last will must be its own presence.
func (g *gate) OnConnectAuthenticate(client *mqtt.Client, packet packets.Packet) bool {
	user := string(packet.Connect.Username)
	own := wire.Address{Tenant: g.tenant, Cabinet: user}
	if packet.Connect.WillFlag && packet.Connect.WillTopic != own.Presence() {
		return false
	}
	return packet.Connect.ClientIdentifier == user && g.authenticate(user, string(packet.Connect.Password))
}

// OnACLCheck implements mqtt.Hook. For reading it is asked with the filter and with every topic.
func (g *gate) OnACLCheck(client *mqtt.Client, topic string, write bool) bool {
	own := wire.Address{Tenant: g.tenant, Cabinet: string(client.Properties.Username)}
	if !write && topic == own.AllDown() {
		return true
	}
	address, dir, _, err := wire.ParseTopic(topic)
	return err == nil && address == own && (dir == wire.DirDown) != write
}

// quiet leaves out what a broker says of its everyday work.
type quiet struct{ slog.Handler }

// Enabled implements slog.Handler.
func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}

// WithAttrs implements slog.Handler.
func (q quiet) WithAttrs(attributes []slog.Attr) slog.Handler {
	return quiet{q.Handler.WithAttrs(attributes)}
}

// WithGroup implements slog.Handler.
func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name)} }
