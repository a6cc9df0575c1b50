package kiosk

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"lockerd/controller"
)

// customer remembers what was answered and refuses when told so.
type customer struct {
	mu      sync.Mutex
	answers []controller.Answer
	refuse  error
}

func (c *customer) Answer(a controller.Answer) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuse == nil {
		c.answers = append(c.answers, a)
	}
	return c.refuse
}

func (c *customer) all() []controller.Answer {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]controller.Answer(nil), c.answers...)
}

// post sends a body as the kiosk's own page would, changed by edit.
func post(k *Kiosk, body string, edit func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080/answer", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", "http://127.0.0.1:8080")
	r.AddCookie(&http.Cookie{Name: cookieName, Value: k.gate.cookie})
	if edit != nil {
		edit(r)
	}
	w := httptest.NewRecorder()
	k.ServeHTTP(w, r)
	return w
}

// TestAnswers sends what is right and every kind of what is wrong; what is refused reaches nobody.
func TestAnswers(t *testing.T) {
	tests := []struct {
		name, body string
		edit       func(*http.Request)
		want       int
	}{
		{"digits", `{"view":7,"act":"digits","text":"12345678"}`, nil, 204},
		{"pattern", `{"view":7,"act":"pattern","text":"01258"}`, nil, 204},
		{"consent", `{"view":7,"act":"consent","text":""}`, nil, 204},
		{"open a door again", `{"view":7,"act":"reopen","text":"11"}`, nil, 204},
		{"open no door again", `{"view":7,"act":"reopen","text":"0"}`, nil, 400},
		{"withdraw a kind", `{"view":7,"act":"withdraw","text":"voice"}`, nil, 204},
		{"withdraw what is no kind", `{"view":7,"act":"withdraw","text":"dna"}`, nil, 400},
		{"language", `{"view":7,"act":"language","text":"zh-CN"}`, nil, 204},
		{"another way", `{"view":7,"act":"way"}`, nil, 204},
		{"help", `{"view":7,"act":"help"}`, nil, 204},
		{"all parcels", `{"view":7,"act":"choose-all"}`, nil, 204},
		{"a parcel among all", `{"view":7,"act":"choose-all","text":"P-1"}`, nil, 400},
		{"old view", `{"view":6,"act":"taken"}`, nil, 409},
		{"view to come", `{"view":8,"act":"taken"}`, nil, 409},
		{"no view", `{"act":"taken"}`, nil, 409},
		{"unknown act", `{"view":7,"act":"explode"}`, nil, 400},
		{"keypad's act", `{"view":7,"act":"typing","text":"3"}`, nil, 400},
		{"text where none goes", `{"view":7,"act":"taken","text":"x"}`, nil, 400},
		{"letters for digits", `{"view":7,"act":"digits","text":"12e4"}`, nil, 400},
		{"too many digits", `{"view":7,"act":"digits","text":"12345678901234567"}`, nil, 400},
		{"dot twice", `{"view":7,"act":"pattern","text":"0110"}`, nil, 400},
		{"dot outside", `{"view":7,"act":"pattern","text":"0129"}`, nil, 400},
		{"unknown kind", `{"view":7,"act":"way","text":"iris"}`, nil, 400},
		{"consent to something else", `{"view":7,"act":"consent","text":"fingerprint"}`, nil, 400},
		{"size", `{"view":7,"act":"size","text":"4"}`, nil, 400},
		{"large text", `{"view":7,"act":"text","text":"large"}`, nil, 204},
		{"text of no size", `{"view":7,"act":"text"}`, nil, 400},
		{"language nobody speaks", `{"view":7,"act":"language","text":"tlh"}`, nil, 400},
		{"a carrier's number", `{"view":7,"act":"choose","text":"L+1(2)#3"}`, nil, 204},
		{"path as a parcel", `{"view":7,"act":"choose","text":"../P-1"}`, nil, 400},
		{"words as a parcel", `{"view":7,"act":"choose","text":"P 1"}`, nil, 400},
		{"no parcel", `{"view":7,"act":"choose","text":""}`, nil, 400},
		{"endless parcel", `{"view":7,"act":"choose","text":"` + strings.Repeat("P", 65) + `"}`, nil, 400},
		{"no JSON", `view=7&act=taken`, nil, 400},
		{"unknown field", `{"view":7,"act":"taken","slot":3}`, nil, 400},
		{"two answers", `{"view":7,"act":"taken"}{"view":7,"act":"taken"}`, nil, 400},
		{"negative view", `{"view":-7,"act":"taken"}`, nil, 400},
		{"too long", `{"view":7,"act":"digits","text":"` + strings.Repeat("1", 2000) + `"}`, nil, 413},
		{"form type", `{"view":7,"act":"taken"}`, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 415},
		{"GET", ``, func(r *http.Request) { r.Method = http.MethodGet }, 405},
		{"no cookie", `{"view":7,"act":"taken"}`, func(r *http.Request) { r.Header.Del("Cookie") }, 403},
		{"wrong cookie", `{"view":7,"act":"taken"}`, func(r *http.Request) { r.Header.Set("Cookie", "kiosk=guess") }, 403},
		{"other site", `{"view":7,"act":"taken"}`, func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") }, 403},
		{"other site's fetch", `{"view":7,"act":"taken"}`, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403},
		{"other port", `{"view":7,"act":"taken"}`, func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1:8081") }, 403},
		{"rebound name", `{"view":7,"act":"taken"}`, func(r *http.Request) { r.Host = "evil.example:8080" }, 421},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := &customer{}
			k := newKiosk(t, Options{Customer: c, Sandbox: true})
			k.Show(controller.View{Number: 7, Screen: controller.SlotOpen})
			w := post(k, test.body, test.edit)
			if w.Code != test.want {
				t.Errorf("status %d (%s), want %d", w.Code, strings.TrimSpace(w.Body.String()), test.want)
			}
			if reached := len(c.all()) > 0; reached != (test.want == 204) {
				t.Errorf("reached the customer: %v", reached)
			}
		})
	}
}

