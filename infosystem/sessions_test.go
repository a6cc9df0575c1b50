package infosystem_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

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
