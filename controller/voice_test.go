package controller_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/controller"
	"lockerd/matcher"
)

// tones compares voices by their bytes, which are a speaker and digits: "ada 12345678". What was said before is
// refused; voiceprints that begin with "old" were made with another model. "ada/1" is Ada as recorded for the voiceprint of
// that name.
type tones struct{ heard *[]string }

func (tones) Kind() matcher.Kind { return matcher.Voice }

func (m tones) Extract(s matcher.Sample) (matcher.Identification, error) {
	if string(s.Bytes) == "" {
		return matcher.Identification{}, &matcher.QualityError{Advice: matcher.SpeakLouder}
	}
	if slices.Contains(*m.heard, string(s.Bytes)) {
		return matcher.Identification{}, matcher.ErrRepeated
	}
	*m.heard = append(*m.heard, string(s.Bytes))
	return matcher.Identification{Kind: matcher.Voice, Data: []byte(string(s.Bytes) + " " + s.Prompt)}, nil
}

func (m tones) Enrol(samples []matcher.Sample) (matcher.Identification, error) {
	for _, s := range samples {
		if speaker, said, _ := strings.Cut(string(s.Bytes), " "); speaker != "ada" || said != s.Prompt {
			return matcher.Identification{}, &matcher.QualityError{Advice: matcher.RepeatTheSame}
		}
	}
	return matcher.Identification{Kind: matcher.Voice, Data: []byte("ada")}, nil
}

func (tones) Prepare(id matcher.Identification) (matcher.Identification, error) {
	if bytes.HasPrefix(id.Data, []byte("old")) {
		return id, matcher.ErrOutdated
	}
	return id, nil
}

func (tones) Compare(first, second matcher.Identification) (matcher.Verdict, error) {
	heard := strings.Fields(string(second.Data))
	speaker, _, recorded := strings.Cut(heard[0], "/")
	if recorded && heard[0] == string(first.Data) {
		return matcher.Verdict{}, matcher.ErrRepeated
	}
	owner, _, _ := strings.Cut(string(first.Data), "/")
	return matcher.Verdict{Match: speaker == owner && heard[1] == heard[2], FMR: 1e-2}, nil
}

func (tones) Trace(second matcher.Identification) ([]byte, error) {
	heard := strings.Fields(string(second.Data))
	return []byte(heard[0] + " " + heard[1]), nil
}

func (m tones) Remember(trace []byte) error {
	*m.heard = append(*m.heard, string(trace))
	return nil
}

// speaks runs a story with a microphone and the voice kind switched on.
func speaks(t *testing.T, tell func(*cabinet, *sensor)) {
	story(t, func(k *cabinet) {
		k.stop()
		drawn := 0
		microphone := &sensor{kind: matcher.Voice, put: make(chan matcher.Sample), fail: make(chan error)}
		k.extend = func(p *controller.Parts) {
			p.Sensors = append(p.Sensors, microphone)
			p.Matchers = append(p.Matchers, tones{heard: new([]string)})
			p.VoicePrompts = func() []string {
				drawn += 2
				return []string{fmt.Sprintf("%08d", drawn), fmt.Sprintf("%08d", drawn+1)}
			}
			p.Settings.Policy, _ = controller.ParsePolicy("voice+passcode | code")
		}
		k.start()
		tell(k, microphone)
	})
}

func say(microphone *sensor, text string) {
	microphone.put <- matcher.Sample{Kind: matcher.Voice, Bytes: []byte(text)}
}

// TestPatienceOverPrompts: other digits are asked for as long as somebody may be there, which a touch shows.
func TestPatienceOverPrompts(t *testing.T) {
	for name, test := range map[string]struct {
		asks time.Duration // for more time, after so long
		home time.Duration
	}{
		"nobody":                   {0, 30 * time.Second},
		"more time":                {10 * time.Second, 40 * time.Second},
		"more time, second prompt": {20 * time.Second, 50 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			speaks(t, func(k *cabinet, _ *sensor) {
				k.speakers("voice+passcode | code", "ada")
				k.does(controller.ActPickUp, "")
				k.does(controller.ActWay, "voice")
				k.does(controller.ActDigits, "4711")
				k.sees(controller.AskVoice)
				begun := time.Now()
				if test.asks > 0 {
					time.Sleep(test.asks)
					k.does(controller.ActMore, "")
				}
				time.Sleep(time.Until(begun.Add(test.home - 2*time.Second)))
				k.sees(controller.AskVoice)
				time.Sleep(3 * time.Second)
				k.sees(controller.Home)
			})
		})
	}
}

