package kiosk

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/controller"
)

func TestNamesGoWhenNobodyIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKiosk(t, Options{})
		k.Show(controller.View{Number: 1, Screen: controller.YourParcels, Masked: "艾*", Patience: 30 * time.Second})
		_, changed := k.currentAndNext()
		time.Sleep(29 * time.Second)
		if v := k.current(); v.Masked != "艾*" || v.Patience != time.Second {
			t.Errorf("after 29 s: %q, %v left", v.Masked, v.Patience)
		}
		<-changed // the pages are told without a new view
		if v := k.current(); v.Masked != "" {
			t.Errorf("after 30 s the name is still there")
		}
	})
}

// TestPatienceGoesOnOverViews: other digits to say are no sign of a person; a level that is drawn is none either, and
// more time is.
func TestPatienceGoesOnOverViews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKiosk(t, Options{Customer: &customer{}})
		v := controller.View{Number: 1, Screen: controller.AskVoice, Prompt: "48190736", Patience: 30 * time.Second}
		left := func(want time.Duration) {
			t.Helper()
			if got := k.current().Patience; got != want {
				t.Errorf("%v are left, want %v", got, want)
			}
		}
		k.Show(v)
		time.Sleep(10 * time.Second)
		v.Level = .5
		k.Show(v)
		left(20 * time.Second)
		time.Sleep(5 * time.Second)
		v.Number, v.Prompt, v.Left = 2, "11223344", 15*time.Second
		k.Show(v)
		time.Sleep(time.Second)
		v.Level = .2
		k.Show(v)
		left(14 * time.Second)
		if w := post(k, `{"view":2,"act":"more-time"}`, nil); w.Code != http.StatusNoContent {
			t.Errorf("more time: %d", w.Code)
		}
		k.Show(v) // as the controller does
		left(30 * time.Second)
	})
}

// TestTypingKeepsTheScreen: whoever types on the keypad is here, so that the seconds begin anew.
func TestTypingKeepsTheScreen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKiosk(t, Options{})
		v := controller.View{Number: 1, Screen: controller.AskTail, Patience: 30 * time.Second}
		k.Show(v)
		time.Sleep(20 * time.Second)
		v.Offline = true // drawn anew for another reason
		k.Show(v)
		if left := k.current().Patience; left != 10*time.Second {
			t.Errorf("%v are left after 20 s", left)
		}
		for _, key := range []func(){func() { v.Digits = 1 }, func() { v.Help = true }, func() { v.Help = false }, func() { v.Language = "en" }, func() { v.Large = true }} {
			time.Sleep(10 * time.Second)
			key()
			k.Show(v)
			if left := k.current().Patience; left != 30*time.Second {
				t.Errorf("%v are left after a key, of %+v", left, v)
			}
		}
	})
}
