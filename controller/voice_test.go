package controller_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"lockerd/controller"
	"lockerd/matcher"
)

// tones compares voices by their bytes, which must hold the prompt: "ada 12345678".
type tones struct{}

var errReplayed = errors.New("the recording repeats an earlier one")

func (tones) Kind() matcher.Kind { return matcher.Voice }

func (tones) Extract(s matcher.Sample) (matcher.Identification, error) {
	if string(s.Bytes) == "replayed" {
		return matcher.Identification{}, errReplayed
	}
	speaker, said, _ := bytes.Cut(s.Bytes, []byte(" "))
	if string(said) != s.Prompt {
		return matcher.Identification{}, &matcher.QualityError{Advice: matcher.SayDigits}
	}
	return matcher.Identification{Kind: matcher.Voice, Data: bytes.Clone(speaker)}, nil
}

func (m tones) Enrol(samples []matcher.Sample) (matcher.Identification, error) {
	for _, s := range samples {
		if id, err := m.Extract(s); err != nil || string(id.Data) != "ada" {
			return id, err
		}
	}
	return m.Extract(samples[0])
}

func (tones) Compare(first, second matcher.Identification) (matcher.Verdict, error) {
	return matcher.Verdict{Match: bytes.Equal(first.Data, second.Data), FMR: 1e-2}, nil
}

// speaks runs a story with a microphone and the voice kind switched on.
func speaks(t *testing.T, tell func(*cabinet, *sensor)) {
	story(t, func(k *cabinet) {
		k.stop()
		microphone := &sensor{kind: matcher.Voice, put: make(chan matcher.Sample), fail: make(chan error)}
		k.extend = func(p *controller.Parts) {
			p.Sensors = append(p.Sensors, microphone)
			p.Matchers = append(p.Matchers, tones{})
			p.VoicePrompts = func() []string { return []string{"01234567", "89012345"} }
			p.Settings.Policy, _ = controller.ParsePolicy("voice+passcode | code")
		}
		k.start()
		tell(k, microphone)
	})
}

func say(microphone *sensor, text string) {
	microphone.put <- matcher.Sample{Kind: matcher.Voice, Bytes: []byte(text)}
}

func TestVoiceWithPasscode(t *testing.T) {
	speaks(t, func(k *cabinet, microphone *sensor) {
		k.invites("i1", "r-ada", "11223344")
		k.check(k.desired(courier("1001")))
		k.does(controller.ActEnrol, "")
		k.does(controller.ActDigits, "11223344")
		k.consents(matcher.Voice, matcher.Passcode)
		for range 2 {
			k.sees(controller.EnrolCode)
			k.does(controller.ActDigits, "271828")
		}
		for range 2 {
			say(microphone, "ada "+k.sees(controller.EnrolVoice).Prompt)
		}
		k.sees(controller.EnrolDone)
		k.does(controller.ActOK, "")
		k.check(k.desired(parcel("p1", "r-ada", controller.Small)))
		k.dropsOff("p1")

		k.does(controller.ActPickUp, "")
		k.sees(controller.AskAny)
		k.does(controller.ActWay, "voice")
		k.sees(controller.AskTail)
		k.does(controller.ActDigits, "4711")
		for _, wrong := range []string{"bo ", "replayed"} {
			text := wrong
			if wrong == "bo " {
				text += k.sees(controller.AskVoice).Prompt
			}
			say(microphone, text)
			k.sees(controller.RefusedView)
			k.does(controller.ActOK, "")
			k.does(controller.ActWay, "voice")
			k.does(controller.ActDigits, "4711")
			k.sees(controller.AskVoice)
		}
		if n := k.count("refused"); n != 2 {
			t.Errorf("%d tries are in the journal, want 2", n)
		}
		say(microphone, "ada 00000000") // other digits than the screen's
		if v := k.sees(controller.RefusedView); v.Advice != matcher.SayDigits {
			t.Errorf("wrong digits give advice %q", v.Advice)
		}
		k.does(controller.ActOK, "")
		k.does(controller.ActWay, "voice")
		k.does(controller.ActDigits, "4711")
		say(microphone, "ada "+k.sees(controller.AskVoice).Prompt)
		k.sees(controller.AskPasscode) // voice is not enough alone
		k.wantPulses("1:1")
		k.does(controller.ActDigits, "271828")
		k.sees(controller.SlotOpen)
		k.wantPulses("1:2")
	})
}

// Whatever a policy says, a voice alone opens nothing unless the cabinet's own setting allows it, and the journal
// says either.
func TestVoiceAlone(t *testing.T) {
	for _, alone := range []bool{false, true} {
		t.Run(fmt.Sprint(alone), func(t *testing.T) {
			speaks(t, func(k *cabinet, microphone *sensor) {
				k.stop()
				set := k.extend
				k.extend = func(p *controller.Parts) {
					set(p)
					p.VoiceAlone = alone
				}
				k.start()
				k.check(k.desired(recipient("r-ada", "Ada", "4711"), courier("1001"), parcel("p1", "r-ada", controller.Small),
					k.first("v1", "r-ada", matcher.Passcode, "271828"), voiceprint("v2", "r-ada", "ada")))
				policy, err := controller.ParsePolicy("voice | code | passcode+voice")
				k.check(err)
				k.check(k.desired(controller.DesiredRecord{Key: "settings/cabinet", Settings: &controller.Settings{Policy: policy}}))
				if n, want := k.count("warned"), map[bool]int{false: 1, true: 2}[alone]; n != want {
					t.Errorf("the journal has %d warnings, want %d", n, want)
				}
				k.dropsOff("p1")
				k.saysAfterTail(microphone, "ada", "4711")
				if alone {
					k.sees(controller.SlotOpen)
					k.wantPulses("1:2")
					return
				}
				k.sees(controller.AskPasscode)
				k.wantPulses("1:1")
			})
		})
	}
}

// voiceprint is a first identification as tones makes it.
func voiceprint(id, whose, speaker string) controller.DesiredRecord {
	return controller.DesiredRecord{Key: "verification/" + id, First: &controller.FirstIdentification{ID: id,
		Recipient: controller.RecipientID(whose), Identification: matcher.Identification{Kind: matcher.Voice, Data: []byte(speaker)}}}
}

// saysAfterTail chooses the voice and types the phone's last digits, and has somebody say what is asked for.
func (k *cabinet) saysAfterTail(microphone *sensor, speaker, tail string) {
	k.t.Helper()
	if v := k.screen.now(); v.Screen == controller.RefusedView {
		k.does(controller.ActOK, "")
	} else {
		k.sees(controller.Home)
		k.does(controller.ActPickUp, "")
	}
	k.sees(controller.AskAny)
	k.does(controller.ActWay, "voice")
	k.sees(controller.AskTail)
	k.does(controller.ActDigits, tail)
	say(microphone, speaker+" "+k.sees(controller.AskVoice).Prompt)
	synctest.Wait()
}
