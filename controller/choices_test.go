package controller_test

import (
	"testing"
	"time"

	"lockerd/controller"
	"lockerd/matcher"
)

// keys types on the keypad, which does not see the screen.
func (k *cabinet) keys(digits string) {
	k.t.Helper()
	k.check(k.c.Answer(controller.Answer{Act: controller.ActDigits, Text: digits}))
	time.Sleep(100 * time.Millisecond)
}

// TestKeypadAlone drops off, picks up and enrols without a touch of the screen.
func TestKeypadAlone(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-ada", controller.Small), parcel("p2", "r-ada", controller.Small)))
		k.keys("2")
		k.sees(controller.StaffNumber)
		k.keys("1001")
		k.sees(controller.StaffSecret)
		k.keys("314159")
		for _, slot := range []controller.Slot{1, 2} {
			k.sees(controller.DropChoose)
			k.keys("1")
			k.sees(controller.DropSlot)
			k.keys("03") // that door,
			if v := k.sees(controller.DropSlot); v.Slot != 3 {
				t.Errorf("slot %d is proposed", v.Slot)
			}
			k.keys("2") // a small one,
			k.sees(controller.DropSlot)
			k.keys("1") // open it
			k.sees(controller.DropOpen)
			k.shuts(slot)
			k.sees(controller.DropDone)
			k.keys("1")
		}
		k.sees(controller.DropChoose)
		k.keys("0")
		k.sees(controller.Home)
		k.keys("4711")
		v := k.sees(controller.AskWay)
		for i, kind := range v.Offers {
			if kind == matcher.Pattern {
				k.keys(string(rune('1' + i)))
			}
		}
		k.sees(controller.AskPattern)
		k.keys("15687") // the dots 04576
		k.sees(controller.YourParcels)
		k.keys("3")
		if v := k.sees(controller.SlotOpen); v.Slot != 2 {
			t.Errorf("slot %d is open, want the second parcel's", v.Slot)
		}
		k.shuts(2)
		k.sees(controller.SlotOpen) // the last one opens by itself
		k.shuts(1)
		k.sees(controller.Message)
		k.keys("1")
		k.sees(controller.Home)
		k.invites("i1", "r-bo", "11223344")
		k.keys("3")
		k.sees(controller.EnrolInvite)
		k.keys("11223344")
		for _, agree := range []string{"2", "2", "1"} { // to the passcode alone
			k.sees(controller.EnrolConsent)
			k.keys(agree)
		}
		k.sees(controller.EnrolPasscode)
		k.keys("271828")
		k.keys("271828")
		if v := k.sees(controller.EnrolDone); len(v.Offers) != 1 || v.Offers[0] != matcher.Passcode {
			t.Errorf("stored were %v", v.Offers)
		}
	})
}

// TestLanguageByKeypad: 0 goes through the languages at the home screen; the next person has the cabinet's again.
func TestLanguageByKeypad(t *testing.T) {
	story(t, func(k *cabinet) {
		k.extend = func(p *controller.Parts) { p.Languages = []string{"en", "fr", "zh-CN"} }
		k.restartProgram()
		for _, want := range []string{"fr", "zh-CN", "en", "fr"} {
			k.keys("0")
			if v := k.sees(controller.Home); v.Language != want {
				t.Errorf("the screen speaks %s, want %s", v.Language, want)
			}
		}
		k.keys("1")
		if v := k.sees(controller.AskAny); v.Language != "fr" {
			t.Errorf("the next screen speaks %s", v.Language)
		}
		k.keys("0")
		if v := k.sees(controller.Home); v.Language != "en" {
			t.Errorf("the next person is spoken to in %s", v.Language)
		}
	})
}

// TestLanguageAndHelpByKeypad: on every screen 00 is another language, and the star shows whom to call until it is
// pressed again or the screen ends.
func TestLanguageAndHelpByKeypad(t *testing.T) {
	story(t, func(k *cabinet) {
		k.extend = func(p *controller.Parts) { p.Languages = []string{"en", "zh-CN"} }
		k.restartProgram()
		k.people()
		k.keys("1")
		for _, want := range []string{"zh-CN", "en"} {
			k.keys("00")
			if v := k.sees(controller.AskAny); v.Language != want {
				t.Errorf("the screen speaks %s, want %s", v.Language, want)
			}
		}
		for _, want := range []bool{true, false, true} {
			k.does(controller.ActHelp, "")
			if v := k.sees(controller.AskAny); v.Help != want {
				t.Errorf("help is shown: %v", v.Help)
			}
		}
		k.does(controller.ActBack, "")
		if v := k.sees(controller.Home); v.Help {
			t.Error("the next person reads help that nobody asked for")
		}
		k.does(controller.ActHelp, "")
		if v := k.sees(controller.Home); !v.Help {
			t.Error("no help at the home screen")
		}
		time.Sleep(59 * time.Second)
		if v := k.sees(controller.Home); !v.Help {
			t.Error("the help at the home screen goes while it is read")
		}
		time.Sleep(2 * time.Second)
		if v := k.sees(controller.Home); v.Help {
			t.Error("help stays at the home screen when its reader has left")
		}
		k.keys("2")
		k.sees(controller.StaffNumber)
		k.keys("00") // a number, there
		k.sees(controller.StaffSecret)
	})
}

