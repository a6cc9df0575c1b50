package web

import (
	"net/http"
	"testing"
)

func TestAddressOf(t *testing.T) {
	for name, test := range map[string]struct {
		peer      string
		forwarded []string
		want      string
	}{
		"direct":                         {"192.0.2.1:1234", nil, "192.0.2.1"},
		"direct, and claims another":     {"192.0.2.1:1234", []string{"198.51.100.7"}, "192.0.2.1"},
		"by a proxy here":                {"127.0.0.1:1234", []string{"198.51.100.7"}, "198.51.100.7"},
		"by a proxy, and claims another": {"127.0.0.1:1234", []string{"10.0.0.1", "10.0.0.2, 198.51.100.7"}, "198.51.100.7"},
		"by a proxy that talks nonsense": {"[::1]:1234", []string{"somebody"}, "::/64"},
		"IPv6 is its network":            {"[2001:db8:1:2:3:4:5:6]:1234", nil, "2001:db8:1:2::/64"},
		"IPv4 in IPv6":                   {"[::ffff:192.0.2.1]:1234", nil, "192.0.2.1"},
		"no address":                     {"@", nil, "@"},
	} {
		r := &http.Request{RemoteAddr: test.peer, Header: http.Header{"X-Forwarded-For": test.forwarded}}
		if got := addressOf(r); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}
