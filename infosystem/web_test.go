package infosystem_test

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lockerd/infosystem"
	"lockerd/sync/wire"
)

// browser is an operator's browser.
type browser struct {
	t      testing.TB
	url    string
	client *http.Client
	csrf   string
}

func openBrowser(t testing.TB, s *infosystem.System) *browser {
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
	does("/cabinets/lobby/settings", url.Values{"policy": {"fingerprint+passcode"}}, "opens no door there now")
	does("/cabinets/lobby/settings", url.Values{"off": {"code"}}, "opens no door there now")
	does("/cabinets/lobby/settings", url.Values{"policy": {"fingerprint | code"}}, `Saved; the cabinet is told.</p>`)
	does("/cabinets/lobby/settings", url.Values{"policy": {"face"}}, "unknown kind")
	does("/cabinets/lobby/open", url.Values{"slot": {"3"}, "reason": {"stuck"}}, "The command was sent")
	does("/cabinets/lobby/open", url.Values{"slot": {"99"}, "reason": {"stuck"}}, "no slot 99")
	does("/cabinets/lobby/join-code", url.Values{}, "Join code, shown this once")
	does("/cabinets", url.Values{"id": {"yard"}, "name": {"Yard"}}, "not joined")
	does("/staff", url.Values{"number": {"100"}, "role": {"courier"}}, `<code>`)
	does("/staff", url.Values{"number": {"100"}, "role": {"courier"}}, "is taken")
	does("/staff/100/remove", url.Values{}, "Removed")
	for path, want := range map[string]string{
		"/": "P-1", "/people": "Ada", "/people/" + ada: "Identification information", "/parcels": "P-1", "/events": "assigned", "/events?parcel=P-1": "assigned",
		"/notices": "您可以在", "/staff": "Nobody yet", "/account": "New password", "/cabinets/lobby": "has version",
	} {
		if code, page := b.get(path); code != 200 || !strings.Contains(page, want) {
			t.Errorf("%s: %d, no %q in %s", path, code, want, page)
		}
	}
	for part, want := range map[string]bool{"ada": true, "447700": true, "bo": false} {
		does("/people/search", url.Values{"q": {part}}, `value="`+part+`"`)
		if _, page := b.get("/people/found"); strings.Contains(page, "/people/"+ada) != want {
			t.Errorf("searching for %s finds Ada: %v, want %v", part, !want, want)
		}
	}
	if _, page := b.get("/people"); !strings.Contains(page, "/people/"+ada) {
		t.Error("after a search the page of all people shows some of them only")
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
