package link

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"lockerd/controller"
	"lockerd/matcher"
	"lockerd/sync/wire"
)

// desk is the information system's page where cabinets join.
type desk struct {
	mu      sync.Mutex
	broken  int    // answers so many times with trouble
	trouble int    // an HTTP status
	later   string // when to ask again then
	lost    int    // answers so many times with what does not arrive
	answer  wire.JoinAnswer
	asked   []wire.JoinRequest
	askedAt []time.Time
	taken   map[string][]byte // the key that was shown with a code first
	refused int
}

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var request wire.JoinRequest
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil || r.Method != http.MethodPost || r.URL.String() != "/api/v1/join" {
		http.Error(w, "no", http.StatusNotFound)
		return
	}
	d.asked, d.askedAt = append(d.asked, request), append(d.askedAt, time.Now())
	switch {
	case d.broken > 0:
		d.broken--
		w.Header().Set("Retry-After", d.later)
		http.Error(w, "later", d.trouble)
	case request.Code == "wrong":
		d.refused++
		w.WriteHeader(http.StatusConflict)
		w.Write([]byte(`{"error": "code is not known"}`))
	case d.taken[request.Code] != nil && !bytes.Equal(d.taken[request.Code], request.SignKey):
		d.refused++
		http.Error(w, `{"error": "code is used"}`, http.StatusConflict)
	default:
		if d.taken == nil {
			d.taken = map[string][]byte{}
		}
		d.taken[request.Code] = request.SignKey
		if d.lost > 0 {
			d.lost--
			panic(http.ErrAbortHandler)
		}
		json.NewEncoder(w).Encode(d.answer)
	}
}

// asks tells how often it was asked.
func (d *desk) asks() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.asked)
}

// eventually waits for what other goroutines bring about.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func TestJoin(t *testing.T) {
	s := newShelf()
	c := newCloud(t, s)
	d := &desk{answer: c.answer("tcp://127.0.0.1:1883")}
	server := httptest.NewServer(d)
	defer server.Close()
	s.identity, c.silent = nil, true // only joining is looked at
	options := c.options(s)
	options.URL = server.URL + "/"
	options.Code = "wrong"
	sealer := NewSealer(s)
	l := start(t, options)
	eventually(t, "a wrong code is refused", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.refused == 1 && strings.Contains(l.Status().LastError, ErrJoinRefused.Error())
	})
	if !strings.Contains(l.Status().LastError, "code is not known") {
		t.Errorf("the reason is missing: %s", l.Status().LastError)
	}
	if strings.Contains(l.Status().LastError, "wrong") {
		t.Error("the code stands in the error")
	}
	if _, err := sealer.SealCode(controller.Parcel{ID: "p-1"}, "12345678"); !errors.Is(err, ErrNotJoined) {
		t.Errorf("sealing before joining: %v", err)
	}
	if err := l.Join("  "); err == nil {
		t.Error("an empty code is accepted")
	}
	if err := l.Join("right"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the right code joins", func() bool { return l.Status().Joined })
	d.mu.Lock()
	defer d.mu.Unlock()
	if as := d.asked[0]; as.Tenant != "" || as.Cabinet != "" {
		t.Errorf("a cabinet that has not joined says that it is %q of %q", as.Cabinet, as.Tenant)
	}
	if !bytes.Equal(d.asked[0].SignKey, d.asked[1].SignKey) || !bytes.Equal(d.asked[0].SealKey, d.asked[1].SealKey) {
		t.Error("the second attempt showed other keys")
	}
	if l.Status().Address != (wire.Address{Tenant: "acme", Cabinet: "lobby-1"}) {
		t.Errorf("status %+v", l.Status())
	}
	if err := l.Join("right"); err == nil {
		t.Error("joined twice")
	}
	if who, err := loadIdentity(s); err != nil || !who.joined() || !bytes.Equal(who.verifyingKey(), d.asked[1].SignKey) {
		t.Errorf("identity: %v", err)
	}
	checkSealing(t, c, sealer)
}

func checkSealing(t *testing.T, c *cloud, sealer *Sealer) {
	t.Helper()
	sealed, err := sealer.SealCode(controller.Parcel{ID: "p-1", Recipient: "r-7", Slot: 3}, "12345678")
	if err != nil {
		t.Fatal(err)
	}
	var code wire.CodeBody
	if err := wire.Open(c.openKey, wire.EventInfo(c.address, "code-issued", "p-1"), sealed, &code); err != nil {
		t.Fatal(err)
	}
	if want := (wire.CodeBody{Recipient: "r-7", Parcel: "p-1", Slot: 3, Code: "12345678"}); code != want {
		t.Errorf("code %+v", code)
	}
	first := controller.FirstIdentification{ID: "v-1", Recipient: "r-7",
		Identification: matcher.Identification{Kind: matcher.Pattern, Label: "pattern", Data: []byte{1}}}
	enrolment := controller.Enrolment{Recipient: "r-7", Invitation: "i-1", Consent: []matcher.Kind{matcher.Pattern},
		At: time.Unix(1_790_000_000, 0), Firsts: []controller.FirstIdentification{first}}
	if sealed, err = sealer.SealEnrolment(enrolment); err != nil {
		t.Fatal(err)
	}
	var body wire.EnrolmentBody
	if err := wire.Open(c.openKey, wire.EventInfo(c.address, "enrolled", "r-7"), sealed, &body); err != nil {
		t.Fatal(err)
	}
	if body.IDs[0] != "v-1" || body.Records[0].Kind != "pattern" || body.Consented != 1_790_000_000 || body.Consent[0] != "pattern" {
		t.Errorf("enrolment %+v", body)
	}
	enrolment.Firsts[0].Data = make([]byte, wire.MaxPayload)
	if _, err := sealer.SealEnrolment(enrolment); !errors.Is(err, wire.ErrTooLarge) {
		t.Errorf("an enrolment that fits no message: %v", err)
	}
}

