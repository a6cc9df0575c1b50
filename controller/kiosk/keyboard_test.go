package kiosk

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"lockerd/controller"
)

// TestBrowserKeyboardAlone begins, chooses, types and leaves without a pointer.
func TestBrowserKeyboardAlone(t *testing.T) {
	c := &customer{}
	k := newKiosk(t, Options{Customer: c, Sandbox: true})
	ctx := browse(t, k)
	show(t, ctx, k, controller.View{Number: 1, Screen: controller.Home, Language: "en"})
	do(t, ctx, chromedp.KeyEvent("\r"))
	if a := c.await(t, 1); a.Act != controller.ActPickUp {
		t.Errorf("Enter on the home screen is %+v", a)
	}
	show(t, ctx, k, controller.View{Number: 2, Screen: controller.SlotOpen, Slot: 3, Language: "en"})
	do(t, ctx, chromedp.KeyEvent("\t\t\r"))
	if a := c.await(t, 2); a.Act != controller.ActStuck {
		t.Errorf("Tab, Tab and Enter at the open door is %+v", a)
	}
	show(t, ctx, k, controller.View{Number: 3, Screen: controller.AskTail, Language: "en"})
	if frames := evaluate[string](t, ctx, `[".pad", ".pad output"].map((s) => getComputedStyle(document.querySelector(s)).outlineStyle).join()`); frames != "none,solid" {
		t.Errorf("the pad and what is typed on it have the frames %s: only the latter shows where keys go", frames)
	}
	do(t, ctx, chromedp.KeyEvent("4711\r"))
	if a := c.await(t, 3); a.Act != controller.ActDigits || a.Text != "4711" {
		t.Errorf("typed digits are %+v", a)
	}
	show(t, ctx, k, controller.View{Number: 4, Screen: controller.AskTail, Note: controller.WaitBeforeTry, Language: "en"})
	do(t, ctx, chromedp.KeyEvent("\u001b"))
	if a := c.await(t, 4); a.Act != controller.ActBack {
		t.Errorf("Escape is %+v", a)
	}
}

// TestBrowserScanWhereDigitsAreTyped: the digits of a label or badge are no phone number and no secret.
func TestBrowserScanWhereDigitsAreTyped(t *testing.T) {
	c := &customer{}
	k := newKiosk(t, Options{Customer: c, Sandbox: true})
	ctx := browse(t, k)
	for i, screen := range []controller.Screen{controller.StaffSecret, controller.DropPhone, controller.AskPasscode} {
		show(t, ctx, k, controller.View{Number: uint64(i + 1), Screen: screen, Language: "en"})
		do(t, ctx, chromedp.KeyEvent("SF13800000815\r"), chromedp.KeyEvent("314159\r"))
		if a := c.await(t, i+1); a.Act != controller.ActDigits || a.Text != "314159" {
			t.Errorf("%s takes %+v", screen, a)
		}
	}
}

// TestBrowserEnterOnThePad: Enter is OK for whoever types, presses the button that has the focus for whoever moves it,
// and adds no digit by accident.
func TestBrowserEnterOnThePad(t *testing.T) {
	c := &customer{}
	k := newKiosk(t, Options{Customer: c, Sandbox: true})
	ctx := browse(t, k)
	typed := func() string { return evaluate[string](t, ctx, `document.querySelector(".pad output").textContent`) }
	show(t, ctx, k, controller.View{Number: 1, Screen: controller.AskPasscode, Language: "en"})
	do(t, ctx, chromedp.KeyEvent("271\r"))
	if got := typed(); got != "•••" {
		t.Errorf("after three digits and Enter the pad shows %q", got)
	}
	do(t, ctx, chromedp.KeyEvent("828"))
	evaluate[bool](t, ctx, `(document.querySelector("[data-act=way]").focus(), true)`)
	do(t, ctx, chromedp.KeyEvent("\r"))
	if a := c.await(t, 1); a.Act != controller.ActWay {
		t.Errorf("Enter on another way is %+v", a)
	}
	show(t, ctx, k, controller.View{Number: 2, Screen: controller.AskCode, Language: "en"})
	show(t, ctx, k, controller.View{Number: 3, Screen: controller.AskPasscode, Language: "en"})
	evaluate[bool](t, ctx, `(document.querySelector("[data-digit='5']").focus(), true)`)
	do(t, ctx, chromedp.KeyEvent("\r\r\r\r\r\r\r")) // without a digit key
	if got := typed(); got != "•••••••" {
		t.Errorf("after seven times Enter on a digit the pad shows %q", got)
	}
	evaluate[bool](t, ctx, `(document.querySelector("[data-delete]").focus(), true)`)
	do(t, ctx, chromedp.KeyEvent("\r6\r")) // deletes one, types one, deletes it: the focus stays where it is
	evaluate[bool](t, ctx, `(document.querySelector("[data-send]").focus(), true)`)
	do(t, ctx, chromedp.KeyEvent("\r"))
	if a := c.await(t, 2); a.Act != controller.ActDigits || a.Text != "555555" {
		t.Errorf("OK is %+v", a)
	}
	show(t, ctx, k, controller.View{Number: 4, Screen: controller.AskPattern, Language: "en"})
	do(t, ctx, chromedp.KeyEvent("1478"))
	evaluate[bool](t, ctx, `(document.querySelector("[data-act=way]").focus(), true)`)
	do(t, ctx, chromedp.KeyEvent("\r"))
	if a := c.await(t, 3); a.Act != controller.ActWay {
		t.Errorf("Enter on another way beside a pattern is %+v", a)
	}
}

