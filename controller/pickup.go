package controller

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"lockerd/matcher"
)

// The lengths of what is typed.
const (
	tailDigits = 4
	codeDigits = 8
)

// wrongLengths are the sentences for somebody who typed too few or too many digits. That is a slip and counts as no try.
var wrongLengths = map[Screen]Note{AskAny: CodeLength, AskCode: CodeLength, AskTail: TailLength, AskPasscode: PasscodeLength}

// askScreens says which screen asks for a kind alone.
var askScreens = map[matcher.Kind]Screen{
	matcher.Fingerprint: AskFinger, matcher.Code: AskCode, matcher.Pattern: AskPattern,
	matcher.Passcode: AskPasscode, matcher.Voice: AskVoice,
}

// secondIdentification asks until there is something to compare. in may hold it already.
func (s *session) secondIdentification(ctx context.Context, cl *claim, in input) (matcher.Sample, error) {
	var left time.Duration // of the patience, over one prompt after another
	for {
		if in.err != nil {
			return matcher.Sample{}, in.err
		}
		if kind := in.sample.Kind; kind != "" {
			if !s.needsTail(cl, kind) {
				if kind != cl.way {
					cl.way = "" // a finger came instead
				}
				return in.sample, nil
			}
			in.sample.Zero() // too many unknown ones were tried: the phone's digits first
			cl.way, in = kind, input{}
		}
		tail := cl.tail
		if sample, ok := s.read(cl, in.answer); ok {
			return sample, nil
		}
		v := s.question(cl)
		if in.answer.Act == ActDigits && cl.tail == tail {
			v.Note = cmp.Or(wrongLengths[v.Screen], v.Note)
		}
		sensors := []matcher.Kind{cl.way}
		if v.Screen == AskAny {
			sensors = direct
		}
		sources := s.c.sensing(ToCompare, sensors...)
		if v.Prompt != "" {
			v.Until, v.Left = time.Now().Add(promptLife), left
			sources = append(sources, expiring(promptLife))
		}
		var err error
		if in, err = s.ask(ctx, v, sources...); err != nil {
			return matcher.Sample{}, err
		}
		if left = 0; in.expired { // other digits, as long as somebody may be there
			if left = in.left; left < time.Second {
				return matcher.Sample{}, errIdle
			}
		}
		in.sample.Prompt = v.Prompt
	}
}

// read takes an answer: it is a sample, or it changes what is asked next.
func (s *session) read(cl *claim, a Answer) (matcher.Sample, bool) {
	switch a.Act {
	case ActWay:
		cl.way = matcher.Kind(a.Text)
		if !slices.Contains(s.c.wanted(cl), cl.way) {
			cl.way = ""
		}
	case ActPattern:
		return matcher.Sample{Kind: matcher.Pattern, Bytes: dots(a.Text)}, cl.way == matcher.Pattern
	case ActDigits:
		return s.readDigits(cl, a.Text)
	}
	return matcher.Sample{}, false
}

// readDigits tells apart a code, the phone's last digits and a passcode by what was asked; at the home
// screen, where nothing was asked, by their number.
func (s *session) readDigits(cl *claim, digits string) (matcher.Sample, bool) {
	kind := cl.way
	if kind == "" && len(digits) == codeDigits {
		kind = matcher.Code
	}
	switch {
	case s.needsTail(cl, kind):
		if len(digits) == tailDigits {
			cl.tail = digits
		}
		return matcher.Sample{}, false
	case kind == matcher.Code:
		return matcher.Sample{Kind: kind, Bytes: []byte(digits)}, len(digits) == codeDigits
	case kind == matcher.Passcode:
		sample := matcher.Sample{Kind: kind, Bytes: []byte(digits)}
		return sample, s.c.usable(sample) == nil
	}
	return matcher.Sample{}, false
}

