package infosystem_test

import (
	"bytes"
	"context"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"lockerd/infosystem"
	"lockerd/infosystem/database"
	"lockerd/infosystem/database/databasetest"
	"lockerd/sync/wire"
)

// browser is an operator's browser.
type browser struct {
	t      *testing.T
	url    string
	client *http.Client
	csrf   string
}

func openBrowser(t *testing.T, s *infosystem.System) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, url: s.WebURL(), client: &http.Client{Jar: jar}}
}

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// get returns the page that a path leads to.
func (b *browser) get(path string) (int, string) {
	b.t.Helper()
	return b.read(b.client.Get(b.url + path))
}

func (b *browser) post(path string, form url.Values) (int, string) {
	b.t.Helper()
	if b.csrf != "" && form.Get("csrf") == "" {
		form.Set("csrf", b.csrf)
	}
	return b.read(b.client.PostForm(b.url+path, form))
}

func (b *browser) read(r *http.Response, err error) (int, string) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer r.Body.Close()
	page, err := io.ReadAll(r.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if found := csrfField.FindSubmatch(page); found != nil {
		b.csrf = string(found[1])
	}
	return r.StatusCode, string(page)
}

func (b *browser) signIn(password string) (int, string) {
	b.t.Helper()
	return b.post("/sign-in", url.Values{"name": {"operator"}, "password": {password}})
}

func TestOperatorsPages(t *testing.T) {
	s := start(t, func(o *infosystem.Options) { o.Hint = "press finger ada" })
	c := joinCabinet(t, s, "lobby")
	c.hello()
	b := openBrowser(t, s)
	if _, page := b.get("/"); !strings.Contains(page, "Sign in") || !strings.Contains(page, "press finger ada") {
		t.Fatalf("a stranger sees %s", page)
	}
	if code, page := b.signIn("wrong"); code != 401 || !strings.Contains(page, "name or password is wrong") {
		t.Errorf("a wrong password gave %d", code)
	}
	if code, page := b.signIn(s.FirstPassword()); code != 200 || !strings.Contains(page, "Lobby of lobby") {
		t.Fatalf("after the sign-in: %d %s", code, page)
	}
	does := func(path string, form url.Values, want string) string {
		t.Helper()
		_, page := b.post(path, form)
		if !strings.Contains(page, want) {
			t.Errorf("POST %s: no %q in %s", path, want, page)
		}
		return page
	}
	page := does("/people", url.Values{"name": {"Ada <b>"}, "phone": {"+447700900123"}, "language": {"zh"}}, "Ada &lt;b&gt; was added")
	ada := regexp.MustCompile(`/people/(r-[a-z0-9]+)`).FindStringSubmatch(page)[1]
	does("/people", url.Values{"name": {"Bo"}, "phone": {"12"}}, "the phone number is none")
	does("/people/"+ada, url.Values{"name": {"Ada"}, "phone": {"+447700900123"}, "language": {"zh"}, "low_slot": {"on"}}, "Saved.")
	does("/people/"+ada+"/invite", url.Values{"cabinet": {"lobby"}}, `<code>`)
	does("/parcels", url.Values{"id": {"P-1"}, "recipient": {ada}, "cabinet": {"lobby"}, "size": {"1"}, "days": {"3"}}, "Parcel P-1 is expected; its recipient is not specific")
	does("/parcels", url.Values{"id": {"P-1"}, "recipient": {ada}, "cabinet": {"lobby"}, "size": {"1"}}, "was assigned before")
	does("/parcels/P-1/code", url.Values{}, "a code is sent only for one that lies in its slot")
	does("/parcels/P-1/recall", url.Values{}, "recall asked")
	does("/cabinets/lobby/settings", url.Values{"policy": {"fingerprint|code"}, "codes": {"everyone"}, "off": {"voice"}}, `value="fingerprint | code"`)
	does("/cabinets/lobby/settings", url.Values{"policy": {"face"}}, "unknown kind")
	does("/cabinets/lobby/open", url.Values{"slot": {"3"}, "reason": {"stuck"}}, "The command was sent")
	does("/cabinets/lobby/open", url.Values{"slot": {"99"}, "reason": {"stuck"}}, "no slot 99")
	does("/cabinets/lobby/join-code", url.Values{}, "Join code, shown this once")
	does("/cabinets", url.Values{"id": {"yard"}, "name": {"Yard"}}, "not joined")
	does("/staff", url.Values{"number": {"100"}, "role": {"courier"}}, `<code>`)
	does("/staff", url.Values{"number": {"100"}, "role": {"courier"}}, "is taken")
	does("/staff/100/remove", url.Values{}, "Removed")
	for path, want := range map[string]string{
		"/": "P-1", "/people?q=ada": "Ada", "/people/" + ada: "Identification information", "/parcels": "P-1", "/events": "assigned", "/events?parcel=P-1": "assigned",
		"/notices": "您可在", "/staff": "Nobody yet", "/account": "New password", "/cabinets/lobby": "has version",
	} {
		if code, page := b.get(path); code != 200 || !strings.Contains(page, want) {
			t.Errorf("%s: %d, no %q in %s", path, code, want, page)
		}
	}
	if _, page := b.get("/staff"); strings.Contains(page, `<code>`) {
		t.Error("a secret is shown twice")
	}
	for path, want := range map[string]int{"/people/r-nobody": 404, "/cabinets/none": 404, "/none": 404} {
		if code, _ := b.get(path); code != want {
			t.Errorf("%s gives %d, want %d", path, code, want)
		}
	}
}

