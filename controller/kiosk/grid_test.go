package kiosk

import (
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"lockerd/controller"
)

// TestBrowserHidesThePattern: who looks on sees no line at a pickup, but for the dot at hand, until the person wants it;
// and the grid stands a little elsewhere each time. At an enrolment the line is drawn.
func TestBrowserHidesThePattern(t *testing.T) {
	c := &customer{}
	k := newKiosk(t, Options{Sandbox: true, Customer: c})
	ctx := browse(t, k)
	places := map[string]bool{}
	draw := func() (line string, lit int) {
		t.Helper()
		at := evaluate[[]struct{ X, Y float64 }](t, ctx, `[...document.querySelectorAll(".dot")].map((d) => {
			const box = d.getBoundingClientRect(); return {X: box.x + box.width/2, Y: box.y + box.height/2} })`)
		for i, dot := range []int{0, 3, 6, 7} {
			kind := input.DispatchMouseEventTypeMouseMoved
			if i == 0 {
				kind = input.DispatchMouseEventTypeMousePressed
			}
			do(t, ctx, chromedp.MouseEvent(kind, at[dot].X, at[dot].Y, chromedp.ButtonLeft))
		}
		line, lit = evaluate[string](t, ctx, `document.querySelector(".trail").getAttribute("points") ?? ""`), evaluate[int](t, ctx, `document.querySelectorAll(".dot.on").length`)
		do(t, ctx, chromedp.MouseEvent(input.DispatchMouseEventTypeMouseReleased, at[7].X, at[7].Y, chromedp.ButtonLeft))
		places[evaluate[string](t, ctx, `document.querySelector(".grid svg").style.translate`)] = true
		return line, lit
	}
	for number := uint64(1); number <= 5; number++ {
		show(t, ctx, k, controller.View{Number: 2 * number, Screen: controller.AskPattern, Language: "en"})
		if line, lit := draw(); line != "" || lit != 1 {
			t.Fatalf("the line is %q, %d dots are lit", line, lit)
		}
		if a := c.await(t, int(number)); a.Text != "0367" {
			t.Fatalf("drawn was %+v", a)
		}
		show(t, ctx, k, controller.View{Number: 2*number + 1, Screen: controller.AskTail, Language: "en"})
	}
	if len(places) < 2 {
		t.Errorf("the grid stood at %v all five times", places)
	}
	show(t, ctx, k, controller.View{Number: 20, Screen: controller.AskPattern, Language: "en"})
	do(t, ctx, tap("[data-trail]"))
	if line, lit := draw(); line == "" || lit != 4 {
		t.Errorf("with the line on it is %q, %d dots are lit", line, lit)
	}
	show(t, ctx, k, controller.View{Number: 21, Screen: controller.EnrolPattern, Language: "en"})
	if line, lit := draw(); line == "" || lit != 4 {
		t.Errorf("at the enrolment the line is %q, %d dots are lit", line, lit)
	}
}
