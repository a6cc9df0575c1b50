package controller_test

import (
	"strings"
	"testing"
	"time"

	"lockerd/controller"
)

func TestTriesSurviveARestart(t *testing.T) {
	story(t, func(k *cabinet) {
		k.holds("p1", "r-ada")
		k.does(controller.ActPickUp, "")
		wrong := func() {
			k.sees(controller.AskAny)
			k.does(controller.ActWay, "passcode")
			k.does(controller.ActDigits, "4711")
			k.sees(controller.AskPasscode)
			k.does(controller.ActDigits, "999111")
		}
		for range 5 {
			wrong()
			k.sees(controller.RefusedView)
			k.does(controller.ActWay, "")
		}
		k.restart()
		k.does(controller.ActPickUp, "")
		wrong()
		if v := k.sees(controller.RefusedView); v.Note != controller.WaitBeforeTry || v.Wait <= 0 {
			t.Errorf("after a restart the screen says %q, wait %v", v.Note, v.Wait)
		}
		if n := k.count("refused"); n != 5 {
			t.Errorf("%d comparisons, want 5: the sixth must wait", n)
		}
	})
}

func TestManyWrongCodesAskForDigitsFirst(t *testing.T) {
	longStory(t, func(k *cabinet) {
		k.holds("p2", "r-bo")
		code := k.sealer.codes["p2"]
		wrong := strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, code)
		k.does(controller.ActPickUp, "")
		for range 60 {
			k.sees(controller.AskAny)
			k.does(controller.ActDigits, wrong)
			if v := k.sees(controller.RefusedView); v.Wait > 30*time.Second {
				t.Fatalf("the cabinet waits %v", v.Wait)
			}
			time.Sleep(31 * time.Second)
			k.does(controller.ActOK, "")
		}
		if v := k.sees(controller.AskTail); len(v.Choices()) != 0 {
			t.Errorf("where every way needs the digits, %v can be chosen", v.Choices())
		}
		k.does(controller.ActDigits, "0815")
		k.sees(controller.AskWay)
		k.does(controller.ActWay, "code")
		k.sees(controller.AskCode)
		k.does(controller.ActDigits, code)
		k.sees(controller.SlotOpen)
		time.Sleep(25 * time.Hour) // the next day
		k.sees(controller.Home)
		k.does(controller.ActPickUp, "")
		k.sees(controller.AskAny)
	})
}

func TestManyUnknownFingersAskForDigitsFirst(t *testing.T) {
	story(t, func(k *cabinet) {
		k.holds("p1", "r-ada")
		for range 20 {
			k.touches("a stranger's finger")
			k.sees(controller.RefusedView)
			time.Sleep(31 * time.Second)
			k.does(controller.ActBack, "")
			k.sees(controller.Home)
		}
		k.touches("ada's finger")
		k.sees(controller.AskTail)
		k.wantPulses("1:1")
		k.does(controller.ActDigits, "4711")
		k.sees(controller.AskFinger)
		k.touches("ada's finger")
		k.sees(controller.SlotOpen)
	})
}

func TestWrongCourierSecret(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.does(controller.ActDropOff, "")
		for _, number := range []string{"1001", "7777"} {
			k.sees(controller.StaffNumber)
			k.does(controller.ActDigits, number)
			k.sees(controller.StaffSecret)
			k.does(controller.ActDigits, "271828")
			if v := k.sees(controller.StaffNumber); v.Note != controller.WrongSignIn {
				t.Errorf("%s: the screen says %q", number, v.Note)
			}
		}
	})
}
