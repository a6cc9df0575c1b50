package kiosk

import (
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"lockerd/controller"
)

// flipper answers every act with the next view at once, so that what is measured is the touchscreen alone.
type flipper struct {
	k    *Kiosk
	next uint64
}

func (f *flipper) Answer(controller.Answer) error {
	f.next++
	views := samples()
	v := views[int(f.next)%len(views)].view
	v.Number, v.Language = f.next, "zh-CN"
	f.k.Show(v)
	return nil
}

// tapAndWait presses a button and resolves with the milliseconds until the next view is on the glass: two
// animation frames after it stands in the page, the second of which begins when the first is painted.
const tapAndWait = `new Promise((done) => {
  const view = document.getElementById("view"), begun = performance.now();
  new MutationObserver((_, observer) => {
    observer.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - begun)));
  }).observe(view, {childList: true});
  document.querySelector("[data-act]").click();
})`

// BenchmarkTapToNextScreen measures in a real browser, over every screen, from a tap to the painted next one.
// The target is a 95th percentile of 50 ms.
func BenchmarkTapToNextScreen(b *testing.B) {
	f := &flipper{next: 1}
	f.k = newKiosk(b, Options{Sandbox: true, Customer: f, Cabinet: "A-1"})
	f.k.Show(controller.View{Number: 1, Screen: controller.Home})
	ctx := browse(b, f.k)
	var took []float64
	for b.Loop() {
		ms, err := chromedp.Run(ctx, chromedp.Evaluate[float64](tapAndWait, chromedp.EvalAwaitPromise))
		if err != nil {
			b.Fatal(err)
		}
		took = append(took, ms)
	}
	report(b, took)
}

// BenchmarkFirstPaint measures from the browser's request for the page to the first content that it paints.
// The target is 300 ms.
func BenchmarkFirstPaint(b *testing.B) {
	k := newKiosk(b, Options{Sandbox: true, Cabinet: "A-1"})
	k.Show(controller.View{Number: 1, Screen: controller.Home, Language: "zh-CN"})
	ctx := browse(b, k)
	var took []float64
	for b.Loop() {
		do(b, ctx, chromedp.Reload(), poll(`performance.getEntriesByName("first-contentful-paint").length > 0`))
		took = append(took, evaluate[float64](b, ctx, `performance.getEntriesByName("first-contentful-paint")[0].startTime`))
	}
	report(b, took)
}

// report adds the median and the 95th percentile of milliseconds.
func report(b *testing.B, ms []float64) {
	slices.Sort(ms)
	b.ReportMetric(ms[len(ms)/2], "ms/p50")
	b.ReportMetric(ms[len(ms)*95/100], "ms/p95")
}

// BenchmarkPage measures what the server does for a page, and what page, styles and scripts weigh. The target
// is 150 KB without sound.
func BenchmarkPage(b *testing.B) {
	k := newKiosk(b, Options{Sandbox: true, Cabinet: "A-1"})
	k.Show(controller.View{Number: 1, Screen: controller.SlotOpen, Slot: 84, Doors: bank(84, 84), Patience: time.Minute})
	weight := 0
	for b.Loop() {
		w := get(k, "http://localhost:8080/", "")
		weight = w.Body.Len()
	}
	b.ReportMetric(float64(weight+size(b))/1000, "KB")
}
