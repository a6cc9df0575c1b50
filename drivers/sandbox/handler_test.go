package sandbox_test

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"lockerd/drivers/sandbox"
)

func post(t *testing.T, url, host, origin, line string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, url+"/words", strings.NewReader(line))
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		r.Host = host
	}
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	b, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply.StatusCode, strings.TrimSpace(string(b))
}

func TestFront(t *testing.T) {
	c, _ := start(t, sandbox.Options{Try: "press finger ada"})
	s := httptest.NewServer(c.Handler())
	defer s.Close()
	for _, test := range []struct {
		host, origin, line string
		code               int
		answer             string
	}{
		{"", "", "door 2 open", 200, "door 2 was forced open"},
		{"", s.URL, "parcel into 2\n", 200, "a parcel lies in slot 2"},
		{"", "", "door 9 shut", 400, "there is no slot 9: the cabinet has 1 to 4"},
		{"", "", "dance", 400, `that is no word of the sandbox: "dance"; try help`},
		{"", "", strings.Repeat("x", 2000), 400, "the line is too long"},
		{"evil.example", "", "door 2 shut", 403, "ask by a name of this machine: 127.0.0.1 or localhost"},
		{"", "http://evil.example", "door 2 shut", 403, "words are taken from the cabinet's own page only"},
	} {
		code, answer := post(t, s.URL, test.host, test.origin, test.line)
		if code != test.code || answer != test.answer {
			t.Errorf("%.30q: %d %q, want %d %q", test.line, code, answer, test.code, test.answer)
		}
	}
	reply, err := http.Get(s.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	if page, _ := io.ReadAll(reply.Body); !strings.Contains(string(page), "press finger ada") {
		t.Error("the page does not say what to try")
	}
	events, err := http.Get(s.URL + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer events.Body.Close()
	first, err := bufio.NewReader(events.Body).ReadString('\n')
	if err != nil || !strings.Contains(first, `{"slot":2,"open":true,"parcel":true`) {
		t.Errorf("event %q, %v", first, err)
	}
}

// TestServeFront serves the front of twelve slots for a while, for a look at it with a browser.
func TestServeFront(t *testing.T) {
	address := os.Getenv("SERVE_FRONT")
	if address == "" {
		t.Skip("set SERVE_FRONT=127.0.0.1:8081 to look at the front")
	}
	c, err := sandbox.New(sandbox.Options{Slots: 12, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, line := range []string{"door 3 open", "parcel into 3", "door 8 open", "jam 5", "finger ada", "switch 10 stuck"} {
		say(t, c, line)
	}
	c.Relay(7).Out(true)
	server := &http.Server{Addr: address, Handler: c.Handler()}
	time.AfterFunc(30*time.Second, func() { server.Close() })
	t.Log(server.ListenAndServe())
}
