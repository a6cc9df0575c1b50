package kiosk

import (
	"context"
	"errors"
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

// axe returns the source of axe-core, which npm puts into a folder of this test, or why it cannot be had.
func axe(t *testing.T) (string, error) {
	t.Helper()
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", errors.New("there is no npm here to get axe-core with (Debian: apt-get install npm)")
	}
	folder := t.TempDir()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	install := exec.CommandContext(ctx, npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", folder, "axe-core@"+axeVersion)
	if out, err := install.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm cannot get axe-core %s (no network?): %w: %s", axeVersion, err, out)
	}
	source, err := os.ReadFile(filepath.Join(folder, "node_modules", "axe-core", "axe.min.js"))
	return string(source), err
}

// findings runs axe-core in the page and lists what it finds serious or critical.
func findings(t *testing.T, ctx context.Context, options string) []string {
	t.Helper()
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`axe.run(document, `+options+`).then((found) => found.violations
		.filter((v) => v.impact === "serious" || v.impact === "critical")
		.map((v) => v.impact + ": " + v.id + ": " + v.help + ": " + v.nodes.map((n) => n.html.slice(0, 120)).join(" | ")))`, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Options of axe-core: all its rules; all but the one that depends on neither size nor language, and of which
// TestBrowserEveryScreen asks for more on every glass; those that depend on how the screen looks; and those that depend on
// the size, which are left to that test.
const (
	allRules      = `{resultTypes: ["violations"]}`
	languageRules = `{resultTypes: ["violations"], rules: {"color-contrast": {enabled: false}}}`
	largeRules    = `{resultTypes: ["violations"], runOnly: {type: "rule", values: ["color-contrast", "target-size", "scrollable-region-focusable"]}}`
	sizeRules     = `{resultTypes: ["violations"], runOnly: {type: "rule", values: ["target-size", "scrollable-region-focusable"]}}`
)

// TestBrowserAccessible has axe-core look at every screen in every language, and at the help.
func TestBrowserAccessible(t *testing.T) {
	k := newKiosk(t, Options{Sandbox: true, Cabinet: "A-1", HelpPhone: "555 0100", HelpText: "8:00–22:00", Keypad: true})
	source, err := axe(t)
	if err != nil {
		t.Skip("skipped: ", err)
	}
	ctx := browse(t, k)
	evaluate[bool](t, ctx, source+"; true")
	evaluate[bool](t, ctx, `document.querySelector("main").append(document.createElement("button")), true`)
	if len(findings(t, ctx, allRules)) == 0 {
		t.Fatal("axe-core has nothing against a button without a name")
	}
	everyScreen(t, ctx, k, glasses[0], func(tag, name string) {
		rules := languageRules
		if tag == "en" {
			rules = allRules
		}
		for _, finding := range findings(t, ctx, rules) {
			t.Errorf("%s in %s: %s", name, tag, finding)
		}
		if tag == "en" {
			enlarge(t, ctx, true)
			for _, finding := range findings(t, ctx, largeRules) {
				t.Errorf("%s, large: %s", name, finding)
			}
			enlarge(t, ctx, false)
		}
		if name != "home" {
			return
		}
		do(t, ctx, tap("[data-help]"))
		for _, finding := range findings(t, ctx, rules) {
			t.Errorf("help in %s: %s", tag, finding)
		}
		do(t, ctx, tap("[data-close]"))
	})
}