func TestVoiceWithPasscode(t *testing.T) {
	speaks(t, func(k *cabinet, microphone *sensor) {
		k.invites("i1", "r-ada", "11223344")
		k.check(k.desired(courier("1001")))
		k.does(controller.ActEnrol, "")
		k.does(controller.ActDigits, "11223344")
		k.consents(matcher.Voice, matcher.Passcode)
		for range 2 {
			k.sees(controller.EnrolPasscode)
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
		var refusals []controller.View
		for _, wrong := range []string{"bo %s", "ada 00000000", "ada 00000000", ""} { // another speaker, wrong digits, a replay, silence
			say(microphone, strings.Replace(wrong, "%s", k.sees(controller.AskVoice).Prompt, 1))
			refusals = append(refusals, k.sees(controller.RefusedView))
			k.does(controller.ActOK, "")
			k.does(controller.ActWay, "voice")
			k.does(controller.ActDigits, "4711")
		}
		if n := k.count("refused"); n != 3 {
			t.Errorf("%d tries are in the journal, want 3: silence is none", n)
		}
		for i, v := range refusals[:3] { // nobody learns which of the two was wrong
			if v.Note != controller.NotRecognised || v.Advice != "" || v.Tries != 4-i {
				t.Errorf("refusal %d is %q, advice %q, %d tries left", i+1, v.Note, v.Advice, v.Tries)
			}
		}
		if refusals[3].Advice != matcher.SpeakLouder {
			t.Errorf("silence gives advice %q", refusals[3].Advice)
		}
		say(microphone, "ada "+k.sees(controller.AskVoice).Prompt)
		k.sees(controller.AskPasscode) // voice is not enough alone
		k.wantPulses("1:1")
		k.does(controller.ActDigits, "271828")
		k.sees(controller.SlotOpen)
		k.wantPulses("1:2")
	})
}

// A recording of one sitting is refused, though the voiceprint of another sitting does not know it.
func TestRecordingOfASitting(t *testing.T) {
	for _, played := range []string{"ada/1", "ada/2"} {
		t.Run(played, func(t *testing.T) {
			speaks(t, func(k *cabinet, microphone *sensor) {
				k.check(k.desired(recipient("r-ada", "Ada", "4711"), courier("1001"), parcel("p1", "r-ada", controller.Small),
					k.first("v1", "r-ada", matcher.Passcode, "271828"),
					voiceprint("v2", "r-ada", "ada/1"), voiceprint("v3", "r-ada", "ada/2")))
				k.dropsOff("p1")
				k.saysAfterTail(microphone, played, "4711")
				if v := k.sees(controller.RefusedView); v.Note != controller.NotRecognised {
					t.Errorf("the refusal is %q", v.Note)
				}
				if refused, matched := k.count("refused"), k.count("matched"); refused != 1 || matched != 0 {
					t.Errorf("refused %d times, matched %d times", refused, matched)
				}
				k.does(controller.ActOK, "")
				k.does(controller.ActBack, "")
				k.sees(controller.Home)
				k.saysAfterTail(microphone, "ada", "4711") // Ada herself
				k.sees(controller.AskPasscode)
			})
		})
	}
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
		k.sees(controller.AskAny)
		k.does(controller.ActWay, "voice")
	}
	k.sees(controller.AskTail)
	k.does(controller.ActDigits, tail)
	say(microphone, speaker+" "+k.sees(controller.AskVoice).Prompt)
	synctest.Wait()
}

// speakers gives the cabinet Ada, who stored voice and passcode, and a parcel for her in slot 1.
func (k *cabinet) speakers(policy, voice string) {
	k.t.Helper()
	k.stop()
	set := k.extend
	k.extend = func(p *controller.Parts) {
		set(p)
		p.Settings.Policy, _ = controller.ParsePolicy(policy)
	}
	k.start()
	k.check(k.desired(recipient("r-ada", "Ada", "4711"), courier("1001"), parcel("p1", "r-ada", controller.Small),
		k.first("v1", "r-ada", matcher.Passcode, "271828"), k.first("v3", "r-ada", matcher.Fingerprint, "ada's finger"),
		voiceprint("v2", "r-ada", voice)))
	k.dropsOff("p1")
}

