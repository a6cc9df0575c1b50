package kiosk

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"lockerd/controller"
	"lockerd/matcher"
)

// flags are Chromium's for every test. The name of a hostile page leads to this machine.
func flags(browser, profile string) []chromedp.ExecAllocatorOption {
	return append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser), chromedp.NoSandbox, chromedp.UserDataDir(profile),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
		chromedp.Flag("host-resolver-rules", "MAP evil.example 127.0.0.1"), chromedp.WSURLReadTimeout(2*time.Minute))
}

// chromium is the path of the browser, or a test that is skipped.
func chromium(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped with -short: starts a browser")
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("skipped: there is no chromium here (Debian: apt-get install chromium)")
	return ""
}

// shared is the one Chromium in which tests have windows of their own, which share no cookie; ended by TestMain.
var shared struct {
	begin  sync.Once
	ctx    context.Context
	err    error
	cancel []context.CancelFunc
}

// TestMain ends the shared browser after the tests, and removes its profile.
func TestMain(m *testing.M) {
	profile, err := os.MkdirTemp("", "kiosk-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	sharedProfile = profile
	code := m.Run()
	for _, cancel := range slices.Backward(shared.cancel) {
		cancel()
	}
	os.RemoveAll(profile)
	os.Exit(code)
}

var sharedProfile string

// browse opens the kiosk's page in a window of a real Chromium, of 1024×600.
func browse(t testing.TB, k *Kiosk) context.Context {
	t.Helper()
	ctx, _ := browseAt(t, k)
	return ctx
}

// browseAt is browse and returns the page's server, too.
func browseAt(t testing.TB, k *Kiosk) (context.Context, *httptest.Server) {
	t.Helper()
	path := chromium(t)
	shared.begin.Do(func() {
		ctx, stop := chromedp.NewExecAllocator(context.Background(), flags(path, sharedProfile)...)
		ctx, cancel := chromedp.NewContext(ctx)
		shared.ctx, shared.cancel = ctx, []context.CancelFunc{stop, cancel}
		shared.err = chromedp.Do(ctx)
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return open(t, k, shared.ctx, chromedp.WithNewBrowserContext())
}

// browseAlone opens the page in a Chromium of its own, with a profile in that folder.
func browseAlone(t testing.TB, k *Kiosk, profile string) context.Context {
	t.Helper()
	ctx, stop := chromedp.NewExecAllocator(t.Context(), flags(chromium(t), profile)...)
	t.Cleanup(stop)
	ctx, _ = open(t, k, ctx)
	return ctx
}

// open serves the kiosk and opens its page in a new window.
func open(t testing.TB, k *Kiosk, ctx context.Context, options ...chromedp.ContextOption) (context.Context, *httptest.Server) {
	t.Helper()
	if t, ok := t.(*testing.T); ok {
		t.Parallel()
	}
	server := httptest.NewServer(k)
	ctx, cancel := chromedp.NewContext(ctx, options...)
	t.Cleanup(func() { cancel(); server.CloseClientConnections(); server.Close() })
	do(t, ctx, chromedp.EmulateViewport(1024, 600), chromedp.Navigate(server.URL))
	ctx, timeout := context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(timeout)
	return ctx, server
}

func do(t testing.TB, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// evaluate returns the value of an expression in the page.
func evaluate[T any](t testing.TB, ctx context.Context, expression string) T {
	t.Helper()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// poll waits until the expression is true in the page.
func poll(expression string) chromedp.Action[chromedp.Void] {
	return chromedp.Poll[chromedp.Void](expression)
}

// tap clicks what the CSS selector finds. A node that a redraw took away between being found and being tapped was
// not tapped, and is looked for again.
func tap(selector string) chromedp.Action[chromedp.Void] {
	click := chromedp.Click(chromedp.CSS(selector))
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		for tries := 1; ; tries++ {
			done, err := click(ctx, target)
			if err == nil || tries == 5 || !strings.Contains(err.Error(), "Could not find node") {
				return done, err
			}
		}
	}
}

// show shows a view and waits until the page has it.
func show(t testing.TB, ctx context.Context, k *Kiosk, v controller.View) {
	t.Helper()
	k.Show(v)
	do(t, ctx, chromedp.Poll[chromedp.Void](fmt.Sprintf(`document.querySelector('[data-view="%d"]') !== null`, v.Number), chromedp.WithPollingMutation()))
}

// answer waits for the customer's nth answer.
func (c *customer) await(t *testing.T, n int) controller.Answer {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if all := c.all(); len(all) >= n {
			return all[n-1]
		}
	}
	t.Fatalf("no answer %d came; so far %v", n, c.all())
	return controller.Answer{}
}

// TestBrowserTapsThroughAPickup types a code on the screen's pad while the keypad's and the finger's
// progress redraws the page, opens the other ways, draws a pattern and types one.
func TestBrowserTapsThroughAPickup(t *testing.T) {
	c := &customer{}
	k := newKiosk(t, Options{Customer: c, Sandbox: true})
	ctx := browse(t, k)
	show(t, ctx, k, controller.View{Number: 1, Screen: controller.Home, Language: "en"})
	do(t, ctx, tap(`[data-act="pickup"]`))
	if a := c.await(t, 1); a != (controller.Answer{View: 1, Act: controller.ActPickUp}) {
		t.Errorf("the first tap is %+v", a)
	}
	ask := controller.View{Number: 2, Screen: controller.AskAny, Language: "en", Patience: 30 * time.Second}
	show(t, ctx, k, ask)
	do(t, ctx, tap(`[data-digit="4"]`), tap(`[data-digit="8"]`))
	ask.Number, ask.Touched, ask.Fraction = 3, true, .5
	show(t, ctx, k, ask)
	do(t, ctx, chromedp.KeyEvent("19079"), chromedp.KeyEvent("\b"), tap(`[data-digit="3"]`), tap(`[data-digit="6"]`), tap(`[data-send]`))
	if a := c.await(t, 2); a != (controller.Answer{View: 3, Act: controller.ActDigits, Text: "48190736"}) {
		t.Errorf("the code came as %+v", a)
	}
	show(t, ctx, k, controller.View{Number: 4, Screen: controller.AskPattern, Language: "en"})
	drawPattern(t, ctx, 0, 3, 6, 7, 8)
	if a := c.await(t, 3); a.Act != controller.ActPattern || a.Text != "03678" {
		t.Errorf("the pattern came as %+v", a)
	}
	show(t, ctx, k, controller.View{Number: 5, Screen: controller.AskPattern, Language: "en"})
	do(t, ctx, chromedp.KeyEvent("1397\r")) // corners: the dots between are taken along
	if a := c.await(t, 4); a.Act != controller.ActPattern || a.Text != "0125876" {
		t.Errorf("the typed pattern came as %+v", a)
	}
	show(t, ctx, k, controller.View{Number: 6, Screen: controller.EnrolConsent, Language: "en", Kind: matcher.Pattern, Step: 2, Steps: 3})
	do(t, ctx, tap(`[data-act="consent"]`))
	if a := c.await(t, 5); a.Act != controller.ActConsent || a.Text != "" {
		t.Errorf("consent came as %+v", a)
	}
	show(t, ctx, k, controller.View{Number: 7, Screen: controller.DropChoose, Language: "en",
		Parcels: []controller.ParcelLine{{ID: "P-1004", Size: 1}, {ID: "P-1005", Size: 1}}})
	do(t, ctx, chromedp.KeyEvent("P-1005\r")) // a scanner
	if a := c.await(t, 6); a.Act != controller.ActScan || a.Text != "P-1005" {
		t.Errorf("the scan came as %+v", a)
	}
	show(t, ctx, k, controller.View{Number: 8, Screen: controller.StaffNumber, Language: "en"})
	do(t, ctx, chromedp.KeyEvent("1"), chromedp.KeyEvent("badge-17\r"))
	if a := c.await(t, 7); a.Act != controller.ActScan || !strings.HasSuffix(a.Text, "badge-17") {
		t.Errorf("the badge came as %+v", a)
	}
	show(t, ctx, k, controller.View{Number: 9, Screen: controller.StaffNumber, Language: "en"})
	do(t, ctx, chromedp.KeyEvent("1001\r")) // nothing of the badge is left on the pad
	if a := c.await(t, 8); a.Act != controller.ActDigits || a.Text != "1001" {
		t.Errorf("the number came as %+v", a)
	}
	show(t, ctx, k, controller.View{Number: 10, Screen: controller.DropChoose, Language: "en", Parcels: []controller.ParcelLine{{ID: "P-1004", Size: 1}}})
	do(t, ctx, chromedp.KeyEvent("P-10"))
	time.Sleep(200 * time.Millisecond) // the machine is busy
	do(t, ctx, chromedp.KeyEvent("05\r"))
	if a := c.await(t, 9); a.Act != controller.ActScan || a.Text != "P-1005" {
		t.Errorf("a slow scan came as %+v", a)
	}
}

// drawPattern moves the mouse over the dots, pressed.
func drawPattern(t *testing.T, ctx context.Context, dots ...int) {
	t.Helper()
	places := evaluate[[]struct{ X, Y float64 }](t, ctx, `[...document.querySelectorAll(".dot")].map((d) => {
		const box = d.getBoundingClientRect(); return {X: box.x + box.width/2, Y: box.y + box.height/2} })`)
	mouse := func(kind input.DispatchMouseEventType, dot int) {
		do(t, ctx, chromedp.MouseEvent(kind, places[dot].X, places[dot].Y, chromedp.ButtonLeft))
	}
	mouse(input.DispatchMouseEventTypeMousePressed, dots[0])
	for _, dot := range dots[1:] {
		mouse(input.DispatchMouseEventTypeMouseMoved, dot)
	}
	mouse(input.DispatchMouseEventTypeMouseReleased, dots[len(dots)-1])
}
