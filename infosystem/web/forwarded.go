package web

import (
	"iter"
	"net/netip"
	"slices"
	"strings"
)

// hop is what one proxy says of the request that it passed on.
type hop struct {
	address netip.Addr // who asked it; not valid where it does not say or hides it
	proto   string     // how
}

// forwarded reads Forwarded header lines (RFC 7239), the nearest proxy's word first. A line that is no list as the RFC
// has it says nothing at all, and nothing counts that stands before it.
func forwarded(values []string) (hops []hop) {
	for _, line := range slices.Backward(values) {
		elements, ok := forwardedLine(line)
		if !ok {
			return append(hops, hop{})
		}
		slices.Reverse(elements)
		hops = append(hops, elements...)
	}
	return hops
}

// forwardedLine reads for=node;proto=name, and so on, of each element; other pairs are read over.
func forwardedLine(line string) (elements []hop, ok bool) {
	var element hop
	seen := map[string]bool{}
	for {
		name, rest, found := strings.Cut(strings.TrimLeft(line, " \t"), "=")
		name = strings.ToLower(name)
		if !found || !isToken(name) || seen[name] {
			return nil, false
		}
		seen[name] = true
		value, rest, ok := forwardedValue(rest)
		if !ok {
			return nil, false
		}
		switch name {
		case "for":
			element.address = nodeAddress(value)
		case "proto":
			element.proto = value
		}
		rest = strings.TrimLeft(rest, " \t")
		switch {
		case rest == "":
			return append(elements, element), true
		case rest[0] == ',':
			elements, element = append(elements, element), hop{}
			clear(seen)
		case rest[0] != ';':
			return nil, false
		}
		line = rest[1:]
	}
}

// forwardedValue cuts a token or a quoted string from the front.
func forwardedValue(text string) (value, rest string, ok bool) {
	quoted, found := strings.CutPrefix(text, `"`)
	if !found {
		end := strings.IndexAny(text, ",; \t")
		if end < 0 {
			end = len(text)
		}
		return text[:end], text[end:], isToken(text[:end])
	}
	var b strings.Builder
	for i := 0; i < len(quoted); i++ {
		switch quoted[i] {
		case '"':
			return b.String(), quoted[i+1:], true
		case '\\':
			if i++; i == len(quoted) {
				return "", "", false
			}
		}
		b.WriteByte(quoted[i])
	}
	return "", "", false
}

// isToken tells whether text is a token of RFC 9110. A colon passes, too: not every proxy quotes an address with a port.
func isToken(text string) bool {
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return text != ""
}

func hopAddresses(hops []hop) iter.Seq[netip.Addr] {
	return func(yield func(netip.Addr) bool) {
		for _, one := range hops {
			if !yield(one.address) {
				return
			}
		}
	}
}
