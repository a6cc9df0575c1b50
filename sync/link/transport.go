package link

import "context"

// Message is one message of the broker.
type Message struct {
	Topic   string
	Payload []byte
	Retain  bool // the broker keeps it for later subscribers; presence only
}

// Broker says where and as whom to connect.
type Broker struct {
	URL      string // tcp://, mqtt://, ssl://, tls:// or mqtts://
	ClientID string
	User     string
	Password string
}

// Transport makes connections to a broker, each with at-least-once delivery and no memory of earlier ones.
type Transport interface {
	// Dial connects. The broker publishes will, retained, when the connection breaks.
	Dial(ctx context.Context, to Broker, will Message) (Connection, error)
}

// Connection is one live connection.
type Connection interface {
	// Subscribe returns when the broker granted the filter, and an error when it did not.
	Subscribe(ctx context.Context, filter string) error
	// Publish returns when the broker took the message, which does not mean that anybody has it.
	Publish(ctx context.Context, m Message) error
	// Received gives what arrives, in order. What comes faster than it is read may be lost.
	Received() <-chan Message
	// Lost is closed when the connection is no more, for whatever reason.
	Lost() <-chan struct{}
	// Close ends the connection without the will.
	Close()
}