// TestConsentOnThePage: an operator can record what a recipient says of an expected parcel whatever is known so far,
// and of no other parcel.
func TestConsentOnThePage(t *testing.T) {
	const odd = "L+1#2?3%41&<b>"
	s, a, c := walkUp(t, object{})
	b := openBrowser(t, s)
	b.signIn(s.FirstPassword())
	bo := a.text("POST", "/api/v1/people", object{"name": "Bo", "phone": "13800000815"}, "id")
	a.do("POST", "/api/v1/parcels", object{"id": odd, "cabinet": "lobby", "recipient": bo, "size": 1}, nil)
	action := regexp.MustCompile(`action="(/parcels/[^"]+/consent)"`)
	offers := func(when string, want ...string) {
		t.Helper()
		_, page := b.get("/parcels")
		for _, word := range []string{"given", "refused"} {
			offered := strings.Contains(page, `name="consent" value="`+word+`"`)
			if offered != slices.Contains(want, word) {
				t.Errorf("%s: the page offers %q: %v", when, word, offered)
			}
		}
	}
	offers("nothing is known", "given", "refused")
	for _, said := range []struct{ word, other string }{{"given", "refused"}, {"refused", "given"}} {
		_, page := b.get("/parcels")
		found := action.FindStringSubmatch(page)
		if found == nil {
			t.Fatalf("no form in %s", page)
		}
		form := html.UnescapeString(found[1])
		if _, page := b.post(form, url.Values{"consent": {said.word}}); !strings.Contains(page, "consent "+said.word) {
			t.Errorf("after %q the page says %s", said.word, page)
		}
		offers(said.word, said.other)
	}
	c.apply()
	c.happen(wire.Event{What: "deposited", Parcel: odd, Slot: 2})
	offers("it lies in its slot")
}

