package web

import (
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// addressOf is where a request comes from, as throttles count it: the address behind the proxies that are trusted. Of IPv6
// it is the network of 64 bits, of which one customer has all addresses.
func (s *Server) addressOf(r *http.Request) string {
	address := proxies(s.Proxies).origin(r).address
	switch {
	case !address.IsValid():
		return r.RemoteAddr
	case address.Is6():
		return netip.PrefixFrom(address, 64).Masked().String()
	}
	return address.String()
}

// throttle bounds how often something may fail in a minute, from one address and from all together. What it refuses it
// does not remember.
type throttle struct {
	from, all int
	mu        sync.Mutex
	failed    []failure
}

type failure struct {
	from string
	at   time.Time
}

// allow tells whether it may be tried from an address now.
func (t *throttle) allow(from string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failed = slices.DeleteFunc(t.failed, func(f failure) bool { return now.Sub(f.at) > time.Minute })
	n := 0
	for _, f := range t.failed {
		if f.from == from {
			n++
		}
	}
	return n < t.from && len(t.failed) < t.all
}

// fail notes that it failed.
func (t *throttle) fail(from string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failed = append(t.failed, failure{from, now})
}