// A prompt lives a quarter of a minute; then other digits are asked for, until the screen goes home.
func TestPromptExpires(t *testing.T) {
	speaks(t, func(k *cabinet, microphone *sensor) {
		k.speakers("voice+passcode | code", "ada")
		k.does(controller.ActPickUp, "")
		k.does(controller.ActWay, "voice")
		k.does(controller.ActDigits, "4711")
		first := k.sees(controller.AskVoice)
		if life := time.Until(first.Until); life != 15*time.Second || len(first.Prompt) != 8 {
			t.Errorf("asked for %q for %v", first.Prompt, life)
		}
		time.Sleep(14 * time.Second)
		synctest.Wait()
		if v := k.screen.now(); v.Prompt != first.Prompt {
			t.Error("other digits are asked for too early")
		}
		time.Sleep(1100 * time.Millisecond)
		second := k.sees(controller.AskVoice)
		if second.Prompt == first.Prompt {
			t.Error("the digits are the same after 15 s")
		}
		say(microphone, "ada "+first.Prompt)
		k.sees(controller.RefusedView)
		k.does(controller.ActOK, "")
		k.does(controller.ActWay, "voice")
		k.does(controller.ActDigits, "4711")
		k.sees(controller.AskVoice)
		time.Sleep(30500 * time.Millisecond)
		k.sees(controller.Home)
		k.wantPulses("1:1")
	})
}

// A recording that is played again is refused after a restart as it was before.
func TestReplayAfterRestart(t *testing.T) {
	speaks(t, func(k *cabinet, microphone *sensor) {
		k.speakers("voice+passcode | code", "ada")
		k.saysAfterTail(microphone, "ada", "4711")
		k.sees(controller.AskPasscode)
		k.does(controller.ActBack, "")
		remembered, err := k.store.Remembered()
		k.check(err)
		if len(remembered.Attempts) != 1 || remembered.Attempts[0].Who != "r-ada" {
			t.Fatalf("remembered is %+v, want Ada's attempt", remembered.Attempts)
		}
		k.restart()
		k.sees(controller.Home)
		k.does(controller.ActPickUp, "")
		k.does(controller.ActWay, "voice")
		k.does(controller.ActDigits, "4711")
		k.sees(controller.AskVoice)
		microphone.put <- matcher.Sample{Kind: matcher.Voice, Bytes: remembered.Attempts[0].Data}
		k.sees(controller.RefusedView)
		k.wantPulses("1:1")
	})
}

// A voiceprint of another model is never compared with. Whoever is known is told to enrol again; others learn
// nothing about whose it is. The journal has it once.
func TestOutdatedVoice(t *testing.T) {
	speaks(t, func(k *cabinet, microphone *sensor) {
		k.speakers("voice+passcode | code", "old ada")
		k.wantNoted("outdated 0")
		for _, tail := range []string{"4711", "9999"} {
			k.saysAfterTail(microphone, "ada", tail)
			if v := k.sees(controller.RefusedView); v.Advice != matcher.EnrolAgain || v.Note != controller.NotRecognised {
				t.Errorf("%s: note %q, advice %q", tail, v.Note, v.Advice)
			}
		}
		k.does(controller.ActOK, "")
		k.does(controller.ActWay, "passcode")
		k.does(controller.ActDigits, "4711")
		k.does(controller.ActDigits, "271828")
		if v := k.sees(controller.AskWay); slices.Contains(v.Offers, matcher.Voice) {
			t.Errorf("note %q, offers %v", v.Note, v.Offers)
		}
		if n := k.count("code-issued"); n != 1 {
			t.Errorf("%d codes were issued for Ada, whose passcode is not enough without her voice", n)
		}
		if n := k.count("outdated"); n != 1 || k.c.Outdated(matcher.Voice) != 1 {
			t.Errorf("the journal has it %d times; %d are outdated", n, k.c.Outdated(matcher.Voice))
		}
		k.wantPulses("1:1")
	})
}
