package web

import (
	"cmp"
	"iter"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// proxies are the addresses of the proxies in front of the server. What a request says about who asks, and over what
// line, counts only as far as they said it.
type proxies []netip.Prefix

// origin is where a request comes from.
type origin struct {
	address netip.Addr // of who asks, as far as trusted proxies tell; not valid where the request came over no network
	scheme  string     // "http" or "https" as the outermost trusted proxy was asked; empty where none says
}

// trust tells whether an address is a proxy's.
func (p proxies) trust(address netip.Addr) bool {
	return slices.ContainsFunc(p, func(one netip.Prefix) bool { return one.Contains(address) })
}

// origin follows the proxies' word outwards from the request's peer. X-Forwarded-For and Forwarded must name the same
// address where both are there: a proxy that adds one of them passes on what the client wrote into the other.
func (p proxies) origin(r *http.Request) origin {
	peer := peerOf(r)
	if !p.trust(peer) {
		return origin{address: peer}
	}
	hops := forwarded(r.Header.Values("Forwarded"))
	one, n := p.outermost(peer, addresses(r.Header.Values("X-Forwarded-For")))
	other, m := p.outermost(peer, hopAddresses(hops))
	from := origin{address: peer}
	switch {
	case len(hops) == 0:
		from.address = one
	case one == other, len(r.Header.Values("X-Forwarded-For")) == 0:
		from.address = other
	}
	// Proxies that do not add to a list of schemes pass on the one that there is, or put their own in its place.
	if schemes := slices.Collect(backwards(r.Header.Values("X-Forwarded-Proto"))); len(schemes) > 0 {
		from.scheme = strings.ToLower(schemes[min(n, len(schemes)-1)])
	}
	if len(hops) > 0 {
		from.scheme = cmp.Or(from.scheme, strings.ToLower(hops[min(m, len(hops)-1)].proto))
	}
	if from.scheme != "http" && from.scheme != "https" {
		from.scheme = ""
	}
	return from
}

// outermost is the first address on the way outwards that is no proxy's. Where a proxy names none that can be read, it
// is that proxy's own. The hops are those nearest to this server first; inner is how many of them are proxies that are
// trusted, so that the word of the outermost stands behind those of that many others.
func (p proxies) outermost(peer netip.Addr, hops iter.Seq[netip.Addr]) (at netip.Addr, inner int) {
	at = peer
	for hop := range hops {
		if !hop.IsValid() {
			break
		}
		at = hop
		if !p.trust(hop) {
			break
		}
		inner++
	}
	return at, inner
}

// peerOf is the address at the other end of a request's connection.
func peerOf(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return peer.Addr().Unmap().WithZone("")
}

// addresses reads an X-Forwarded-For backwards, which a proxy appends to. What is no address is the zero one.
func addresses(values []string) iter.Seq[netip.Addr] {
	return func(yield func(netip.Addr) bool) {
		for value := range backwards(values) {
			if !yield(nodeAddress(value)) {
				return
			}
		}
	}
}

// backwards goes through a list that one or more header lines hold, from its end.
func backwards(values []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, line := range slices.Backward(values) {
			for more := true; more; {
				comma := strings.LastIndexByte(line, ',')
				if !yield(strings.Trim(line[comma+1:], " \t")) {
					return
				}
				more = comma >= 0
				line = line[:max(comma, 0)]
			}
		}
	}
}

// nodeAddress reads an address, perhaps with a port behind it; the zero one where it is none.
func nodeAddress(node string) netip.Addr {
	inside, ported := strings.CutPrefix(node, "[")
	if bare, found := strings.CutSuffix(inside, "]"); ported && found {
		node = bare
	}
	address, err := netip.ParseAddr(node)
	if err != nil {
		with, _ := netip.ParseAddrPort(node) // the zero address where it fails
		address = with.Addr()
	}
	return address.Unmap().WithZone("")
}
