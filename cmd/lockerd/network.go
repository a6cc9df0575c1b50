package main

import (
	"context"
	"errors"
	"sync"

	"lockerd/sync/link"
)

// network is the way to the broker with a switch in it: the sandbox's "network down". It breaks the live
// connection as a pulled cable does, so that nothing above knows that it is switched.
type network struct {
	link.Transport

	mu   sync.Mutex
	down bool
	live []link.Connection
}

// Dial connects, unless the network is down.
func (n *network) Dial(ctx context.Context, to link.Broker, will link.Message) (link.Connection, error) {
	n.mu.Lock()
	down := n.down
	n.mu.Unlock()
	if down {
		return nil, errors.New("network is unreachable")
	}
	connection, err := n.Transport.Dial(ctx, to, will)
	if err == nil {
		n.mu.Lock()
		n.live = []link.Connection{connection}
		n.mu.Unlock()
	}
	return connection, err
}

// set cuts or mends the network.
func (n *network) set(up bool) {
	n.mu.Lock()
	live := n.live
	n.down = !up
	if !up {
		n.live = nil
	}
	n.mu.Unlock()
	if !up {
		for _, connection := range live {
			connection.Close()
		}
	}
}