// A server in trouble, or one that says to wait, is asked again with the same code, and not before it wants to be.
func TestJoinIsRepeatedWhileTheServerIsInTrouble(t *testing.T) {
	for trouble, later := range map[int]string{http.StatusServiceUnavailable: "", http.StatusTooManyRequests: "2"} {
		s := newShelf()
		c := newCloud(t, s)
		d := &desk{answer: c.answer("tcp://127.0.0.1:1883"), broken: 1, trouble: trouble, later: later}
		server := httptest.NewServer(d)
		defer server.Close()
		s.identity, c.silent = nil, true // only joining is looked at
		options := c.options(s)
		options.URL, options.Code = server.URL, "right"
		l := start(t, options)
		eventually(t, "joined at the second attempt", func() bool { return l.Status().Joined })
		d.mu.Lock()
		if waited := d.askedAt[1].Sub(d.askedAt[0]); later != "" && waited < 2*time.Second {
			t.Errorf("told to wait for %s s, it waited %v", later, waited)
		}
		d.mu.Unlock()
	}
}

func TestRetryAfter(t *testing.T) {
	const date = "Mon, 23 Nov 2026 04:00:00 GMT"
	for said, want := range map[string]time.Duration{
		"": 0, "0": 0, "60": time.Minute, "86400": joinWait, "99999999999999999999": 0, "-60": 0, "soon": 0, "1.5": 0,
		"Mon, 23 Nov 2026 04:01:00 GMT": time.Minute, "Mon, 23 Nov 2026 03:00:00 GMT": 0, "Tue, 23 Nov 2049 04:00:00 GMT": joinWait,
	} {
		if got := retryAfter(http.Header{"Retry-After": {said}, "Date": {date}}); got != want {
			t.Errorf("%q: %v, want %v", said, got, want)
		}
	}
	if got := retryAfter(http.Header{"Retry-After": {"Mon, 23 Nov 2026 04:01:00 GMT"}}); got != 0 {
		t.Errorf("without the answer's own time: %v", got)
	}
}

func TestAnswersThatCannotBeUsed(t *testing.T) {
	c := newCloud(t, newShelf())
	for name, change := range map[string]func(*wire.JoinAnswer){
		"tenant with slash":      func(a *wire.JoinAnswer) { a.Tenant = "ac/me" },
		"no cabinet":             func(a *wire.JoinAnswer) { a.Cabinet = "" },
		"no broker":              func(a *wire.JoinAnswer) { a.Broker = "" },
		"unknown scheme":         func(a *wire.JoinAnswer) { a.Broker = "ftp://127.0.0.1" },
		"plain beyond here":      func(a *wire.JoinAnswer) { a.Broker = "tcp://broker.example:1883" },
		"password in the URL":    func(a *wire.JoinAnswer) { a.Broker = "ssl://u:p@broker.example" },
		"no user":                func(a *wire.JoinAnswer) { a.User = "" },
		"short system key":       func(a *wire.JoinAnswer) { a.SystemKey = a.SystemKey[1:] },
		"short command key":      func(a *wire.JoinAnswer) { a.CommandKey = nil },
		"one key for everything": func(a *wire.JoinAnswer) { a.CommandKey = a.SystemKey },
		"short seal key":         func(a *wire.JoinAnswer) { a.SealKey = a.SealKey[1:] },
	} {
		answer := c.answer("ssl://broker.example:8883")
		change(&answer)
		if err := checkAnswer(answer, false); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := checkAnswer(c.answer("ssl://broker.example:8883"), false); err != nil {
		t.Error(err)
	}
	if err := checkAnswer(c.answer("tcp://broker.example:1883"), true); err != nil {
		t.Errorf("plain in a closed network: %v", err)
	}
}

func TestOptionsThatCannotWork(t *testing.T) {
	s := newShelf()
	c := newCloud(t, s)
	for name, change := range map[string]func(*Options){
		"plain beyond here": func(o *Options) { o.URL = "http://system.example" },
		"no URL":            func(o *Options) { o.URL = "" },
		"no journal":        func(o *Options) { o.Journal = nil },
		"no clock":          func(o *Options) { o.Boot = nil },
		"no log":            func(o *Options) { o.Log = (*slog.Logger)(nil) },
	} {
		options := c.options(s)
		change(&options)
		if _, err := New(options); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestDamagedIdentityIsSaid(t *testing.T) {
	s := newShelf()
	c := newCloud(t, s)
	whole := s.identity
	for name, blob := range map[string][]byte{
		"cut":        whole[:len(whole)/2],
		"newer":      bytes.Replace(whole, []byte(`"format":1`), []byte(`"format":2`), 1),
		"more in it": bytes.Replace(whole, []byte(`"format":1`), []byte(`"format":1,"later":1`), 1),
		"next cut":   bytes.Replace(whole, []byte(`"format":1`), []byte(`"format":1,"next":{"format":1}`), 1),
		"no key":     bytes.Replace(whole, []byte(`"sign_key":"`), []byte(`"sign_key":"AAAA`), 1),
	} {
		s.identity = blob
		l, err := New(c.options(s))
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "identity") {
			t.Errorf("%s: Run: %v", name, err)
		}
	}
	if len(c.cabinet.verifyingKey()) != ed25519.PublicKeySize {
		t.Error("public key")
	}
}