// TestParcelOfEverySign: a parcel whose number has any sign that a number may have can be chosen as it is drawn, and
// is drawn as text.
func TestParcelOfEverySign(t *testing.T) {
	var signs []byte
	for b := byte('!'); b <= '~'; b++ {
		if b != '/' {
			signs = append(signs, b)
		}
	}
	button := regexp.MustCompile(`data-act="choose" data-text="([^"]*)"`)
	for _, id := range []string{string(signs[:64]), string(signs[64:]), "<b>P-1<b>"} {
		c := &customer{}
		k := newKiosk(t, Options{Customer: c})
		view := controller.View{Number: 7, Screen: controller.DropChoose, Language: "en", Parcels: []controller.ParcelLine{{ID: controller.ParcelID(id)}}}
		k.Show(view)
		page, err := k.draw(view)
		if err != nil {
			t.Fatal(err)
		}
		drawn := button.FindSubmatch(page)
		if drawn == nil || html.UnescapeString(string(drawn[1])) != id || bytes.Contains(page, []byte("<b>P-1")) {
			t.Errorf("number %s is drawn as %s", id, drawn)
			continue
		}
		body, err := json.Marshal(map[string]any{"view": 7, "act": "choose", "text": html.UnescapeString(string(drawn[1]))})
		if err != nil {
			t.Fatal(err)
		}
		if w := post(k, string(body), nil); w.Code != http.StatusNoContent || len(c.all()) != 1 || c.all()[0].Text != id {
			t.Errorf("choosing %s: status %d (%s), reached the customer %v", id, w.Code, w.Body, c.all())
		}
	}
}

func TestNobodyThere(t *testing.T) {
	k := newKiosk(t, Options{})
	if w := post(k, `{"view":0,"act":"pickup"}`, nil); w.Code != http.StatusServiceUnavailable {
		t.Errorf("without a customer: %d", w.Code)
	}
}

func TestDoubleTapCountsOnce(t *testing.T) {
	c := &customer{}
	k := newKiosk(t, Options{Customer: c})
	k.Show(controller.View{Number: 7, Screen: controller.SlotOpen, Slot: 3})
	const tap = `{"view":7,"act":"reopen"}`
	if w := post(k, tap, nil); w.Code != 204 {
		t.Fatalf("first tap: %d", w.Code)
	}
	k.Show(controller.View{Number: 7, Screen: controller.SlotOpen, Slot: 3, Doors: doors(3)}) // drawn anew
	if w := post(k, tap, nil); w.Code != 409 {
		t.Errorf("second tap: %d", w.Code)
	}
	k.Show(controller.View{Number: 8, Screen: controller.SlotOpen, Slot: 3})
	if w := post(k, tap, nil); w.Code != 409 {
		t.Errorf("second tap on the next view: %d", w.Code)
	}
	if w := post(k, `{"view":8,"act":"reopen"}`, nil); w.Code != 204 || len(c.all()) != 2 {
		t.Errorf("a tap on the next view: %d, %v", w.Code, c.all())
	}
}

// TestProgressDoesNotEatTaps: a finger that is being read changes the view under the tap; the tap counts.
func TestProgressDoesNotEatTaps(t *testing.T) {
	c := &customer{}
	k := newKiosk(t, Options{Customer: c})
	k.Show(controller.View{Number: 7, Screen: controller.AskAny})
	k.Show(controller.View{Number: 8, Screen: controller.AskAny, Touched: true})
	if w := post(k, `{"view":7,"act":"digits","text":"12345678"}`, nil); w.Code != 204 || c.all()[0].View != 8 {
		t.Errorf("status %d, answers %v", w.Code, c.all())
	}
}