func TestSessions(t *testing.T) {
	s := start(t)
	b := openBrowser(t, s)
	b.signIn(s.FirstPassword())
	if code, _ := b.post("/people", url.Values{"csrf": {"guess"}, "name": {"Eve"}, "phone": {"+447700900123"}}); code != 403 {
		t.Errorf("a form with a guessed CSRF token gave %d", code)
	}
	request, _ := http.NewRequest("POST", s.WebURL()+"/api/v1/people", strings.NewReader(`{"name":"Eve","phone":"+447700900123"}`))
	request.Header.Set("Content-Type", "application/json")
	if code, _ := b.read(b.client.Do(request)); code != 403 {
		t.Errorf("an API call by cookie without a CSRF token gave %d", code)
	}
	if _, page := b.post("/account", url.Values{"old": {s.FirstPassword()}, "new": {"short"}}); !strings.Contains(page, "12–200 characters") {
		t.Error("a short password was taken")
	}
	if _, page := b.post("/account", url.Values{"old": {s.FirstPassword()}, "new": {"a longer password"}}); !strings.Contains(page, "Sign in") {
		t.Error("the session outlived the password")
	}
	b.csrf = ""
	if code, _ := b.signIn("a longer password"); code != 200 {
		t.Errorf("the new password gives %d", code)
	}
	b.post("/sign-out", url.Values{})
	if _, page := b.get("/people"); !strings.Contains(page, "Sign in") {
		t.Error("still signed in after signing out")
	}
	code := 0
	for range 12 {
		code, _ = b.signIn("guess")
	}
	if code != 429 {
		t.Errorf("the twelfth wrong password in a row gives %d, want 429", code)
	}
}

func TestHeadersAndHost(t *testing.T) {
	s := start(t)
	request, _ := http.NewRequest("GET", s.WebURL()+"/sign-in", nil)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if policy := response.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("the content policy is %q", policy)
	}
	request.Host = "evil.example"
	response, err = http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("under a foreign name the server answers %d", response.StatusCode)
	}
}

func TestAPIRefusals(t *testing.T) {
	s := start(t)
	a, _, bo := ready(t, s)
	for _, c := range []struct {
		name, method, path string
		body               any
		want               int
	}{
		{"unknown person", "POST", "/api/v1/parcels", object{"cabinet": "lobby", "recipient": "r-nobody", "size": 1}, 404},
		{"unknown cabinet", "POST", "/api/v1/parcels", object{"cabinet": "none", "recipient": bo, "size": 1}, 404},
		{"parcel twice", "POST", "/api/v1/parcels", object{"id": "P-1", "cabinet": "lobby", "recipient": bo, "size": 1}, 409},
		{"giant size", "POST", "/api/v1/parcels", object{"cabinet": "lobby", "recipient": bo, "size": 4}, 400},
		{"consent of a wrong word", "POST", "/api/v1/parcels/P-1/consent", object{"consent": "said"}, 400},
		{"consent to an unknown parcel", "POST", "/api/v1/parcels/P-9/consent", object{"consent": "given"}, 404},
		{"consent rule of nobody", "PUT", "/api/v1/cabinets/lobby/settings", object{"consent": "nobody"}, 400},
		{"agreed half", "POST", "/api/v1/people", object{"name": "Eve", "phone": "13800138001", "agreed": "half"}, 400},
		{"wrong phone", "POST", "/api/v1/people", object{"name": "Eve", "phone": "x"}, 400},
		{"unknown field", "POST", "/api/v1/people", object{"name": "Eve", "phone": "+447700900123", "admin": true}, 400},
		{"wrong type", "POST", "/api/v1/people", []int{1}, 400},
		{"too much", "POST", "/api/v1/people", object{"name": strings.Repeat("a", 1<<17)}, 400},
		{"recall of nothing", "POST", "/api/v1/parcels/P-9/recall", nil, 404},
		{"code for one that did not come", "POST", "/api/v1/parcels/P-1/code", nil, 409},
		{"cabinet twice", "POST", "/api/v1/cabinets", object{"id": "lobby", "name": "x"}, 409},
		{"strange cabinet", "POST", "/api/v1/cabinets", object{"id": "Lobby/+", "name": "x"}, 400},
		{"codes to nobody", "PUT", "/api/v1/cabinets/lobby/settings", object{"codes": "nobody"}, 400},
		{"unknown kind off", "PUT", "/api/v1/cabinets/lobby/settings", object{"off": []string{"face"}}, 400},
		{"settings of nothing", "PUT", "/api/v1/cabinets/none/settings", object{}, 404},
		{"letters for a staff number", "POST", "/api/v1/staff", object{"number": "abc", "role": "courier"}, 400},
		{"unknown role", "POST", "/api/v1/staff", object{"number": "100", "role": "king"}, 400},
		{"short secret", "POST", "/api/v1/staff", object{"number": "100", "role": "courier", "secret": "1"}, 400},
		{"staff of nothing", "DELETE", "/api/v1/staff/999", nil, 404},
		{"unknown command", "GET", "/api/v1/commands/c-1", nil, 404},
		{"after letters", "GET", "/api/v1/events?after=x", nil, 400},
		{"unknown kind to withdraw", "DELETE", "/api/v1/people/" + bo + "/verification?kind=face", nil, 400},
		{"no such part", "GET", "/api/v1/none", nil, 404},
	} {
		if code, raw := a.try(c.method, c.path, c.body); code != c.want || !bytes.Contains(raw, []byte(`"error"`)) {
			t.Errorf("%s: %d %s, want %d", c.name, code, raw, c.want)
		}
	}
	a.token = "guess"
	if code, _ := a.try("GET", "/api/v1/people", nil); code != 401 {
		t.Errorf("a guessed token gave %d", code)
	}
}

