package kiosk

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"lockerd/controller"
)

// shows waits until a page has the view.
func shows(t *testing.T, page context.Context, number string) {
	t.Helper()
	do(t, page, poll(`document.querySelector("[data-view='`+number+`']") !== null`))
}

// TestBrowserTwoPages: two pages show the same, and of two people who tap at once one is heard.
func TestBrowserTwoPages(t *testing.T) {
	c := &customer{}
	k := newKiosk(t, Options{Sandbox: true, Customer: c})
	k.Show(controller.View{Number: 1, Screen: controller.YourParcels, Language: "en", Parcels: many(2)})
	one, server := browseAt(t, k)
	two, cancel := chromedp.NewContext(one)
	t.Cleanup(cancel)
	do(t, two, chromedp.Navigate(server.URL))
	for _, page := range []context.Context{one, two} {
		shows(t, page, "1")
		evaluate[bool](t, page, `(document.querySelectorAll("main [data-act]")[1].click(), true)`)
	}
	c.await(t, 1)
	k.Show(controller.View{Number: 2, Screen: controller.SlotOpen, Slot: 1, Language: "en"})
	shows(t, one, "2")
	shows(t, two, "2")
	evaluate[bool](t, two, `(document.querySelector("[data-act='taken']").click(), true)`)
	if a := c.await(t, 2); a.View != 2 || a.Act != controller.ActTaken {
		t.Errorf("the second answer is %+v", a)
	}
	if all := c.all(); len(all) != 2 {
		t.Errorf("of two taps at once came %v", all)
	}
}

// TestBrowserDoubleTaps: taps that follow one another faster than anybody reads count once, also during a pulse.
func TestBrowserDoubleTaps(t *testing.T) {
	c := &customer{}
	k := newKiosk(t, Options{Sandbox: true, Customer: c})
	k.Show(controller.View{Number: 1, Screen: controller.SlotOpen, Slot: 3, Language: "en", Blind: true})
	ctx := browse(t, k)
	shows(t, ctx, "1")
	evaluate[bool](t, ctx, `((b) => { for (let i = 0; i < 5; i++) b.click(); return true })(document.querySelector("[data-act='reopen']"))`)
	c.await(t, 1)
	time.Sleep(200 * time.Millisecond)
	evaluate[bool](t, ctx, `(document.querySelector("[data-act='reopen']").click(), true)`) // during the pulse
	time.Sleep(200 * time.Millisecond)
	if all := c.all(); len(all) != 1 {
		t.Errorf("six taps came as %v", all)
	}
}

// TestBrowserStreamCut: a page whose stream is cut says so instead of showing what may be old, and shows the newest
// view when the stream is back; a reload in the middle changes nothing.
func TestBrowserStreamCut(t *testing.T) {
	c := &customer{}
	k := newKiosk(t, Options{Sandbox: true, Customer: c})
	ctx, server := browseAt(t, k)
	// What comes by the stream shows that it stands: a request without an answer yet is repeated by the browser, unnoticed.
	show(t, ctx, k, controller.View{Number: 1, Screen: controller.YourParcels, Masked: "Ada*", Language: "en", Parcels: many(2)})
	evaluate[bool](t, ctx, `(new MutationObserver(() => { if (!document.querySelector(".cut").hidden) sessionStorage.wasCut = true; })
		.observe(document.getElementById("view"), {subtree: true, attributes: true}), true)`)
	server.CloseClientConnections()
	do(t, ctx, poll(`Boolean(sessionStorage.wasCut)`)) // also when the page was loaded again since
	k.Show(controller.View{Number: 2, Screen: controller.SlotOpen, Slot: 11, Language: "en"})
	shows(t, ctx, "2")
	if !evaluate[bool](t, ctx, `document.querySelector(".cut").hidden && !document.body.textContent.includes("Ada")`) {
		t.Error("the page still says that it is cut, or whose parcels they were")
	}
	do(t, ctx, chromedp.Reload())
	shows(t, ctx, "2")
	do(t, ctx, tap(`[data-act="taken"]`))
	if a := c.await(t, 1); a.View != 2 || a.Act != controller.ActTaken {
		t.Errorf("after a reload the answer is %+v", a)
	}
}

// TestBrowserMoreTime: the seconds run down on the page, it says when few are left, and a tap asks for more.
func TestBrowserMoreTime(t *testing.T) {
	c := &customer{}
	k := newKiosk(t, Options{Sandbox: true, Customer: c})
	ctx := browse(t, k)
	show(t, ctx, k, controller.View{Number: 1, Screen: controller.AskTail, Language: "en", Patience: 12 * time.Second})
	do(t, ctx, poll(`document.querySelector(".hurry .left .seconds")?.textContent === "9"`), tap(`[data-act="more-time"]`))
	if a := c.await(t, 1); a.Act != controller.ActMore {
		t.Errorf("the tap came as %+v", a)
	}
	k.Show(controller.View{Number: 1, Screen: controller.AskTail, Language: "en", Patience: 12 * time.Second}) // as the controller does
	do(t, ctx, poll(`Number(document.querySelector(".left .seconds").textContent) > 10`))
}

// slowReply holds back the reply to the first answer.
type slowReply struct {
	customer
	until chan struct{}
}

func (s *slowReply) Answer(a controller.Answer) error {
	err := s.customer.Answer(a)
	if a.View == 1 {
		<-s.until
	}
	return err
}

// TestBrowserTapBeforeTheReply: the next view may come before the reply to the last answer, and its taps count.
func TestBrowserTapBeforeTheReply(t *testing.T) {
	c := &slowReply{until: make(chan struct{})}
	k := newKiosk(t, Options{Sandbox: true, Customer: c})
	k.Show(controller.View{Number: 1, Screen: controller.Home, Language: "en"})
	ctx := browse(t, k)
	defer close(c.until)
	shows(t, ctx, "1")
	do(t, ctx, tap("[data-act='dropoff']"))
	c.await(t, 1)
	show(t, ctx, k, controller.View{Number: 2, Screen: controller.RefusedView, Language: "en"})
	do(t, ctx, tap("[data-act='ok']"))
	if a := c.await(t, 2); a.View != 2 {
		t.Errorf("the second tap is %+v", a)
	}
}
