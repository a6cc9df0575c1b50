// Package broker connects the information system with an MQTT broker: one that it embeds (loopback, for one
// machine) or any other one that speaks MQTT 3.1.1. Delivery is proven by the protocol above, never here.
package broker

import (
	"errors"

	"lockerd/sync/wire"
)

// Handler takes a message. It must not block: the broker waits for it.
type Handler func(topic string, payload []byte)

// Broker moves messages.
type Broker interface {
	// Publish hands a message over with QoS 1, not retained.
	Publish(topic string, payload []byte) error
	// URL is where cabinets connect to.
	URL() string
	Close() error
}

// presenceFilter is where cabinets and their last wills say whether they are connected.
const presenceFilter = "lk/v1/+/+/" + wire.DirStatus + "/" + string(wire.TypePresence)

// ErrOffline is returned by Publish while there is no connection.
var ErrOffline = errors.New("no connection to the broker")
