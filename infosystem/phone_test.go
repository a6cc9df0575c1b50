package infosystem_test

import (
	"context"
	"fmt"
	"net/url"
	"os/exec"
	"regexp"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"lockerd/infosystem"
)

// TestPagesOnAPhone has Chromium show every page as wide as a phone: nothing is cut off, and nothing but the names of the
// pages is to be pushed sideways.
func TestPagesOnAPhone(t *testing.T) {
	path, err := exec.LookPath("chromium")
	if err != nil || testing.Short() {
		t.Skip("skipped: there is no chromium here (Debian: apt-get install chromium), or -short")
	}
	s := start(t, func(o *infosystem.Options) { o.Hint = "press finger ada" })
	joinCabinet(t, s, "lobby").hello()
	b := openBrowser(t, s)
	b.signIn(s.FirstPassword())
	_, page := b.post("/people", url.Values{"name": {"Ada, whose name is rather long for a phone"}, "phone": {"13800138000"}})
	ada := regexp.MustCompile(`/people/(r-[a-z0-9]+)`).FindStringSubmatch(page)[1]
	b.post("/people/"+ada+"/invite", url.Values{"cabinet": {"lobby"}})
	b.post("/staff", url.Values{"number": {"1002"}, "name": {"Bo"}, "role": {"courier"}, "badge": {"badge-1002-x"}})
	b.post("/parcels", url.Values{"id": {"SF00000000000000000000000000000000001004"}, "recipient": {ada}, "cabinet": {"lobby"}, "size": {"1"}})
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-component-update", true), chromedp.WSURLReadTimeout(time.Minute))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	ctx, cancel := chromedp.NewContext(ctx)
	t.Cleanup(func() { cancel(); stop() })
	signIn := fmt.Sprintf(`fetch("/sign-in", {method: "POST", body: new URLSearchParams({name: "operator", password: %q})})`, s.FirstPassword())
	do(t, ctx, chromedp.EmulateViewport(360, 780), chromedp.Navigate(s.WebURL()+"/sign-in"), chromedp.Evaluate[chromedp.Void](signIn, chromedp.EvalAwaitPromise))
	for _, page := range []string{"/", "/parcels", "/people", "/staff", "/events", "/notices", "/account", "/cabinets/lobby", "/people/" + ada} {
		do(t, ctx, chromedp.Navigate(s.WebURL()+page))
		wide, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`location.pathname === "/sign-in" ? ["nobody is signed in"] :
			[...document.querySelectorAll("html, body *")].filter((e) => !e.closest("nav") && e.checkVisibility() &&
				(e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== "visible" && !e.matches("input, select, .slot *") || e.getBoundingClientRect().right > innerWidth + 1))
			.map((e) => e.tagName + " " + e.className + " " + e.textContent.trim().slice(0, 40))`))
		if err != nil {
			t.Fatal(err)
		}
		for _, element := range wide {
			t.Errorf("%s: too wide is %s", page, element)
		}
	}
}

func do(t *testing.T, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}
