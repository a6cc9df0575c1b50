package controller_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/controller"
	"lockerd/matcher"
)

// Five failures turn the voice off, over a restart, until the person has come in another way. Digits that belong
// to nobody are answered alike.
func TestVoiceGoesOff(t *testing.T) {
	speaks(t, func(k *cabinet, microphone *sensor) {
		k.speakers("voice+passcode | fingerprint | code", "ada")
		answers := map[string][]string{}
		for _, tail := range []string{"4711", "9999"} {
			for range 5 {
				k.saysAfterTail(microphone, "bo", tail)
				v := k.sees(controller.RefusedView)
				answers[tail] = append(answers[tail], fmt.Sprint(v.Note, v.Advice, v.Tries, v.Wait))
			}
			time.Sleep(time.Minute)
			k.sees(controller.Home)
		}
		if n := k.count("code-issued"); n != 0 {
			t.Errorf("%d codes were issued for Ada, who has a finger", n)
		}
		if !slices.Equal(answers["4711"], answers["9999"]) || !strings.HasPrefix(answers["4711"][4], string(controller.VoiceIsOff)) {
			t.Errorf("Ada is told %q, nobody %q", answers["4711"], answers["9999"])
		}
		k.restart()
		off := func(tail string, want bool) {
			t.Helper()
			k.sees(controller.Home)
			k.does(controller.ActPickUp, "")
			k.does(controller.ActWay, "voice")
			k.does(controller.ActDigits, tail)
			if !want {
				k.sees(controller.AskVoice)
			} else if v := k.sees(controller.AskWay); v.Note != controller.VoiceIsOff || slices.Contains(v.Offers, matcher.Voice) {
				t.Errorf("note %q, offers %v: the voice is not off", v.Note, v.Offers)
			}
			k.does(controller.ActBack, "")
		}
		off("4711", true)
		off("9999", true)
		k.touches("ada's finger")
		k.sees(controller.SlotOpen)
		k.shuts(1)
		k.sees(controller.Message)
		k.does(controller.ActOK, "")
		k.sees(controller.Home)
		off("4711", false)
		off("9999", true)
	})
}

// Whoever's voice goes off and who has no other way to a parcel gets a code for it.
func TestVoiceOffGivesCode(t *testing.T) {
	speaks(t, func(k *cabinet, microphone *sensor) {
		k.speakers("voice+passcode | code", "ada")
		if n := k.count("code-issued"); n != 0 {
			t.Errorf("%d codes were issued for Ada, who stored voice and passcode", n)
		}
		for range 5 {
			k.saysAfterTail(microphone, "bo", "4711")
			k.sees(controller.RefusedView)
		}
		if n := k.count("code-issued"); n != 1 {
			t.Fatalf("%d codes were issued after the voice went off, want 1", n)
		}
		time.Sleep(time.Minute)
		k.sees(controller.Home)
		k.does(controller.ActDigits, k.sealer.codes["p1"])
		k.sees(controller.SlotOpen)
		k.wantPulses("1:2")
	})
}

// Strangers who failed under digits that nobody here had turned the voice off for whoever comes with them, however
// long ago: a parcel for Ada, who needs her voice, gets a code at once. Once that has worked her voice is heard again.
func TestVoiceOffBeforeParcel(t *testing.T) {
	speaks(t, func(k *cabinet, microphone *sensor) {
		passed := k.canSkip()
		for range 5 {
			k.saysAfterTail(microphone, "bo", "4711")
			k.sees(controller.RefusedView)
		}
		time.Sleep(time.Minute)
		k.sees(controller.Home)
		*passed = 15 * 24 * time.Hour
		k.speakers("voice+passcode | code", "ada")
		if n := k.count("code-issued"); n != 1 {
			t.Fatalf("%d codes were issued, want 1", n)
		}
		k.does(controller.ActDigits, k.sealer.codes["p1"])
		k.sees(controller.SlotOpen)
		k.shuts(1)
		k.sees(controller.Message)
		k.does(controller.ActOK, "")
		k.sees(controller.Home)
		k.check(k.desired(parcel("p2", "r-ada", controller.Small)))
		k.dropsOff("p2")
		if n := k.count("code-issued"); n != 1 {
			t.Errorf("%d codes were issued, the second to Ada, whose voice had come back", n)
		}
		k.saysAfterTail(microphone, "ada", "4711")
		k.sees(controller.AskPasscode)
	})
}

// canSkip starts the cabinet anew under one boot, whose clock runs ahead by what is returned.
func (k *cabinet) canSkip() *time.Duration {
	up, set := time.Now(), k.extend
	passed := new(time.Duration)
	k.stop()
	k.extend = func(p *controller.Parts) {
		set(p)
		p.Boot = func() (string, time.Duration) { return "one boot", time.Since(up) + *passed }
	}
	k.start()
	return passed
}
