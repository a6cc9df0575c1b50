package kiosk

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// glass is a screen that cabinets are built with, and the least width and height of a touch target on it.
type glass struct {
	name          string
	width, height int64
	target        int
}

// glasses are a 7-inch panel of 800×480, the usual 10-inch one, and an upright one of 21 inches.
var glasses = []glass{{"800x480", 800, 480, 52}, {"1024x600", 1024, 600, 64}, {"1080x1920", 1080, 1920, 80}}

// audit runs in the page: what is too small to touch, cut off, covered, of too little contrast, or, as
// large text, smaller than 1.3 times the normal one; door numbers on the map are a picture.
const audit = `((target) => {
  const faults = [];
  const name = (e) => e.tagName + " " + (e.textContent.trim() || e.value || e.className).toString().replace(/\s+/g, " ").slice(0, 30);
  const letters = (e) => parseFloat(getComputedStyle(e).fontSize);
  const luminance = (c) => { const [r, g, b] = c.match(/[\d.]+/g).map((v) => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }); return .2126*r + .7152*g + .0722*b; };
  const ground = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!/^rgba.*, 0\)$/.test(c)) return c; } return "rgb(255, 255, 255)"; };
  for (const e of document.querySelectorAll("#view *")) {
    if (!e.checkVisibility() || e.closest("dialog:not([open])")) continue;
    const box = e.getBoundingClientRect();
    if (e.closest("svg") !== null && e.tagName !== "svg") continue;
    const says = [...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.textContent.trim());
    if (["BUTTON", "LABEL"].includes(e.tagName) && (box.width < target || box.height < target)) faults.push("small " + Math.round(box.width) + "×" + Math.round(box.height) + ": " + name(e));
    if (!e.closest(".scroll") && (box.left < 0 || box.top < 0 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1)) faults.push("cut off: " + name(e));
    if (says && e.closest(".large") && !e.closest(".map") && letters(e) < 1.299 * letters(document.documentElement)) faults.push("small print: " + name(e));
    if (says && e.clientWidth && e.scrollWidth > e.clientWidth + 2 && e.tagName !== "B") faults.push("overflows: " + name(e));
    if (e.tagName === "BUTTON" && e.scrollHeight > e.clientHeight + 2) faults.push("spills: " + name(e));
    if (says) { const a = luminance(getComputedStyle(e).color), b = luminance(ground(e)); const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05); if (ratio < 7) faults.push("contrast " + ratio.toFixed(1) + ": " + name(e)); }
  }
  const help = document.querySelector("dialog[open]");
  if (help && help.scrollHeight > help.clientHeight + 2) faults.push("the help needs " + help.scrollHeight + " of " + help.clientHeight + " px");
  const covers = (a, b) => { const p = a.getBoundingClientRect(), q = b.getBoundingClientRect();
    return !a.contains(b) && !b.contains(a) && p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 1 && q.top < p.bottom - 1; };
  const shown = (e) => e.checkVisibility() && !e.closest("dialog") && !e.closest(".scroll");
  const main = document.querySelector("main");
  for (const e of main.querySelectorAll("*")) if (getComputedStyle(e).containerType !== "normal") faults.push("keys are counted anew within: " + name(e));
  if (main.scrollHeight > main.clientHeight + 2) faults.push("main needs " + main.scrollHeight + " of " + main.clientHeight + " px");
  const blocks = [...document.querySelectorAll("main :is(p, h2, li, output, svg.finger, svg.level, .grid, .scroll), #view :is(header, footer, button)")].filter(shown);
  for (const [i, a] of blocks.entries()) for (const b of blocks.slice(i + 1)) if (covers(a, b)) faults.push("covers: " + name(a) + " / " + name(b));
  for (const list of document.querySelectorAll(".scroll")) {
    const first = list.firstElementChild?.getBoundingClientRect(), box = list.getBoundingClientRect();
    if (first && first.top < box.top - 1) faults.push("a list begins above its frame");
    if (first && box.height < Math.min(first.height, target)) faults.push("a list of " + Math.round(box.height) + " px shows no line");
    if (box.left < 0 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1) faults.push("a list is cut off");
    if (list.scrollWidth > list.clientWidth + 2) faults.push("a list scrolls sideways");
  }
  return [...new Set(faults)];
})(%d)`

// everyScreen shows every screen in every language on a glass.
func everyScreen(t *testing.T, ctx context.Context, k *Kiosk, on glass, look func(tag, name string)) {
	t.Helper()
	number := uint64(0)
	do(t, ctx, chromedp.EmulateViewport(on.width, on.height))
	for tag := range k.words {
		for _, s := range samples() {
			number++
			s.view.Number, s.view.Language = number, tag
			show(t, ctx, k, s.view)
			look(tag, s.name)
		}
	}
}

// TestBrowserEveryScreen looks at every screen in every language and both sizes of text on every glass. With KIOSK_SHOTS=DIR it
// keeps a picture of each.
func TestBrowserEveryScreen(t *testing.T) {
	if fonts, err := filepath.Glob("/usr/share/fonts/*/noto/Noto*"); err != nil || len(fonts) == 0 {
		t.Skip("skipped: screens are laid out for the font Noto Sans, and it is not here (Debian package fonts-noto-cjk)")
	}
	t.Parallel()
	source, missing := axe(t)
	if missing != nil {
		t.Log("axe-core does not look at the sizes: ", missing)
	}
	for _, g := range glasses {
		t.Run(g.name, func(t *testing.T) {
			k := newKiosk(t, Options{Sandbox: true, Cabinet: "A-1", HelpPhone: "555 0100", HelpText: "8:00–22:00", Keypad: true,
				Hint: "Sandbox: say “finger ada” at the cabinet’s front, or type a code"})
			ctx := browse(t, k)
			evaluate[bool](t, ctx, source+"; true")
			look := func(tag, name string) {
				faults := evaluate[[]string](t, ctx, fmt.Sprintf(audit, g.target))
				if missing == nil && g != glasses[0] {
					faults = append(faults, findings(t, ctx, sizeRules)...)
				}
				keep(t, ctx, name+"."+tag+"."+g.name+".png")
				enlarge(t, ctx, true)
				for _, fault := range evaluate[[]string](t, ctx, fmt.Sprintf(audit, g.target)) {
					faults = append(faults, "large: "+fault)
				}
				keep(t, ctx, name+"."+tag+"."+g.name+".large.png")
				enlarge(t, ctx, false)
				for _, fault := range faults {
					t.Errorf("%s in %s: %s", name, tag, fault)
				}
			}
			everyScreen(t, ctx, k, g, func(tag, name string) {
				look(tag, name)
				switch name { // what may stand before every screen
				case "slot-open":
					do(t, ctx, tap("[data-help]"))
					look(tag, "help")
					do(t, ctx, tap("[data-close]"))
				case "message":
					evaluate[bool](t, ctx, `(document.querySelector(".cut").hidden = false, true)`)
					look(tag, "cut")
				}
			})
		})
	}
}

// keep writes a picture of the page into the folder KIOSK_SHOTS, where that is set.
func keep(t *testing.T, ctx context.Context, file string) {
	t.Helper()
	folder := os.Getenv("KIOSK_SHOTS")
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, file), picture, 0o644); err != nil {
		t.Fatal(err)
	}
}
