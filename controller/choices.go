package controller

import (
	"slices"
	"strconv"
	"strings"

	"lockerd/matcher"
)

// Choices lists what a person can choose at a view, in the order of the screen's buttons: n on the keypad is
// the nth of them, so that everything can be done without touching the glass. Where digits or a pattern are
// asked for, one digit alone is still a choice, since none of them is that short.
func (v View) Choices() []Answer {
	switch v.Screen {
	case Home:
		return append(acts(ActPickUp, ActDropOff, ActEnrol), v.reopenings()...)
	case AskAny:
		return ways(v.Others())
	case AskWay:
		return ways(v.Offers)
	case AskFinger, AskVoice, AskPattern, AskPasscode, AskCode:
		return acts(ActWay)
	case AskTail:
		if v.Kind != "" { // without a kind there is nothing else to choose
			return acts(ActWay)
		}
	case YourParcels, DropChoose:
		return v.parcelChoices()
	case SlotOpen:
		return v.openDoorChoices()
	case RefusedView:
		return acts(ActOK, ActWay)
	case DropSlot:
		return v.placeChoices()
	case DropLook:
		if len(v.Parcels) == 0 {
			return acts(ActNothing, ActBroken, ActReopen)
		}
		return acts(ActInside, ActNothing, ActBroken, ActReopen)
	case DropOpen:
		return v.depositChoices()
	case Message:
		return append(acts(ActOK), v.reopenings()...)
	case DropDone, EnrolDone:
		return acts(ActOK)
	case EnrolConsent:
		return acts(ActConsent, ActSkip)
	case EnrolFinger, EnrolVoice, EnrolPattern, EnrolPasscode:
		return acts(ActSkip)
	case EnrolKept:
		return v.keptChoices()
	case EnrolErase:
		return acts(ActOK, ActBack)
	}
	return nil
}

func acts(acts ...Act) []Answer {
	answers := make([]Answer, len(acts))
	for i, act := range acts {
		answers[i].Act = act
	}
	return answers
}

// ways are the choices among kinds.
func ways(kinds []matcher.Kind) []Answer {
	answers := make([]Answer, len(kinds))
	for i, kind := range kinds {
		answers[i] = Answer{Act: ActWay, Text: string(kind)}
	}
	return answers
}

// Others lists the kinds on offer beside finger and code, which need no digits first.
func (v View) Others() []matcher.Kind {
	return slices.DeleteFunc(slices.Clone(v.Offers), func(k matcher.Kind) bool { return slices.Contains(direct, k) })
}

// reopenings are the doors that can be opened again.
func (v View) reopenings() []Answer {
	var answers []Answer
	for _, door := range v.Again {
		answers = append(answers, Answer{Act: ActReopen, Text: strconv.Itoa(int(door.Slot))})
	}
	return answers
}

// openDoorChoices leave out what cannot be: a door that is seen open is not opened again, a parcel that was
// collected is not missed any more.
func (v View) openDoorChoices() []Answer {
	choices := acts(ActTaken)
	if v.Blind || v.Staff {
		choices = append(choices, acts(ActReopen)...)
	}
	if !v.Emptied {
		choices = append(choices, acts(ActNothing)...)
	}
	choices = append(choices, acts(ActStuck)...)
	if !v.Emptied && !v.Staff {
		choices = append(choices, acts(ActReturn)...)
	}
	return choices
}

// depositChoices are what can be done at a door that is open for a parcel.
func (v View) depositChoices() []Answer {
	var choices []Answer
	if v.Blind { // somebody must say that it is done
		choices = acts(ActOK)
	}
	choices = append(choices, acts(ActReopen)...)
	if v.HasLarger() {
		choices = append(choices, acts(ActLarger)...)
	}
	return append(choices, acts(ActBroken)...)
}

// HasLarger tells whether a slot is free that is larger than View.Size.
func (v View) HasLarger() bool {
	for size := v.Size + 1; size <= Large; size++ {
		if v.Free[size] > 0 {
			return true
		}
	}
	return false
}

// keptChoices are what can be done with what is stored: add to it, mark kinds, erase them.
func (v View) keptChoices() []Answer {
	choices := acts(ActEnrol)
	for _, kind := range v.Offers {
		choices = append(choices, Answer{Act: ActWithdraw, Text: string(kind)})
	}
	return append(choices, acts(ActErase)...)
}

// parcelChoices are the parcels. Before them come all of them, where there are several to open, and the slots to
// look into; after them the way for a parcel that is not in the list.
func (v View) parcelChoices() []Answer {
	answers := []Answer{}
	if v.ManyToOpen() > 1 {
		answers = append(answers, Answer{Act: ActAll})
	}
	for _, slot := range v.Looks {
		answers = append(answers, Answer{Act: ActLook, Text: strconv.Itoa(int(slot))})
	}
	for _, p := range v.Parcels {
		answers = append(answers, Answer{Act: ActChoose, Text: string(p.ID)})
	}
	if v.WalkUp {
		answers = append(answers, Answer{Act: ActPhone})
	}
	return answers
}

// placeChoices are to open the slot that is proposed, and the sizes. Another free slot is typed as its door says it.
func (v View) placeChoices() []Answer {
	answers := []Answer{}
	if v.Slot != 0 {
		answers = append(answers, Answer{Act: ActOK})
	}
	for size := Small; size <= Large; size++ {
		answers = append(answers, Answer{Act: ActSize, Text: strconv.Itoa(int(size))})
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

// meant translates digits of the keypad into the choice or pattern that they stand for at this view; every
// other answer stays as it is. 0 alone leaves a screen; at the home screen it changes the language, as 00 does
// everywhere but where a staff number is typed, and 000 changes to large text and back. Before the help nothing can be
// seen to be chosen: digits close it.
func (v View) meant(a Answer) Answer {
	if a.Act != ActDigits {
		return a
	}
	switch {
	case a.Text == "00" && v.Screen != StaffNumber:
		return Answer{View: a.View, Act: ActLanguage}
	case a.Text == "000" && v.Screen != StaffNumber:
		return Answer{View: a.View, Act: ActText}
	case v.Help:
		return Answer{View: a.View, Act: ActHelp}
	}
	choices, digitsAsked := v.Choices(), v.asksForDigits()
	if n, err := strconv.Atoi(a.Text); v.Screen == DropSlot && err == nil && len(a.Text) > 1 {
		return Answer{View: a.View, Act: ActSlot, Text: strconv.Itoa(n)} // a door's number, as it stands there: 04
	}
	if n, err := strconv.Atoi(a.Text); err == nil && (len(a.Text) == 1 || len(a.Text) <= 3 && !digitsAsked) {
		switch {
		case n == 0 && v.Screen != Home:
			return Answer{View: a.View, Act: ActBack}
		case n == 0:
			return Answer{View: a.View, Act: ActLanguage}
		case 1 <= n && n <= len(choices):
			chosen := choices[n-1]
			chosen.View = a.View
			return chosen
		}
	}
	if v.Screen == AskPattern || v.Screen == EnrolPattern {
		return Answer{View: a.View, Act: ActPattern, Text: typedPattern(a.Text)}
	}
	return a
}

// asksForDigits tells whether digits or a pattern are typed at this view.
func (v View) asksForDigits() bool {
	switch v.Screen {
	case AskAny, AskTail, AskPattern, AskPasscode, AskCode, StaffNumber, StaffSecret, StaffNew, DropPhone, EnrolInvite, EnrolPattern, EnrolPasscode:
		return true
	}
	return false
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
