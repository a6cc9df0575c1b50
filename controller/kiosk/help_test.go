package kiosk

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"lockerd/controller"
)

// TestBrowserHelp: help that was opened on the glass is told to the controller, whose keypad must not choose behind it;
// it outlives what is drawn anew on its screen, and no screen after it. Help that the view shows is closed there.
func TestBrowserHelp(t *testing.T) {
	c := &customer{}
	k := newKiosk(t, Options{Sandbox: true, Customer: c, HelpPhone: "555 0100"})
	ctx := browse(t, k)
	v := controller.View{Number: 1, Screen: controller.AskAny, Language: "en", Patience: 30 * time.Second}
	show(t, ctx, k, v)
	do(t, ctx, tap("[data-help]"))
	if a := c.await(t, 1); a.Act != controller.ActHelp {
		t.Errorf("opening the help is %+v", a)
	}
	v.Number, v.Touched = 2, true
	show(t, ctx, k, v)
	const open = `document.querySelector("dialog").open`
	if !evaluate[bool](t, ctx, open) {
		t.Error("a finger on the reader closes the help")
	}
	show(t, ctx, k, controller.View{Number: 3, Screen: controller.Home, Language: "en"})
	if evaluate[bool](t, ctx, open) {
		t.Error("the next person finds the help open")
	}
	home := controller.View{Number: 3, Screen: controller.Home, Language: "en", Help: true}
	k.Show(home)
	do(t, ctx, poll(open))
	home.Offline = true
	k.Show(home)
	do(t, ctx, poll(`document.body.textContent.includes("No network")`))
	if !evaluate[bool](t, ctx, open) {
		t.Error("what is drawn anew closes the help")
	}
	do(t, ctx, tap("[data-close]"))
	if a := c.await(t, 2); a.Act != controller.ActHelp {
		t.Errorf("closing what the keypad opened is %+v", a)
	}
	home.Help = false
	k.Show(home)
	do(t, ctx, poll("!"+open))
	do(t, ctx, tap("[data-help]"), chromedp.KeyEvent("\u001b"), poll("!"+open))
	if all := c.all(); len(all) != 3 {
		t.Errorf("the help answers %v", all)
	}
}
