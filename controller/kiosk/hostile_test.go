package kiosk

import (
	"bytes"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"lockerd/controller"
)

// attack is what a hostile page on this machine tries: to post as a form, as a script would, and with what
// browsers send of themselves; to listen; to read the page; to frame it and load its parts. It resolves with
// what it could read.
const attack = `(async (kiosk) => {
  const body = JSON.stringify({view: 7, act: "reopen", text: ""});
  const tries = {
    plain: () => fetch(kiosk + "/answer", {method: "POST", mode: "no-cors", credentials: "include", body}),
    json: () => fetch(kiosk + "/answer", {method: "POST", credentials: "include", headers: {"Content-Type": "application/json"}, body}),
    beacon: async () => navigator.sendBeacon(kiosk + "/answer", new Blob([body], {type: "application/json"})),
    read: () => fetch(kiosk + "/", {credentials: "include"}).then((r) => r.text()),
    stream: () => new Promise((done, failed) => { const s = new EventSource(kiosk + "/view", {withCredentials: true});
      s.addEventListener("view", () => done("a view")); s.onerror = failed; }),
    frame: () => new Promise((done, failed) => { const f = document.createElement("iframe"); f.src = kiosk + "/";
      f.onload = () => { try { done(f.contentDocument.body.textContent) } catch (e) { failed(e) } }; document.body.append(f); }),
    script: () => new Promise((done, failed) => { const s = document.createElement("script"); s.src = kiosk + "/static/kiosk.js";
      s.onload = () => done("loaded"); s.onerror = failed; document.body.append(s); }),
    form: () => new Promise((done) => { const f = document.createElement("form"); f.method = "POST"; f.enctype = "text/plain";
      f.action = kiosk + "/answer"; f.target = "elsewhere"; const i = document.createElement("input"); i.name = body; f.append(i);
      const t = document.createElement("iframe"); t.name = "elsewhere"; t.onload = () => done(""); document.body.append(t, f); f.submit(); }),
  };
  const read = [];
  for (const [name, go] of Object.entries(tries)) {
    try { const got = await go(); if (typeof got === "string" && got) read.push(name + ": " + got.slice(0, 60)); } catch {}
  }
  return read;
})(%q)`

// TestBrowserHostilePage opens a page of another origin in the cabinet's own browser, which holds the cookie:
// nothing that it tries reaches the customer or shows it anything.
func TestBrowserHostilePage(t *testing.T) {
	c := &customer{}
	k := newKiosk(t, Options{Sandbox: true, Customer: c})
	k.Show(controller.View{Number: 7, Screen: controller.SlotOpen, Slot: 3, Language: "en"})
	ctx, server := browseAt(t, k)
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html><title>evil</title><body>")
	}))
	t.Cleanup(func() { evil.CloseClientConnections(); evil.Close() })
	do(t, ctx, chromedp.Navigate(evil.URL)) // another port of the same host: the cookie is sent
	read, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](fmt.Sprintf(attack, server.URL), chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	if len(read) > 0 {
		t.Errorf("the hostile page read %q", read)
	}
	if all := c.all(); len(all) > 0 {
		t.Errorf("the hostile page's answers were taken: %v", all)
	}
	port := server.URL[strings.LastIndex(server.URL, ":"):]
	do(t, ctx, chromedp.Navigate("http://evil.example"+port+"/")) // a foreign name that points here
	if text := evaluate[string](t, ctx, `document.body.textContent`); !strings.Contains(text, "not served under that name") {
		t.Errorf("under a foreign name the page is %q", text)
	}
	do(t, ctx, chromedp.Navigate(server.URL), tap(`[data-act="taken"]`))
	if a := c.await(t, 1); a.Act != controller.ActTaken {
		t.Errorf("the cabinet's own page sends %+v", a)
	}
}

// TestBrowserKeepsNothingOfAPerson: when patience is over the page itself is blank of names, its address and
// storage hold nothing, and neither the browser's profile on the disk nor the log ever knew what was typed or
// shown.
func TestBrowserKeepsNothingOfAPerson(t *testing.T) {
	var log bytes.Buffer
	profile := t.TempDir()
	c := &customer{}
	k := newKiosk(t, Options{Sandbox: true, Customer: c, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	ctx := browseAlone(t, k, profile)
	show(t, ctx, k, controller.View{Number: 1, Screen: controller.AskAny, Language: "en"})
	do(t, ctx, chromedp.KeyEvent("48190736\r"))
	c.await(t, 1)
	show(t, ctx, k, controller.View{Number: 2, Screen: controller.YourParcels, Masked: "Quetzalcoatl*", Patience: 300 * time.Millisecond, Language: "en"})
	do(t, ctx, poll(`!document.body.textContent.includes("Quetzal")`))
	rest := evaluate[string](t, ctx, `location.pathname + location.search + localStorage.length + sessionStorage.length + document.cookie + history.state`)
	if rest != "/00null" {
		t.Errorf("the page keeps %q", rest)
	}
	do(t, ctx, chromedp.Reload())
	if text := evaluate[string](t, ctx, `document.documentElement.outerHTML`); strings.Contains(text, "Quetzal") || strings.Contains(text, "48190736") {
		t.Error("a reload brings it back")
	}
	if err := chromedp.Cancel(ctx); err != nil { // the browser ends and writes what it keeps
		t.Fatal(err)
	}
	files := 0
	err := filepath.WalkDir(profile, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		files++
		for _, secret := range []string{"Quetzal", "Q\x00u\x00e\x00t\x00z", "48190736"} {
			if bytes.Contains(raw, []byte(secret)) {
				t.Errorf("%s keeps %q", filepath.Base(path), secret)
			}
		}
		return err
	})
	if err != nil || files < 10 {
		t.Errorf("%d files of the profile were read, %v", files, err)
	}
	if strings.Contains(log.String(), "48190736") || strings.Contains(log.String(), "Quetzal") {
		t.Errorf("the log keeps it:\n%s", log.String())
	}
}