func TestJoinRefusals(t *testing.T) {
	s := start(t)
	a := apiOf(t, s)
	a.do("POST", "/api/v1/cabinets", object{"id": "lobby", "name": "Lobby"}, nil)
	code := a.text("POST", "/api/v1/cabinets/lobby/join-codes", nil, "code")
	_, seal, err := wire.NewSealingKey()
	if err != nil {
		t.Fatal(err)
	}
	good := wire.JoinRequest{Code: code, SignKey: make([]byte, 32), SealKey: seal, Slots: 12}
	for name, change := range map[string]func(*wire.JoinRequest){
		"wrong code":     func(r *wire.JoinRequest) { r.Code = "AAAA-BBBB-CCCC-DDDD" },
		"no code":        func(r *wire.JoinRequest) { r.Code = "" },
		"short key":      func(r *wire.JoinRequest) { r.SignKey = []byte{1} },
		"no sealing key": func(r *wire.JoinRequest) { r.SealKey = nil },
		"no slots":       func(r *wire.JoinRequest) { r.Slots = 0 },
		"endless slots":  func(r *wire.JoinRequest) { r.Slots = 1 << 20 },
	} {
		bad := good
		change(&bad)
		if status, raw := a.try("POST", "/api/v1/join", bad); status/100 != 4 {
			t.Errorf("%s: %d %s", name, status, raw)
		}
	}
	good.Code = strings.ToLower(strings.ReplaceAll(code, "-", " ")) // as people type
	if status, raw := a.try("POST", "/api/v1/join", good); status != 200 {
		t.Errorf("a good code gave %d %s", status, raw)
	}
	if status, raw := a.try("POST", "/api/v1/join", good); status != 409 {
		t.Errorf("a code used twice gave %d %s", status, raw)
	}
	old := a.text("POST", "/api/v1/cabinets/lobby/join-codes", nil, "code")
	a.text("POST", "/api/v1/cabinets/lobby/join-codes", nil, "code")
	good.Code = old
	if status, raw := a.try("POST", "/api/v1/join", good); status != 409 {
		t.Errorf("a code that a newer one replaced gave %d %s", status, raw)
	}
}