func TestRefusedAnswerCanBeGivenAgain(t *testing.T) {
	c := &customer{}
	k := newKiosk(t, Options{Customer: c})
	k.Show(controller.View{Number: 7, Screen: controller.SlotOpen})
	for refusal, said := range map[error]string{controller.ErrBusy: "not possible now", controller.ErrOldView: "moved on"} {
		c.refuse = refusal
		if w := post(k, `{"view":7,"act":"taken"}`, nil); w.Code != 409 || !strings.Contains(w.Body.String(), said) {
			t.Fatalf("refused: %d %s", w.Code, w.Body)
		}
	}
	c.refuse = nil
	if w := post(k, `{"view":7,"act":"taken"}`, nil); w.Code != 204 {
		t.Errorf("again: %d", w.Code)
	}
}

func get(k *Kiosk, url, cookie string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, url, nil)
	if cookie != "" {
		r.AddCookie(&http.Cookie{Name: cookieName, Value: cookie})
	}
	w := httptest.NewRecorder()
	k.ServeHTTP(w, r)
	return w
}

func TestEntryKeyWorksOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	k := newKiosk(t, Options{TokenFile: file})
	if w := get(k, "http://localhost:8080/", ""); w.Code != 403 || len(w.Result().Cookies()) > 0 {
		t.Errorf("a page without a cookie: %d", w.Code)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	enter := "http://localhost:8080/enter?key=" + strings.TrimSpace(string(raw))
	if w := get(k, "http://localhost:8080/enter?key=", ""); w.Code != 403 {
		t.Errorf("an empty key: %d", w.Code)
	}
	w := get(k, enter, "")
	cookies := w.Result().Cookies()
	if w.Code != 303 || len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteStrictMode {
		t.Fatalf("the entry: %d %v", w.Code, cookies)
	}
	if w := get(k, "http://localhost:8080/", cookies[0].Value); w.Code != 200 || !strings.Contains(w.Body.String(), "data-scene") {
		t.Errorf("the page: %d", w.Code)
	}
	if w := get(k, enter, ""); w.Code != 403 {
		t.Errorf("the key worked twice: %d", w.Code)
	}
	if next, err := os.ReadFile(file); err != nil || bytes.Equal(next, raw) {
		t.Errorf("no fresh key for the next start of the browser (%v)", err)
	}
}

func TestTokenFileThatCannotBeWritten(t *testing.T) {
	if _, err := New(Options{TokenFile: filepath.Join(t.TempDir(), "no", "key")}); err == nil {
		t.Error("no error")
	}
}

func TestPageIsLocked(t *testing.T) {
	k := newKiosk(t, Options{Sandbox: true, Hosts: []string{"kiosk.example:8080"}})
	if w := get(k, "http://127.0.0.1:8080/", ""); w.Code != 421 {
		t.Errorf("a host that is not listed: %d", w.Code)
	}
	w := get(k, "http://kiosk.example:8080/", "")
	if csp := w.Header().Get("Content-Security-Policy"); w.Code != 200 || !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("status %d, policy %q", w.Code, csp)
	}
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Error("the page may be cached")
	}
	if total := w.Body.Len() + size(t); total > 150<<10 {
		t.Errorf("page and files weigh %d bytes", total)
	}
}

func size(t testing.TB) (total int) {
	t.Helper()
	files, err := staticFiles.ReadDir("static")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		total += int(info.Size())
	}
	return total
}

// TestStreamSendsTheNewestView reads a page's stream over a real connection.
func TestStreamSendsTheNewestView(t *testing.T) {
	k := newKiosk(t, Options{Sandbox: true})
	server := httptest.NewServer(k)
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/view", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: cookieName, Value: k.gate.cookie})
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	lines := bufio.NewReader(reply.Body)
	awaitLine(t, lines, "id: 0")
	for n := uint64(1); n <= 500; n++ { // never blocks, whatever the page reads
		k.Show(controller.View{Number: n, Screen: controller.SlotOpen, Slot: controller.Slot(n)})
	}
	awaitLine(t, lines, "id: 500")
	awaitLine(t, lines, `data:     <p class="huge">500</p>`)
}

func awaitLine(t *testing.T, lines *bufio.Reader, want string) {
	t.Helper()
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("waiting for %q: %v", want, err)
		}
		if strings.TrimRight(line, "\n") == want {
			return
		}
	}
}

func FuzzReadAnswer(f *testing.F) {
	f.Add([]byte(`{"view":7,"act":"digits","text":"12345678"}`))
	f.Add([]byte(`{"view":7,"act":"consent","text":"fingerprint,voice"}`))
	f.Add([]byte(`{"view":1e99}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := readAnswer(bytes.NewReader(body))
		odd := func(r rune) bool { return r <= ' ' || r > '~' }
		if err == nil && (len(a.Text) > 64 || strings.ContainsFunc(a.Text, odd)) {
			t.Errorf("accepted %+v", a)
		}
		if err == nil && len(body) > maxAnswer {
			t.Error("accepted a body that is too long")
		}
		if errors.Is(err, io.EOF) {
			t.Error("an error that tells a person nothing")
		}
	})
}
