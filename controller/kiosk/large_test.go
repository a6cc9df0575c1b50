package kiosk

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"lockerd/controller"
)

// TestLargeTextIsTheSamePage: large text differs in a class and its button alone, so that whoever looks at a page with
// that class sees it as people do.
func TestLargeTextIsTheSamePage(t *testing.T) {
	k := newKiosk(t, Options{HelpPhone: "555 0100", Keypad: true})
	back := strings.NewReplacer(`"screen large screen-`, `"screen screen-`, `data-text="normal" aria-pressed="true" aria-label="Large`, `data-text="large" aria-pressed="false" aria-label="Large`)
	for _, s := range samples() {
		s.view.Language = "en"
		normal, err := k.draw(s.view)
		if err != nil {
			t.Fatal(err)
		}
		s.view.Large = true
		large, err := k.draw(s.view)
		if err != nil || bytes.Equal(large, normal) || back.Replace(string(large)) != string(normal) {
			t.Errorf("%s is another page in large text (%v)", s.name, err)
		}
	}
}

// enlarge has the page's text large, or normal again, as a view that is drawn so has it (TestLargeTextIsTheSamePage).
func enlarge(t *testing.T, ctx context.Context, large bool) {
	t.Helper()
	evaluate[bool](t, ctx, fmt.Sprintf(`document.querySelector(".screen").classList.toggle("large", %t)`, large))
}

// TestBrowserLargeText: a tap changes to large text and another back, and what was typed stays.
func TestBrowserLargeText(t *testing.T) {
	c := &customer{}
	k := newKiosk(t, Options{Customer: c, Sandbox: true})
	ctx := browse(t, k)
	v := controller.View{Number: 1, Screen: controller.AskCode, Language: "en"}
	show(t, ctx, k, v)
	do(t, ctx, tap(`[data-digit="4"]`), tap(`[data-digit="8"]`))
	for i, want := range []string{"large", "normal", "large"} {
		do(t, ctx, tap(`[data-act="text"]`))
		if a := c.await(t, i+1); a.Act != controller.ActText || a.Text != want {
			t.Errorf("tap %d on the key is %+v", i+1, a)
		}
		v.Large = want == "large"
		k.Show(v)
		do(t, ctx, poll(fmt.Sprintf(`document.querySelector(".screen").matches(".large") === %t`, v.Large)))
		if typed := evaluate[string](t, ctx, `document.querySelector(".pad output").textContent`); !strings.HasPrefix(typed, "48") {
			t.Errorf("in %s text the pad shows %q", want, typed)
		}
	}
}

// owned runs in the page: what has a colour that is none of the browser's user, and what moves.
const owned = `(() => {
  const probe = document.body.appendChild(document.createElement("i"));
  const theirs = ["Canvas", "CanvasText", "ButtonFace", "ButtonText", "Highlight", "HighlightText", "Mark", "MarkText", "LinkText"].map((name) => {
    probe.style.color = name;
    return getComputedStyle(probe).color;
  });
  probe.remove();
  const faults = document.getAnimations().map((a) => "moves: " + (a.animationName ?? a.effect.target.className));
  for (const e of document.querySelectorAll(".screen, .screen *")) {
    if (!e.checkVisibility() || e.closest("dialog:not([open])")) continue;
    const style = getComputedStyle(e), drawn = e.closest("svg") && e.tagName !== "svg";
    const colours = drawn ? [style.fill, style.stroke] : [style.color, style.backgroundColor, style.borderTopWidth !== "0px" && style.borderTopColor, style.outlineStyle !== "none" && style.outlineColor];
    for (const c of colours) if (c && c !== "none" && !/^rgba.*, 0\)$/.test(c) && !theirs.includes(c)) faults.push(c + ": " + e.outerHTML.slice(0, 60));
  }
  return [...new Set(faults)];
})()`

// TestBrowserColoursOfOnesOwn: with forced colours every text stands on its ground as the browser's user has them, and no
// colour is the page's own; whoever wants no motion sees none.
func TestBrowserColoursOfOnesOwn(t *testing.T) {
	k := newKiosk(t, Options{Sandbox: true, Cabinet: "A-1", HelpPhone: "555 0100", Keypad: true})
	ctx := browse(t, k)
	wishes := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "forced-colors", Value: "active"}, {Name: "prefers-reduced-motion", Value: "reduce"}}}
	do(t, ctx, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, wishes)
		return err
	}))
	for i, s := range samples() {
		s.view.Number, s.view.Language, s.view.Large = uint64(i+1), "en", i%2 == 0
		show(t, ctx, k, s.view)
		for _, fault := range evaluate[[]string](t, ctx, owned) {
			t.Errorf("%s: %s", s.name, fault)
		}
		keep(t, ctx, s.name+".own-colours.png")
	}
}

// TestTokensHaveContrast computes WCAG 2.2's contrast ratio of every colour that text stands on, in normal text and in
// large, and of the frame of what has the focus.
func TestTokensHaveContrast(t *testing.T) {
	css, err := staticFiles.ReadFile("static/kiosk.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, of := range []string{":root", ".large"} {
		_, rest, _ := strings.Cut(string(css), "\n"+of+" {\n")
		block, _, _ := strings.Cut(rest, "\n}")
		colours := map[string]float64{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(block, -1) {
			colours[m[1]] = luminance(t, m[2])
		}
		for _, ground := range []string{"page", "panel", "primary", "good", "warn", "bad"} {
			on, described := colours["on-"+ground]
			if ratio := contrast(on, colours[ground]); !described || ratio < 7 {
				t.Errorf("%s: text on %s has a contrast of %.1f", of, ground, ratio)
			}
		}
		if ratio := contrast(colours["line"], colours["page"]); ratio < 7 {
			t.Errorf("%s: a disabled button's text has a contrast of %.1f", of, ratio)
		}
		if ratio := contrast(colours["focus"], colours["page"]); ratio < 3 {
			t.Errorf("%s: the frame of what has the focus has a contrast of %.1f", of, ratio)
		}
		if len(colours) != 14 {
			t.Errorf("%s names %d colours", of, len(colours))
		}
	}
}

func contrast(a, b float64) float64 { return (max(a, b) + .05) / (min(a, b) + .05) }

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	var rgb [3]uint8
	if _, err := fmt.Sscanf(hex, "#%02x%02x%02x", &rgb[0], &rgb[1], &rgb[2]); err != nil {
		t.Fatal(err)
	}
	var sum float64
	for i, weight := range []float64{.2126, .7152, .0722} {
		c := float64(rgb[i]) / 255
		if c <= .04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
