package infosystem_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"lockerd/infosystem"
)

// certify lays down a certificate for example.com and 127.0.0.1, and its key.
func certify(t *testing.T, dir string) (certificate, key string, roots *x509.CertPool) {
	t.Helper()
	https := httptest.NewTLSServer(nil) // has one
	defer https.Close()
	pair := https.TLS.Certificates[0]
	private, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	roots.AddCert(https.Certificate())
	certificate, key = filepath.Join(dir, "server.crt"), filepath.Join(dir, "server.key")
	for path, block := range map[string]*pem.Block{
		certificate: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, key: {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate, key, roots
}

// freePort is a port of 127.0.0.1 that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer free.Close()
	_, port, _ := net.SplitHostPort(free.Addr().String())
	return port
}

// proxied is an information system behind a proxy that has a file of configs.
type proxied struct {
	*infosystem.System
	t     *testing.T
	port  string // of the proxy's https
	plain string // of its http
	dir   string // the proxy's
	roots *x509.CertPool
}

// behind runs an information system behind a proxy program, which is started with arguments that conf gives: it gets
// the file of configs with the test's addresses in place of the delivered ones.
func behind(t *testing.T, program, file, folder string, conf func(p *proxied, text string) (whole string, args []string)) *proxied {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		if path, err = exec.LookPath("/usr/sbin/" + program); err != nil {
			t.Skipf("%s is missing (Debian package nginx-light or caddy)", program)
		}
	}
	delivered, err := os.ReadFile(filepath.Join("..", "configs", file))
	if err != nil {
		t.Fatal(err)
	}
	p := &proxied{t: t, port: freePort(t), plain: freePort(t), dir: t.TempDir()}
	p.System = start(t, func(o *infosystem.Options) {
		o.Public, o.Proxies = "https://example.com:"+p.port, []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	})
	certificate, key, roots := certify(t, p.dir)
	p.roots = roots
	text, args := conf(p, strings.NewReplacer(
		"127.0.0.1:8082", strings.TrimPrefix(p.WebURL(), "http://"), "lockers.example.org", "example.com",
		folder+"/lockers.crt", certificate, folder+"/lockers.key", key,
	).Replace(string(delivered)))
	if err := os.WriteFile(filepath.Join(p.dir, "conf"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var said syncBuffer
	proxy := exec.Command(path, args...)
	proxy.Stdout, proxy.Stderr, proxy.Dir = &said, &said, p.dir
	proxy.Env = append(os.Environ(), "HOME="+p.dir, "XDG_DATA_HOME="+p.dir, "XDG_CONFIG_HOME="+p.dir)
	proxy.WaitDelay = 5 * time.Second
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		proxy.Process.Signal(syscall.SIGTERM) // nginx then ends its workers
		proxy.Wait()
		if t.Failed() {
			t.Logf("%s said:\n%s", program, said.String())
		}
	})
	eventually(t, program+" listens", func() bool {
		connection, err := net.Dial("tcp", "127.0.0.1:"+p.port)
		if err == nil {
			connection.Close()
		}
		return err == nil
	})
	return p
}

// from is a browser at an address of this machine, which writes headers of its own.
func (p *proxied) from(address string, headers http.Header) *browser {
	p.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: p.roots},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp", "127.0.0.1:"+p.port)
		},
	}
	p.t.Cleanup(transport.CloseIdleConnections)
	return &browser{t: p.t, url: "https://example.com:" + p.port, client: &http.Client{Jar: jar, Transport: adding{transport, headers}, Timeout: 20 * time.Second}}
}

// adding adds headers to each request.
type adding struct {
	http.RoundTripper
	headers http.Header
}

func (a adding) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	for name, values := range a.headers {
		r.Header[name] = values
	}
	return a.RoundTripper.RoundTrip(r)
}

