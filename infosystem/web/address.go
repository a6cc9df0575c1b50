package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// addressOf is where a request comes from: its peer or, where that is a proxy on this machine, whom the proxy names. Of
// IPv6 it is the network of 64 bits, of which one customer has all addresses.
func addressOf(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	address := peer.Addr().Unmap()
	if forwarded := r.Header.Values("X-Forwarded-For"); address.IsLoopback() && len(forwarded) > 0 {
		last := forwarded[len(forwarded)-1] // which the proxy added; those before it are the client's word
		if named, err := netip.ParseAddr(strings.TrimSpace(last[strings.LastIndex(last, ",")+1:])); err == nil {
			address = named.Unmap()
		}
	}
	if address.Is6() {
		return netip.PrefixFrom(address.WithZone(""), 64).Masked().String()
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
