package controller

import (
	"strconv"
	"strings"
)

// Choices lists what a person can choose at a view, in the order of the screen's buttons: n on the keypad is
// the nth of them, so that everything can be done without touching the glass. It is nil for a view that asks
// for digits.
func (v View) Choices() []Answer {
	acts := func(acts ...Act) []Answer {
		answers := make([]Answer, len(acts))
		for i, act := range acts {
			answers[i].Act = act
		}
		return answers
	}
	switch v.Screen {
	case Home:
		return acts(ActPickUp, ActDropOff, ActEnrol)
	case AskWay:
		answers := make([]Answer, len(v.Offers))
		for i, kind := range v.Offers {
			answers[i] = Answer{Act: ActWay, Text: string(kind)}
		}
		return answers
	case AskFinger, AskVoice:
		return acts(ActWay)
	case YourParcels, DropChoose:
		return v.parcelChoices()
	case SlotOpen:
		if v.Staff {
			return acts(ActTaken, ActReopen, ActNothing, ActStuck)
		}
		return acts(ActTaken, ActReopen, ActNothing, ActStuck, ActReturn)
	case RefusedView:
		return acts(ActOK, ActWay)
	case DropSize:
		return []Answer{{Act: ActSize, Text: "1"}, {Act: ActSize, Text: "2"}, {Act: ActSize, Text: "3"}}
	case DropOpen:
		return acts(ActReopen, ActLarger, ActBroken)
	case DropDone, EnrolDone, Message:
		return acts(ActOK)
	case EnrolFinger, EnrolVoice:
		return acts(ActSkip)
	case EnrolErase:
		return acts(ActOK, ActBack)
	}
	return nil
}

// parcelChoices are the parcels, and before them all of them where there are several to open.
func (v View) parcelChoices() []Answer {
	answers := []Answer{}
	if v.ManyToOpen() > 1 {
		answers = append(answers, Answer{Act: ActChoose, Text: allParcels})
	}
	for _, p := range v.Parcels {
		answers = append(answers, Answer{Act: ActChoose, Text: string(p.ID)})
	}
	return answers
}

// ManyToOpen counts the listed parcels that one tap opens, one after the other: all of a recipient's; on the
// courier's list those to take back.
func (v View) ManyToOpen() int {
	n := 0
	for _, p := range v.Parcels {
		if v.Screen == YourParcels || p.Back {
			n++
		}
	}
	return n
}

// allParcels is what ActChoose says for every parcel that can be opened.
const allParcels = "all"

// meant translates digits of the keypad into the choice, pattern or consent that they stand for at this view;
// every other answer stays as it is. 0 leaves a screen with choices.
func (v View) meant(a Answer) Answer {
	if a.Act != ActDigits {
		return a
	}
	switch v.Screen {
	case AskPattern, EnrolPattern:
		return Answer{View: a.View, Act: ActPattern, Text: typedPattern(a.Text)}
	case EnrolConsent:
		if a.Text == "0" {
			return Answer{View: a.View, Act: ActBack}
		}
		return Answer{View: a.View, Act: ActConsent, Text: v.typedConsent(a.Text)}
	}
	choices := v.Choices()
	n, err := strconv.Atoi(a.Text)
	switch {
	case err != nil || choices == nil || len(a.Text) > 3:
		return a
	case n == 0 && v.Screen != Home:
		return Answer{View: a.View, Act: ActBack}
	case n < 1 || n > len(choices):
		return a
	}
	chosen := choices[n-1]
	chosen.View = a.View
	return chosen
}

// typedConsent reads "13" as the first and the third kind on offer.
func (v View) typedConsent(digits string) string {
	var kinds []string
	for i, kind := range v.Offers {
		if strings.Contains(digits, strconv.Itoa(i+1)) {
			kinds = append(kinds, string(kind))
		}
	}
	return strings.Join(kinds, ",")
}

// typedPattern reads keys 1 to 9 as the dots of a pattern, row by row. A dot that lies between two others is
// taken along, as it is when a finger draws. Keys that no dot has make a pattern that fits nobody.
func typedPattern(keys string) string {
	var path []byte
	taken := func(dot byte) bool { return strings.IndexByte(string(path), dot) >= 0 }
	for i := range len(keys) {
		dot := keys[i] - 1
		if n := len(path); n > 0 {
			last := int(path[n-1] - '0')
			row, column := last/3+int(dot-'0')/3, last%3+int(dot-'0')%3
			if between := byte('0' + row/2*3 + column/2); row%2 == 0 && column%2 == 0 && !taken(between) {
				path = append(path, between)
			}
		}
		if !taken(dot) {
			path = append(path, dot)
		}
	}
	return string(path)
}