func TestBehindNginx(t *testing.T) {
	behind(t, "nginx", "nginx.conf", "/etc/nginx", func(p *proxied, text string) (string, []string) {
		text = strings.NewReplacer(
			"\tlisten [::]:80;\n", "", "\tlisten [::]:443 ssl;\n", "",
			"listen 80;", "listen 127.0.0.1:"+p.plain+";", "listen 443", "listen 127.0.0.1:"+p.port,
		).Replace(text)
		before := "daemon off;\npid nginx.pid;\nevents {}\nhttp {\naccess_log off;\nproxy_temp_path p;\n" +
			"client_body_temp_path b;\nfastcgi_temp_path f;\nuwsgi_temp_path u;\nscgi_temp_path s;\n"
		if os.Getuid() == 0 {
			before = "user root;\n" + before // the test's folders are root's alone
		}
		return before + text + "}\n", []string{"-p", p.dir, "-c", filepath.Join(p.dir, "conf"), "-e", "stderr"}
	}).serves()
}

func TestBehindCaddy(t *testing.T) {
	behind(t, "caddy", "Caddyfile", "/etc/caddy", func(p *proxied, text string) (string, []string) {
		before := fmt.Sprintf("{\n\tadmin off\n\tdefault_bind 127.0.0.1\n\thttp_port %s\n\thttps_port %s\n}\n", p.plain, p.port)
		return before + text, []string{"run", "--adapter", "caddyfile", "--config", filepath.Join(p.dir, "conf")}
	}).serves()
}

// serves tries what a proxy must not spoil: operators sign in, live pages live, cabinets join, and who guesses passwords
// or codes waits alone, whatever they write into the headers.
func (p *proxied) serves() {
	t := p.t
	t.Helper()
	forged := http.Header{"X-Forwarded-For": {"198.51.100.9"}, "Forwarded": {"for=198.51.100.9"}, "X-Forwarded-Proto": {"http"}}
	eve := p.from("127.0.0.2", forged)
	code := 0
	for range 20 {
		if code, _ = eve.signIn("a guess"); code == http.StatusTooManyRequests {
			break
		}
	}
	if code != http.StatusTooManyRequests {
		t.Errorf("who guesses is answered %d at last, want %d", code, http.StatusTooManyRequests)
	}
	forged.Set("X-Forwarded-For", "198.51.100.10")
	if code, _ := eve.signIn("a guess"); code != http.StatusTooManyRequests {
		t.Errorf("who guesses and claims another address is answered %d", code)
	}
	operator := p.from("127.0.0.3", nil)
	if code, page := operator.signIn(p.FirstPassword()); code != http.StatusOK || !strings.Contains(page, "Overview") {
		t.Fatalf("while somebody guesses the operator's sign-in gives %d", code)
	}
	response, err := operator.client.Get(operator.url + "/account")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if got := response.Header.Get("Strict-Transport-Security"); got == "" {
		t.Error("browsers are not told to come by https alone")
	}
	at, _ := url.Parse(operator.url)
	at.Scheme = "http"
	if cookies := operator.client.Jar.Cookies(at); len(cookies) > 0 {
		t.Error("the session's cookie goes over http, too")
	}
	live, err := operator.client.Get(operator.url + "/live")
	if err != nil {
		t.Fatal(err)
	}
	defer live.Body.Close()
	if line, err := bufio.NewReader(live.Body).ReadString('\n'); err != nil || !strings.HasPrefix(line, "data: ") {
		t.Errorf("the live page hears %q, %v", line, err)
	}

	a := apiOf(t, p.System)
	a.do("POST", "/api/v1/cabinets", object{"id": "lobby", "name": "Lobby"}, nil)
	join := a.text("POST", "/api/v1/cabinets/lobby/join-codes", nil, "code")
	stranger := p.from("127.0.0.4", nil)
	for range 25 {
		if code, _ = stranger.post("/api/v1/join", url.Values{}); code == http.StatusTooManyRequests {
			break
		}
	}
	if code != http.StatusTooManyRequests {
		t.Errorf("who guesses join codes is answered %d at last", code)
	}
	cabinet := newCabinet(t)
	previous := http.DefaultClient
	http.DefaultClient = p.from("127.0.0.5", nil).client
	defer func() { http.DefaultClient = previous }()
	cabinet.join(api{t: t, url: "https://example.com:" + p.port}, join)
	if cabinet.answer.Cabinet != "lobby" {
		t.Errorf("the cabinet joined as %q", cabinet.answer.Cabinet)
	}
}
