package kiosk

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// axeVersion is the release of axe-core (https://github.com/dequelabs/axe-core) that judges the screens.
const axeVersion = "4.14.1"

// axe returns the source of axe-core, which npm puts into a folder of this test.
func axe(t *testing.T) string {
	t.Helper()
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Skip("skipped: there is no npm here to get axe-core with (Debian: apt-get install npm)")
	}
	folder := t.TempDir()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	install := exec.CommandContext(ctx, npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", folder, "axe-core@"+axeVersion)
	if out, err := install.CombinedOutput(); err != nil {
		t.Skipf("skipped: npm cannot get axe-core %s (no network?): %v: %s", axeVersion, err, out)
	}
	source, err := os.ReadFile(filepath.Join(folder, "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// judge runs axe-core in the page and lists what it finds serious or critical.
const judge = `axe.run(document, %s).then((found) => found.violations
  .filter((v) => v.impact === "serious" || v.impact === "critical")
  .map((v) => v.impact + ": " + v.id + ": " + v.help + ": " + v.nodes.map((n) => n.html.slice(0, 120)).join(" | ")))`

// rules are axe-core's for a screen: all of them on the first glass; on the others those that depend on the size.
// Contrast depends on neither size nor language, and TestBrowserEveryScreen asks for more of it everywhere.
func rules(g glass, tag string) string {
	switch {
	case g != glasses[0]:
		return `{resultTypes: ["violations"], runOnly: {type: "rule", values: ["target-size", "scrollable-region-focusable"]}}`
	case tag != "en":
		return `{resultTypes: ["violations"], rules: {"color-contrast": {enabled: false}}}`
	}
	return `{resultTypes: ["violations"]}`
}

// TestBrowserAccessible has axe-core look at every screen in every language on every glass, and at the help.
func TestBrowserAccessible(t *testing.T) {
	k := newKiosk(t, Options{Sandbox: true, Cabinet: "A-1", HelpPhone: "555 0100", HelpText: "8:00–22:00", Keypad: true})
	source := axe(t)
	ctx := browse(t, k)
	evaluate[bool](t, ctx, source+"; true")
	findings := func(rules string) []string {
		found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](fmt.Sprintf(judge, rules), chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	evaluate[bool](t, ctx, `document.querySelector("main").append(document.createElement("button")), true`)
	if len(findings(rules(glasses[0], "en"))) == 0 {
		t.Fatal("axe-core has nothing against a button without a name")
	}
	everyScreen(t, ctx, k, func(g glass, tag, name string) {
		for _, finding := range findings(rules(g, tag)) {
			t.Errorf("%s in %s at %s: %s", name, tag, g.name, finding)
		}
		if name != "home" {
			return
		}
		do(t, ctx, tap("[data-help]"))
		for _, finding := range findings(rules(g, tag)) {
			t.Errorf("help in %s at %s: %s", tag, g.name, finding)
		}
		do(t, ctx, tap("[data-close]"))
	})
}
