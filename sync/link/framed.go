package link

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"

	"lockerd/sync/wire"
)

// openConnection dials the broker, with TLS where the URL says so, and bounds what the broker may send.
func openConnection(ctx context.Context, broker *url.URL, config *tls.Config) (net.Conn, error) {
	var dialer net.Dialer
	switch broker.Scheme {
	case "tcp", "mqtt":
		conn, err := dialer.DialContext(ctx, "tcp", withPort(broker, "1883"))
		if err != nil {
			return nil, err
		}
		return &framedConn{Conn: conn}, nil
	case "ssl", "tls", "mqtts":
		secure := tls.Dialer{NetDialer: &dialer, Config: config}
		conn, err := secure.DialContext(ctx, "tcp", withPort(broker, "8883"))
		if err != nil {
			return nil, err
		}
		return &framedConn{Conn: conn}, nil
	}
	return nil, fmt.Errorf("broker's URL has scheme %q: use tcp or ssl", broker.Scheme)
}

func withPort(broker *url.URL, port string) string {
	if broker.Port() != "" {
		port = broker.Port()
	}
	return net.JoinHostPort(broker.Hostname(), port)
}

// maxPacket is the largest MQTT packet that is accepted: a payload and its topic.
const maxPacket = wire.MaxPayload + 1024

// framedConn follows the packets of MQTT 3.1.1 (section 2.2: one byte of type, then the remaining length in
// one to four bytes of seven bits) as they are read, and fails before a length above maxPacket reaches the
// client, which would allocate as much as it says (up to 256 MB).
type framedConn struct {
	net.Conn
	body   int // bytes of the present packet that are still to come
	inside bool
	length int // as far as it is known
	shift  uint
	err    error
}

func (c *framedConn) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.Conn.Read(p)
	if c.err = c.follow(p[:n]); c.err != nil {
		c.Conn.Close()
		return 0, c.err
	}
	return n, err
}

func (c *framedConn) follow(p []byte) error {
	for len(p) > 0 {
		switch {
		case c.body > 0:
			skipped := min(c.body, len(p))
			c.body -= skipped
			p = p[skipped:]
			continue
		case !c.inside:
			c.inside, c.length, c.shift = true, 0, 0
		default:
			c.length |= int(p[0]&0x7f) << c.shift
			c.shift += 7
			if c.length > maxPacket || c.shift > 28 {
				return fmt.Errorf("broker sends a packet of more than %d bytes: %w", maxPacket, wire.ErrTooLarge)
			}
			if p[0]&0x80 == 0 {
				c.inside, c.body = false, c.length
			}
		}
		p = p[1:]
	}
	return nil
}