// TestBrowserEnterAfterATap: who mistypes with a finger and goes on with a scanner or keyboard has Enter confirm.
func TestBrowserEnterAfterATap(t *testing.T) {
	c := &customer{}
	k := newKiosk(t, Options{Customer: c, Sandbox: true})
	ctx := browse(t, k)
	show(t, ctx, k, controller.View{Number: 1, Screen: controller.StaffNumber, Language: "en"})
	do(t, ctx, tap("[data-digit='7']"), tap("[data-delete]"), chromedp.KeyEvent("0012345678\r"))
	if a := c.await(t, 1); a.Act != controller.ActDigits || a.Text != "0012345678" {
		t.Errorf("after a digit was deleted by a finger Enter gives %+v", a)
	}
}

// controls lists what can be used of the screen: by its place among all.
const controls = `[...document.querySelectorAll("#view :is(button, input, [tabindex='0'])")].filter((e) => !e.disabled && !e.closest("dialog"))`

// watch remembers what gets the focus from now on, beginning at the first control, and returns how many there are.
const watch = `(() => {
  document.activeElement.blur();
  const all = ` + controls + `;
  all[0].focus(); // Shift and Tab come back to it
  window.reached = new Set();
  window.bare = 0;
  window.watched ??= document.addEventListener("focusin", ({target}) => {
    window.reached.add(target);
    window.bare += parseFloat(getComputedStyle(target).outlineWidth) < 4;
  }) ?? true;
  return all.length;
})()`

// TestBrowserEveryControlByKeys reaches every control of every screen by Tab, where a ring shows it, and no other
// element; the help opens and closes by keys, too.
func TestBrowserEveryControlByKeys(t *testing.T) {
	k := newKiosk(t, Options{Sandbox: true, Cabinet: "A-1", HelpPhone: "555 0100", Keypad: true})
	ctx := browse(t, k)
	number := uint64(0)
	for _, s := range samples() {
		number++
		s.view.Number, s.view.Language = number, "en"
		show(t, ctx, k, s.view)
		want := evaluate[int](t, ctx, watch)
		do(t, ctx, chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift)))
		for range want {
			do(t, ctx, chromedp.KeyEvent(kb.Tab))
		}
		missed := evaluate[[]string](t, ctx, controls+`.filter((e) => !window.reached.has(e)).map((e) => e.outerHTML.slice(0, 80))`)
		if len(missed) > 0 {
			t.Errorf("%s: Tab does not reach %q", s.name, missed)
		}
		if bare := evaluate[int](t, ctx, `window.bare`); bare > 0 {
			t.Errorf("%s: %d controls do not show that they have the focus", s.name, bare)
		}
	}
	number++
	show(t, ctx, k, controller.View{Number: number, Screen: controller.Home, Language: "en"})
	evaluate[bool](t, ctx, `(document.querySelector("[data-help]").focus(), true)`)
	do(t, ctx, chromedp.KeyEvent("\r"), poll(`document.querySelector("dialog").open`), chromedp.KeyEvent("\u001b"), poll(`!document.querySelector("dialog").open`))
	if shown := k.current(); shown.Number != number {
		t.Errorf("closing the help answered view %d", shown.Number)
	}
}

// keyless are the buttons that the keypad has no number for: it types digits and doors itself, any key gives more time,
// a line is drawn by a finger only, 00 goes through the languages, and 00 and 000 are numbers themselves where one of
// staff is typed.
const keyless = `[data-digit], [data-delete], [data-send], [data-trail], .picks button, [data-act=more-time],
	nav [data-act=language] ~ [data-act=language], .screen-staff-number nav [data-act]`

// TestBrowserEveryButtonHasAKey: what the keypad can choose shows its number, and so does the help's button.
func TestBrowserEveryButtonHasAKey(t *testing.T) {
	k := newKiosk(t, Options{Sandbox: true, Keypad: true})
	ctx := browse(t, k)
	number := uint64(0)
	for _, s := range samples() {
		number++
		s.view.Number, s.view.Language = number, "en"
		show(t, ctx, k, s.view)
		bare := evaluate[[]string](t, ctx, `[...document.querySelectorAll("#view button")].filter((e) => !e.matches(`+"`"+keyless+"`"+`) &&
			!/^(\d|counter|\*)/.test(getComputedStyle(e, "::before").content.replace(/"/g, ""))).map((e) => e.outerHTML.slice(0, 80))`)
		if len(bare) > 0 {
			t.Errorf("%s: the keypad has no number for %q", s.name, bare)
		}
	}
}

// TestBrowserCommandsAreSwallowed: what a keyboard or a barcode says to the browser itself does nothing.
func TestBrowserCommandsAreSwallowed(t *testing.T) {
	c := &customer{}
	k := newKiosk(t, Options{Sandbox: true, Customer: c})
	ctx := browse(t, k)
	show(t, ctx, k, controller.View{Number: 1, Screen: controller.StaffNumber, Language: "en"})
	passed := evaluate[[]string](t, ctx, `[{key: "o", ctrlKey: true}, {key: "l", ctrlKey: true}, {key: "F5"}, {key: "F12"}, {key: "ArrowLeft", altKey: true}, {key: "1", ctrlKey: true}]
		.filter((press) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {...press, bubbles: true, cancelable: true}))).map((press) => press.key)`)
	if len(passed) > 0 {
		t.Errorf("the browser is left with %q", passed)
	}
	do(t, ctx, chromedp.KeyEvent("1001\r"))
	if a := c.await(t, 1); a.Text != "1001" {
		t.Errorf("the number came as %+v", a)
	}
}
