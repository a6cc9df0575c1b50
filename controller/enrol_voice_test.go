package controller_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"lockerd/controller"
	"lockerd/matcher"
)

// A string that cannot be used is said again, with advice; strings that do not agree are all said again.
func TestEnrolVoiceAgain(t *testing.T) {
	speaks(t, func(k *cabinet, microphone *sensor) {
		k.invites("i1", "r-ada", "11223344")
		k.does(controller.ActEnrol, "")
		k.does(controller.ActDigits, "11223344")
		k.consents(matcher.Voice, matcher.Passcode)
		for range 2 {
			k.sees(controller.EnrolPasscode)
			k.does(controller.ActDigits, "271828")
		}
		says := func(text string, step int, advice matcher.Advice) {
			t.Helper()
			v := k.sees(controller.EnrolVoice)
			if v.Step != step || v.Advice != advice {
				t.Errorf("asked for string %d with advice %q, want %d, %q", v.Step, v.Advice, step, advice)
			}
			say(microphone, strings.Replace(text, "%s", v.Prompt, 1))
			synctest.Wait()
		}
		says("", 1, "")
		says("ada %s", 1, matcher.SpeakLouder)
		says("bo %s", 2, "") // somebody else says the second one
		says("ada again %s", 1, matcher.RepeatTheSame)
		k.does(controller.ActSkip, "")
		k.sees(controller.EnrolDone)
	})
}

// A voice that is enrolled once more, on another day and with nothing beside it, is compared with both.
func TestTwoSittings(t *testing.T) {
	speaks(t, func(k *cabinet, microphone *sensor) {
		sitting := func(code string, kinds ...matcher.Kind) {
			k.invites("i"+code, "r-ada", code)
			k.does(controller.ActEnrol, "")
			k.does(controller.ActDigits, code)
			if k.screen.now().Screen == controller.EnrolKept {
				k.does(controller.ActEnrol, "")
			}
			k.consents(kinds...)
			for range 2 * (len(kinds) - 1) {
				k.sees(controller.EnrolPasscode)
				k.does(controller.ActDigits, "271828")
			}
			for range 2 {
				say(microphone, "ada "+k.sees(controller.EnrolVoice).Prompt)
			}
			k.sees(controller.EnrolDone)
			k.does(controller.ActOK, "")
			k.sees(controller.Home)
		}
		sitting("11223344", matcher.Voice, matcher.Passcode)
		sitting("55667788", matcher.Voice)
		firsts, err := k.store.FirstIdentifications("r-ada")
		k.check(err)
		if voices := slices.DeleteFunc(firsts, func(f controller.FirstIdentification) bool { return f.Kind != matcher.Voice }); len(voices) != 2 {
			t.Errorf("%d voiceprints are stored, want one a sitting", len(voices))
		}
	})
}

// What was captured is overwritten, whatever became of it.
func TestVoiceIsOverwritten(t *testing.T) {
	speaks(t, func(k *cabinet, microphone *sensor) {
		k.invites("i1", "r-ada", "11223344")
		k.does(controller.ActEnrol, "")
		k.does(controller.ActDigits, "11223344")
		k.consents(matcher.Voice, matcher.Passcode)
		var captured [][]byte
		says := func(text string) {
			captured = append(captured, []byte(text))
			microphone.put <- matcher.Sample{Kind: matcher.Voice, Bytes: captured[len(captured)-1]}
			synctest.Wait()
		}
		for range 2 {
			k.sees(controller.EnrolPasscode)
			k.does(controller.ActDigits, "271828")
		}
		says("ada " + k.sees(controller.EnrolVoice).Prompt)
		k.does(controller.ActSkip, "") // the first string of two was said
		k.sees(controller.EnrolDone)
		k.does(controller.ActOK, "")
		k.speakers("voice+passcode | code", "ada")
		k.does(controller.ActPickUp, "")
		k.does(controller.ActWay, "voice")
		k.does(controller.ActDigits, "4711")
		says("bo " + k.sees(controller.AskVoice).Prompt)
		k.sees(controller.RefusedView)
		k.does(controller.ActOK, "")
		k.does(controller.ActWay, "voice")
		k.does(controller.ActDigits, "4711")
		says("ada " + k.sees(controller.AskVoice).Prompt)
		k.sees(controller.AskPasscode)
		for i, bytes := range captured {
			if strings.Trim(string(bytes), "\x00") != "" {
				t.Errorf("capture %d is still in memory: %q", i+1, bytes)
			}
		}
	})
}