// syncBuffer is a buffer for several goroutines.
type syncBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func TestRestartGoesOnAndLogsAreClean(t *testing.T) {
	var log syncBuffer
	dir := t.TempDir()
	options := infosystem.Options{Dir: dir, Tenant: "test", Outbox: true, SignerSocket: socket(t), Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	s, err := infosystem.New(options)
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, s)
	a, c, bo := ready(t, s)
	c.happen(wire.Event{What: "deposited", Parcel: "P-1", Slot: 2}, wire.Event{What: "code-issued", Parcel: "P-1", Slot: 2, Who: bo,
		Sealed: c.seal("code-issued", "P-1", wire.CodeBody{Recipient: bo, Parcel: "P-1", Slot: 2, Code: "24681357"})})
	noticeText(t, a, "code")
	token := s.Token()
	stop()
	if s, err = infosystem.New(options); err != nil {
		t.Fatal(err)
	}
	run(t, s)
	if s.FirstPassword() != "" || s.Token() != token {
		t.Error("a second start made a new password or token")
	}
	c.answer.Broker = s.BrokerURL()
	c.connect()
	if w := c.hello(); w.Acked != 2 {
		t.Errorf("after the restart %d is acknowledged, want 2", w.Acked)
	}
	if phase := apiOf(t, s).text("GET", "/api/v1/parcels/P-1", nil, "phase"); phase != "stored" {
		t.Errorf("after the restart the parcel is %s", phase)
	}
	log.mu.Lock()
	defer log.mu.Unlock()
	for _, secret := range []string{"Bo", "13800138000", "24681357", token, c.answer.Password} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

func TestDamagedVaultHoldsNoEventsUp(t *testing.T) {
	dir := t.TempDir()
	options := infosystem.Options{Dir: dir, Tenant: "test", Outbox: true, SignerSocket: socket(t)}
	s, err := infosystem.New(options)
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, s)
	a, c, bo := ready(t, s)
	invitation := a.text("POST", "/api/v1/people/"+bo+"/invitations", object{"cabinet": "lobby"}, "id")
	c.happen(wire.Event{What: "enrolled", Who: bo, Sealed: c.seal("enrolled", bo, wire.EnrolmentBody{
		Recipient: bo, Invitation: invitation, Consent: []string{"pattern"}, Consented: 1, IDs: []string{"v1"},
		Records: []wire.VerificationBody{{Recipient: bo, Kind: "pattern", Data: []byte("dots")}},
	})})
	stop()
	db, err := database.OpenSQLite(filepath.Join(dir, "infosystem.db"))
	if err != nil {
		t.Fatal(err)
	}
	databasetest.Update(t, db, func(tx database.Tx) error {
		_, err := tx.Exec(`UPDATE verification SET sealed = ?`, []byte("a damaged record, long enough to have a nonce"))
		return err
	})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = infosystem.New(options); err != nil {
		t.Fatal(err)
	}
	run(t, s)
	c.answer.Broker = s.BrokerURL()
	c.connect()
	c.hello()
	c.happen(wire.Event{What: "deposited", Parcel: "P-1", Slot: 4})
	if phase := apiOf(t, s).text("GET", "/api/v1/parcels/P-1", nil, "phase"); phase != "stored" {
		t.Errorf("the parcel is %s", phase)
	}
}

func TestNewRefuses(t *testing.T) {
	for name, o := range map[string]infosystem.Options{
		"no tenant":      {Dir: t.TempDir(), Outbox: true},
		"strange tenant": {Dir: t.TempDir(), Outbox: true, Tenant: "A/B"},
		"no folder":      {Dir: filepath.Join("/dev/null", "x"), Outbox: true, Tenant: "t"},
		"no address":     {Dir: t.TempDir(), Outbox: true, Tenant: "t", Web: "nowhere:x"},
		"no broker":      {Dir: t.TempDir(), Outbox: true, Tenant: "t", BrokerURL: "nonsense"},
		"nobody is told": {Dir: t.TempDir(), Tenant: "t"},
	} {
		if s, err := infosystem.New(o); err == nil {
			t.Errorf("%s: started", name)
			s.Close()
		}
	}
}

func TestSignerThatFailsStopsTheSystem(t *testing.T) {
	s, err := infosystem.New(infosystem.Options{Dir: t.TempDir(), Tenant: "test", Outbox: true, SignerSocket: socket(t), Signer: func(context.Context, string) error { return io.ErrUnexpectedEOF }})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "signer stopped") {
		t.Errorf("Run gave %v", err)
	}
}