// needsTail tells whether the phone's last four digits must be known before this kind is compared. No kind
// ("") means that the person has not chosen one: typing four digits begins with them.
func (s *session) needsTail(cl *claim, kind matcher.Kind) bool {
	switch {
	case cl.tail != "" || cl.recipient != "":
		return false
	case kind == matcher.Code:
		return s.c.tailFirst(codeTries)
	case kind == matcher.Fingerprint:
		return s.c.tailFirst(fingerTries)
	}
	return true
}

// question is the view that asks for what is missing.
func (s *session) question(cl *claim) View {
	wanted := s.c.wanted(cl)
	v := View{Offers: wanted, Tries: -1}
	if cl.recipient != "" {
		v.Note = NeedAnother
		if len(wanted) == 1 {
			cl.way = wanted[0]
		}
	}
	if cl.recipient != "" && s.c.isOutdated(cl.recipient, matcher.Voice) {
		v.Note = VoiceIsOld
	}
	if len(wanted) == 0 {
		v.Note = AskHuman
	}
	switch {
	case cl.way != "" && s.needsTail(cl, cl.way):
		v.Screen, v.Kind = AskTail, cl.way
	case cl.way == matcher.Voice && s.c.voiceOff(cl):
		cl.way, v.Screen, v.Note = "", AskWay, VoiceIsOff
	case cl.way == matcher.Voice:
		v.Screen, v.Prompt = AskVoice, eightDigits()
	case cl.way != "":
		v.Screen = askScreens[cl.way]
	case cl.tail != "" || cl.recipient != "":
		v.Screen = AskWay
	case s.c.tailFirst(codeTries) || s.c.tailFirst(fingerTries):
		v.Screen = AskTail
	default:
		v.Screen = AskAny
	}
	return v
}

// dots reads "01258" as the dots of a pattern; anything else gives dots that no pattern has.
func dots(text string) []byte {
	all := []byte(text)
	for i := range all {
		all[i] -= '0'
	}
	return all
}

// refuse shows why nothing opened and what to do next, and returns what the person does then: a tap, or
// another try with the finger at once. It returns an error when the person left or the fault is the
// cabinet's.
func (s *session) refuse(ctx context.Context, cl *claim, reason error) (input, error) {
	var quality *matcher.QualityError
	left, wait := s.c.triesLeft(s.c.keysOf(cl)...)
	v := View{Screen: RefusedView, Tries: left, Wait: wait, Offers: s.c.wanted(cl), Note: NotRecognised}
	switch {
	case errors.As(reason, &quality):
		v.Advice, v.Note, v.Tries = quality.Advice, "", -1
	case errors.Is(reason, ErrWait):
		v.Note, v.Wait = WaitBeforeTry, waitOf(reason)
	case !errors.Is(reason, ErrNoMatch):
		return input{}, reason
	case cl.way == matcher.Voice && s.c.voiceOff(cl):
		v.Note = VoiceIsOff
	case cl.way == matcher.Voice && s.c.Outdated(matcher.Voice) > 0:
		v.Advice = matcher.EnrolAgain // whoever it is: nobody learns who stored a voice
	}
	var sensors []source
	if v.Wait > 0 {
		v.Patience = max(s.c.times.Patience, v.Wait+5*time.Second)
	} else if slices.Contains(v.Offers, matcher.Fingerprint) && !s.needsTail(cl, matcher.Fingerprint) {
		sensors = s.c.sensing(ToCompare, matcher.Fingerprint)
	}
	if cl.recipient == "" && quality == nil { // the phone's digits may have been the wrong ones
		*cl = claim{way: cl.way}
	}
	return s.ask(ctx, v, sensors...)
}

// keysOf names the tries that the claim's next comparison would count for, for the screen.
func (c *Controller) keysOf(cl *claim) []string {
	if cl.tail != "" {
		return []string{c.tailKey(cl.tail)}
	}
	if cl.recipient != "" {
		return []string{recipientKey(cl.recipient)}
	}
	return []string{fingerTries, codeTries}
}