// TestLargeText: 000 changes to large text and back on every screen, a tap says which; it goes with the person, also when
// that is one who chose it at the home screen and walked away.
func TestLargeText(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		large := func(screen controller.Screen, want bool) {
			t.Helper()
			if v := k.sees(screen); v.Large != want {
				t.Errorf("at %s the text is large: %v", screen, v.Large)
			}
		}
		for range 2 { // as a finger that taps twice
			k.does(controller.ActText, "large")
			large(controller.Home, true)
		}
		k.keys("1")
		large(controller.AskAny, true)
		for _, want := range []bool{false, true} {
			k.keys("000")
			large(controller.AskAny, want)
		}
		k.keys("12345678") // a code that nobody has
		large(controller.RefusedView, true)
		k.keys("0")
		large(controller.Home, false)
		k.keys("000")
		time.Sleep(29 * time.Second)
		large(controller.Home, true)
		time.Sleep(2 * time.Second)
		large(controller.Home, false)
		k.keys("2")
		k.sees(controller.StaffNumber)
		k.keys("000") // a number, there
		k.sees(controller.StaffSecret)
	})
}

// TestLanguageGoesWithThePerson: a language that somebody chose at the home screen stays while they are there.
func TestLanguageGoesWithThePerson(t *testing.T) {
	story(t, func(k *cabinet) {
		k.does(controller.ActLanguage, "zh-CN")
		time.Sleep(29 * time.Second)
		if v := k.sees(controller.Home); v.Language != "zh-CN" {
			t.Errorf("after 29 s the screen speaks %s", v.Language)
		}
		time.Sleep(2 * time.Second)
		if v := k.sees(controller.Home); v.Language != "en" {
			t.Errorf("after half a minute the screen speaks %s", v.Language)
		}
	})
}

// TestOneDigitIsAChoice: on screens that ask for digits, 0 leaves and 1 is the first button; more digits are neither.
func TestOneDigitIsAChoice(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.keys("1")
		k.sees(controller.AskAny)
		k.keys("1") // the first other way
		k.sees(controller.AskTail)
		k.keys("0")
		k.sees(controller.Home)
		k.keys("4711")
		k.keys("77")
		k.sees(controller.AskWay)
		k.keys("3")
		k.sees(controller.AskPattern)
		k.keys("1") // another way
		k.sees(controller.AskWay)
		k.keys("4")
		k.sees(controller.AskPasscode)
		k.keys("1")
		k.sees(controller.AskWay)
		k.keys("0")
		k.sees(controller.Home)
		k.wantPulses("")
	})
}

func TestKeysThatChooseNothing(t *testing.T) {
	story(t, func(k *cabinet) {
		slot := k.holds("p1", "r-ada")
		k.touches("ada's finger")
		k.sees(controller.SlotOpen)
		for _, digits := range []string{"9", "99", "12345678", "0000"} {
			k.keys(digits)
			if v := k.screen.now(); v.Screen != controller.SlotOpen {
				t.Fatalf("after %s the screen is %q", digits, v.Screen)
			}
		}
		k.wantPulses("1:2")
		k.shuts(slot)
		k.sees(controller.Message)
	})
}

// TestKeysBeforeTheHelp: whoever reads the help sees no button behind it, so what is typed closes it and does nothing
// else.
func TestKeysBeforeTheHelp(t *testing.T) {
	story(t, func(k *cabinet) {
		slot := k.holds("p1", "r-ada")
		k.touches("ada's finger")
		k.sees(controller.SlotOpen)
		for _, digits := range []string{"0", "1", "2", "12345678"} {
			k.does(controller.ActHelp, "")
			k.does(controller.ActTyping, "1")
			k.keys(digits)
			if v := k.sees(controller.SlotOpen); v.Help || v.Digits != 0 {
				t.Errorf("after %s # the help is shown: %v, %d digits", digits, v.Help, v.Digits)
			}
		}
		k.wantPulses("1:2")
		k.shuts(slot)
		k.tells(controller.Message, controller.ThankYou)
	})
}
