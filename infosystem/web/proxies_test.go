package web

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

// inFront are a proxy on this machine and a network of others.
var inFront = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("2001:db8:9::/48")}

func TestAddressOf(t *testing.T) {
	for name, test := range map[string]struct {
		peer         string
		xff, rfc7239 []string
		want         string
	}{
		"direct":                              {peer: "192.0.2.1:1234", want: "192.0.2.1"},
		"direct, and claims another":          {peer: "192.0.2.1:1234", xff: []string{"198.51.100.7"}, rfc7239: []string{"for=198.51.100.7"}, want: "192.0.2.1"},
		"by a proxy that nobody named":        {peer: "[::1]:1234", xff: []string{"198.51.100.7"}, want: "::/64"},
		"by a proxy":                          {peer: "127.0.0.1:1234", xff: []string{"198.51.100.7"}, want: "198.51.100.7"},
		"by a proxy, IPv4 in IPv6":            {peer: "[::ffff:127.0.0.1]:1234", xff: []string{"::ffff:198.51.100.7"}, want: "198.51.100.7"},
		"by a proxy of IPv6":                  {peer: "[2001:db8:9::1]:1234", xff: []string{"2001:db8:1:2::3"}, want: "2001:db8:1:2::/64"},
		"by a proxy that says nothing":        {peer: "127.0.0.1:1234", want: "127.0.0.1"},
		"by a proxy, and claims another":      {peer: "127.0.0.1:1234", xff: []string{"203.0.113.1", "203.0.113.2, 198.51.100.7"}, want: "198.51.100.7"},
		"by two proxies":                      {peer: "127.0.0.1:1234", xff: []string{"203.0.113.1, 198.51.100.7, 10.1.2.3"}, want: "198.51.100.7"},
		"by two proxies, line by line":        {peer: "127.0.0.1:1234", xff: []string{"203.0.113.1", "198.51.100.7", "10.1.2.3"}, want: "198.51.100.7"},
		"claims to be a proxy":                {peer: "127.0.0.1:1234", xff: []string{"203.0.113.1, 10.1.2.3, 198.51.100.7"}, want: "198.51.100.7"},
		"from one proxy to another":           {peer: "127.0.0.1:1234", xff: []string{"10.1.2.3"}, want: "10.1.2.3"},
		"with a port":                         {peer: "127.0.0.1:1234", xff: []string{"198.51.100.7:4711"}, want: "198.51.100.7"},
		"with brackets":                       {peer: "127.0.0.1:1234", xff: []string{"[2001:db8:1:2::3]"}, want: "2001:db8:1:2::/64"},
		"with brackets and a port":            {peer: "127.0.0.1:1234", xff: []string{"[2001:db8:1:2::3]:4711"}, want: "2001:db8:1:2::/64"},
		"nonsense":                            {peer: "127.0.0.1:1234", xff: []string{"somebody"}, want: "127.0.0.1"},
		"nonsense before a second proxy":      {peer: "127.0.0.1:1234", xff: []string{"somebody, 10.1.2.3"}, want: "10.1.2.3"},
		"nonsense before the client":          {peer: "127.0.0.1:1234", xff: []string{"a;b\x00 \xff", "unknown,,198.51.100.7"}, want: "198.51.100.7"},
		"an empty place":                      {peer: "127.0.0.1:1234", xff: []string{"198.51.100.7, "}, want: "127.0.0.1"},
		"an empty header":                     {peer: "127.0.0.1:1234", xff: []string{""}, want: "127.0.0.1"},
		"Forwarded":                           {peer: "127.0.0.1:1234", rfc7239: []string{"for=203.0.113.1, for=198.51.100.7;proto=https;by=10.1.2.3"}, want: "198.51.100.7"},
		"Forwarded, IPv6":                     {peer: "127.0.0.1:1234", rfc7239: []string{`For="[2001:db8:1:2::3]:4711"`}, want: "2001:db8:1:2::/64"},
		"Forwarded by two":                    {peer: "127.0.0.1:1234", rfc7239: []string{"for=198.51.100.7", "for=10.1.2.3"}, want: "198.51.100.7"},
		"Forwarded, hidden":                   {peer: "127.0.0.1:1234", rfc7239: []string{"for=_hidden, for=10.1.2.3"}, want: "10.1.2.3"},
		"Forwarded, nobody named":             {peer: "127.0.0.1:1234", rfc7239: []string{"for=198.51.100.7, proto=https"}, want: "127.0.0.1"},
		"Forwarded, a quote left open":        {peer: "127.0.0.1:1234", rfc7239: []string{`for=203.0.113.1;host=", for="[2001:db8:1:2::3]"`}, want: "127.0.0.1"},
		"both agree":                          {peer: "127.0.0.1:1234", xff: []string{"198.51.100.7"}, rfc7239: []string{"for=198.51.100.7"}, want: "198.51.100.7"},
		"Forwarded is the client's own":       {peer: "127.0.0.1:1234", xff: []string{"198.51.100.7"}, rfc7239: []string{"for=203.0.113.1"}, want: "127.0.0.1"},
		"X-Forwarded-For is the client's own": {peer: "127.0.0.1:1234", xff: []string{"203.0.113.1"}, rfc7239: []string{"for=198.51.100.7"}, want: "127.0.0.1"},
		"IPv6 is its network":                 {peer: "[2001:db8:1:2:3:4:5:6]:1234", want: "2001:db8:1:2::/64"},
		"a zone is none of it":                {peer: "[fe80::1%eth0]:1234", want: "fe80::/64"},
		"no address":                          {peer: "@", xff: []string{"198.51.100.7"}, want: "@"},
	} {
		r := &http.Request{RemoteAddr: test.peer, Header: http.Header{"X-Forwarded-For": test.xff, "Forwarded": test.rfc7239}}
		s := &Server{Options: Options{Proxies: inFront}}
		if got := s.addressOf(r); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

func TestScheme(t *testing.T) {
	for name, test := range map[string]struct {
		peer, proto, rfc7239, want string
		xff                        string
	}{
		"direct":             {peer: "192.0.2.1:1", proto: "https", want: ""},
		"a proxy":            {peer: "127.0.0.1:1", proto: "https", want: "https"},
		"in capitals":        {peer: "127.0.0.1:1", proto: "HTTPS", want: "https"},
		"in the clear":       {peer: "127.0.0.1:1", proto: "http", want: "http"},
		"the proxy's own":    {peer: "127.0.0.1:1", proto: "https, http", want: "http"},
		"says nothing":       {peer: "127.0.0.1:1", want: ""},
		"says nonsense":      {peer: "127.0.0.1:1", proto: "javascript", want: ""},
		"Forwarded":          {peer: "127.0.0.1:1", rfc7239: "for=10.0.0.1;proto=https", want: "https"},
		"Forwarded, nearest": {peer: "127.0.0.1:1", rfc7239: "proto=https, for=10.0.0.1;proto=http", want: "http"},
		"by two proxies":     {peer: "127.0.0.1:1", xff: "198.51.100.7, 10.1.2.3", proto: "https, http", want: "https"},
		"and claims another": {peer: "127.0.0.1:1", xff: "203.0.113.1, 198.51.100.7, 10.1.2.3", proto: "https, http, http", want: "http"},
		"passed on by one":   {peer: "127.0.0.1:1", xff: "198.51.100.7, 10.1.2.3", proto: "https", want: "https"},
		"Forwarded by two":   {peer: "127.0.0.1:1", rfc7239: "for=198.51.100.7;proto=https, for=10.1.2.3;proto=http", want: "https"},
		"Forwarded, hidden":  {peer: "127.0.0.1:1", rfc7239: "proto=http, for=_x;proto=https, for=10.1.2.3;proto=http", want: "https"},
		"from a proxy":       {peer: "127.0.0.1:1", rfc7239: "for=10.1.2.3;proto=https", want: "https"},
	} {
		r := &http.Request{RemoteAddr: test.peer, Header: http.Header{}}
		if test.proto != "" {
			r.Header.Set("X-Forwarded-Proto", test.proto)
		}
		if test.rfc7239 != "" {
			r.Header.Set("Forwarded", test.rfc7239)
		}
		if test.xff != "" {
			r.Header.Set("X-Forwarded-For", test.xff)
		}
		if got := proxies(inFront).origin(r).scheme; got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// FuzzOrigin: whatever a client writes into the headers, in front of what the proxy adds, it does not choose what it is
// counted by: it is its own address, or the proxy's.
func FuzzOrigin(f *testing.F) {
	f.Add("203.0.113.1", "for=203.0.113.1", false)
	f.Add("203.0.113.1, 10.1.2.3", `for=203.0.113.1;host="`, true)
	f.Add("[::1]:80", `for="\`, true)
	f.Add("", `x=";for=203.0.113.1`, false)
	f.Add(",,", `for="_a",for=203.0.113.1`, true)
	f.Fuzz(func(t *testing.T, xff, rfc7239 string, oneLine bool) {
		const client = "2001:db8:1:2::3"
		headers := func(sent, own string) [][]string {
			if oneLine {
				return [][]string{{sent}, {sent + ", " + own}}
			}
			return [][]string{{sent}, {sent, own}}
		}
		own := headers(xff, client)
		named := headers(rfc7239, `for="[`+client+`]:4711";proto=https`)
		for _, h := range []http.Header{
			{"X-Forwarded-For": own[1]},
			{"Forwarded": named[1]},
			{"X-Forwarded-For": own[1], "Forwarded": named[0]},
			{"X-Forwarded-For": own[0], "Forwarded": named[1]},
			{"X-Forwarded-For": own[1], "Forwarded": named[1]},
		} {
			r := &http.Request{RemoteAddr: "127.0.0.1:1234", Header: h}
			got := proxies(inFront).origin(r).address.String()
			if got != client && got != "127.0.0.1" {
				t.Errorf("%q counts as %s", h, got)
			}
		}
		if got := proxies(inFront).origin(&http.Request{RemoteAddr: "127.0.0.1:1234", Header: http.Header{"X-Forwarded-For": own[1]}}).address; got.String() != client {
			t.Errorf("with %q in front of its own the client counts as %s", xff, got)
		}
	})
}

// TestLead: where the public address is one of https, who comes by http through the proxy is led there, nothing secret is
// taken from them, and only who came by https is told to stay.
func TestLead(t *testing.T) {
	for name, test := range map[string]struct {
		public, method, target, proto string
		code                          int
		location, hsts                string
	}{
		"https":                    {"https://lockers.example.org", "GET", "/sign-in", "https", 200, "", "max-age=31536000"},
		"http":                     {"https://lockers.example.org", "GET", "/sign-in?a=b", "http", 308, "https://lockers.example.org/sign-in?a=b", ""},
		"http, odd path":           {"https://lockers.example.org/", "GET", "//x.example/%2f", "http", 308, "https://lockers.example.org/x.example/%2f", ""},
		"http, a password":         {"https://lockers.example.org", "POST", "/sign-in", "http", 403, "", ""},
		"http, a token":            {"https://lockers.example.org", "GET", "/api/v1/people", "http", 403, "", ""},
		"from this machine":        {"https://lockers.example.org", "GET", "/sign-in", "", 200, "", ""},
		"nowhere but here":         {"", "GET", "/sign-in", "http", 200, "", ""},
		"https that nobody set up": {"", "GET", "/sign-in", "https", 200, "", ""},
	} {
		s := New(Options{Public: test.public, Hosts: []string{"lockers.example.org"}, Proxies: inFront, Live: NewLive(), Log: slog.New(slog.DiscardHandler)})
		r := httptest.NewRequest(test.method, "http://lockers.example.org"+test.target, nil)
		r.RemoteAddr = "127.0.0.1:1234"
		if test.proto != "" {
			r.Header.Set("X-Forwarded-Proto", test.proto)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if got := w.Header().Get("Location"); w.Code != test.code || got != test.location {
			t.Errorf("%s: %d, to %q, want %d, %q", name, w.Code, got, test.code, test.location)
		}
		if got := w.Header().Get("Strict-Transport-Security"); got != test.hsts {
			t.Errorf("%s: Strict-Transport-Security is %q, want %q", name, got, test.hsts)
		}
		if got, want := s.secure(r), test.public != "" || test.proto == "https"; got != want {
			t.Errorf("%s: cookies are for https alone: %v, want %v", name, got, want)
		}
	}
}

// TestStranger: the log names a proxy that is not trusted, once, and no client.
func TestStranger(t *testing.T) {
	var log bytes.Buffer
	s := New(Options{Hosts: []string{"lockers.example.org"}, Live: NewLive(), Log: slog.New(slog.NewTextHandler(&log, nil))})
	for _, peer := range []string{"192.0.2.1:1", "10.0.0.1:1", "10.0.0.1:2", "127.0.0.1:1"} {
		r := httptest.NewRequest("GET", "http://lockers.example.org/sign-in", nil)
		r.RemoteAddr = peer
		r.Header.Set("X-Forwarded-For", "198.51.100.7")
		s.ServeHTTP(httptest.NewRecorder(), r)
	}
	if said := log.String(); strings.Count(said, "\n") != 1 || !strings.Contains(said, "proxy=10.0.0.1") {
		t.Errorf("the log says %q", said)
	}
}
