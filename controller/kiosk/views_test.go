package kiosk

import (
	"fmt"
	"time"

	"lockerd/controller"
	"lockerd/matcher"
)

// sample is one view of a screen as a person may meet it.
type sample struct {
	name string
	view controller.View
}

// samples holds one view or more of every screen.
func samples() []sample {
	all := []matcher.Kind{matcher.Fingerprint, matcher.Code, matcher.Pattern, matcher.Passcode, matcher.Voice}
	lines := []controller.ParcelLine{{ID: "P-1004", Slot: 4, Size: controller.Small},
		{ID: "P-1011", Slot: 11, Size: controller.Large, Low: true}, {ID: "P-1012", Slot: 12, Size: controller.Medium, Low: true}}
	const patience = 30 * time.Second
	views := []sample{
		{"home", controller.View{Screen: controller.Home}},
		{"home-offline", controller.View{Screen: controller.Home, Offline: true, Note: controller.SensorMissing}},
		{"home-full", controller.View{Screen: controller.Home, Free: map[controller.Size]int{controller.Small: 0}, Note: controller.TechnicianHere, Doors: doors(10)}},
		{"home-no-free-door", controller.View{Screen: controller.Home, Free: map[controller.Size]int{controller.Small: 0}, Note: controller.CabinetFull}},
		{"home-power-returned", controller.View{Screen: controller.Home, Note: controller.PowerReturned, Doors: doors(11), Offline: true}},
		{"home-again", controller.View{Screen: controller.Home, Again: again(11)}},
		{"home-again-many", controller.View{Screen: controller.Home, Again: again(4, 11, 12)}},
		{"home-out", controller.View{Screen: controller.Home, Note: controller.OutOfService}},
		{"ask-any", controller.View{Screen: controller.AskAny, Offers: all, Patience: patience}},
		{"ask-any-touched", controller.View{Screen: controller.AskAny, Offers: all[:2], Patience: patience, Touched: true, Fraction: .6,
			Digits: 3, Advice: matcher.PressHarder}},
		{"ask-tail", controller.View{Screen: controller.AskTail, Patience: patience}},
		{"ask-tail-pattern", controller.View{Screen: controller.AskTail, Kind: matcher.Pattern, Patience: patience, Note: controller.TailLength}},
		{"ask-way-none", controller.View{Screen: controller.AskWay, Note: controller.AskHuman, Patience: patience}},
		{"ask-way", controller.View{Screen: controller.AskWay, Offers: all[2:], Patience: patience}},
		{"ask-finger", controller.View{Screen: controller.AskFinger, Patience: patience, Note: controller.NeedAnother}},
		{"ask-pattern", controller.View{Screen: controller.AskPattern, Patience: patience}},
		{"ask-pattern-typed", controller.View{Screen: controller.AskPattern, Patience: patience, Digits: 5}},
		{"ask-passcode", controller.View{Screen: controller.AskPasscode, Patience: patience, Digits: 2}},
		{"ask-code", controller.View{Screen: controller.AskCode, Patience: patience, Note: controller.SensorMissing}},
		{"ask-voice", controller.View{Screen: controller.AskVoice, Patience: patience, Prompt: "48190736", Until: time.Now().Add(14500 * time.Millisecond), Level: .4, Touched: true}},
		{"comparing", controller.View{Screen: controller.Comparing}},
		{"parcels", controller.View{Screen: controller.YourParcels, Patience: patience, Masked: "艾*", Parcels: lines, Doors: doors(0)}},
		{"parcels-one", controller.View{Screen: controller.YourParcels, Patience: patience, Masked: "A*", Parcels: lines[:1]}},
		{"parcels-many", controller.View{Screen: controller.YourParcels, Patience: patience, Masked: "A*", Parcels: many(9), Doors: bank(84, 3)}},
		{"slot-open-bank", controller.View{Screen: controller.SlotOpen, Patience: 60 * time.Second, Slot: 84, Doors: bank(84, 84), Note: controller.DoorStillOpen}},
		{"slot-open-fifty", controller.View{Screen: controller.SlotOpen, Patience: 60 * time.Second, Slot: 48, Doors: bank(48, 48)}},
		{"drop-open-bank", controller.View{Screen: controller.DropOpen, Patience: 60 * time.Second, Slot: 24, Doors: bank(24, 24)}},
		{"slot-open", controller.View{Screen: controller.SlotOpen, Patience: 60 * time.Second, Slot: 11, Doors: doors(11),
			Step: 2, Steps: 3}},
		{"slot-open-return", controller.View{Screen: controller.SlotOpen, Patience: 60 * time.Second, Slot: 3, Doors: doors(3), Note: controller.PutBack}},
		{"slot-open-staff", controller.View{Screen: controller.SlotOpen, Patience: 60 * time.Second, Slot: 3, Doors: doors(3), Staff: true}},
		{"slot-open-blind", controller.View{Screen: controller.SlotOpen, Patience: 60 * time.Second, Slot: 3, Doors: doors(3), Blind: true, Note: controller.PullNow}},
		{"slot-open-again", controller.View{Screen: controller.SlotOpen, Patience: 60 * time.Second, Slot: 3, Doors: doors(3), Emptied: true}},
		{"refused", controller.View{Screen: controller.RefusedView, Patience: patience, Note: controller.NotRecognised,
			Advice: matcher.PressCentre, Tries: 2}},
		{"refused-wait", controller.View{Screen: controller.RefusedView, Patience: patience, Note: controller.WaitBeforeTry, Wait: 28 * time.Second}},
		{"staff-number", controller.View{Screen: controller.StaffNumber, Patience: patience, Note: controller.WrongSignIn}},
		{"staff-secret", controller.View{Screen: controller.StaffSecret, Patience: patience}},
		{"staff-number-badge", controller.View{Screen: controller.StaffNumber, Patience: patience, Note: controller.BadgeUnknown}},
		{"staff-new", controller.View{Screen: controller.StaffNew, Patience: patience, Step: 1, Steps: 2, Advice: matcher.LessCommon}},
		{"staff-new-as-before", controller.View{Screen: controller.StaffNew, Patience: patience, Step: 1, Steps: 2, Note: controller.SecretAsBefore}},
		{"staff-new-again", controller.View{Screen: controller.StaffNew, Patience: patience, Step: 2, Steps: 2}},
		{"drop-choose", controller.View{Screen: controller.DropChoose, Patience: 2 * patience, Parcels: append(lines,
			controller.ParcelLine{ID: "P-0991", Slot: 7, Size: controller.Medium, Back: true})}},
		{"drop-choose-none", controller.View{Screen: controller.DropChoose, Patience: 2 * patience}},
		{"drop-choose-many", controller.View{Screen: controller.DropChoose, Patience: 2 * patience, Parcels: many(60)}},
		{"drop-choose-work", controller.View{Screen: controller.DropChoose, Patience: 2 * patience, Note: controller.ParcelUnknown,
			Parcels: append(many(9), controller.ParcelLine{ID: "P-2001", Tail: "0815", Refused: true}), Looks: []controller.Slot{3, 11}, WalkUp: true, Dropped: 12, TookBack: 2}},
		{"drop-choose-phone", controller.View{Screen: controller.DropChoose, Patience: 2 * patience, Note: controller.NothingExpected, WalkUp: true}},
		{"drop-phone", controller.View{Screen: controller.DropPhone, Patience: patience, Note: controller.PhoneWrong, Parcels: lines[:1]}},
		{"drop-slot", controller.View{Screen: controller.DropSlot, Patience: patience, Parcels: lines[:1], Masked: "艾*", Tail: "4711", Size: controller.Small,
			Slot: 4, AskConsent: true, Doors: picking(doors(4)), Free: map[controller.Size]int{controller.Small: 5, controller.Large: 1}}},
		{"drop-slot-agreed", controller.View{Screen: controller.DropSlot, Patience: patience, Parcels: many(1), Masked: "B*", Tail: "0815", Size: controller.Medium,
			Slot: 84, Consent: controller.ConsentGiven, Doors: picking(bank(84, 84)), Free: map[controller.Size]int{controller.Small: 50}}},
		{"drop-slot-size", controller.View{Screen: controller.DropSlot, Patience: patience, Parcels: many(1), Masked: "*", Note: controller.NoFreeSlot,
			Doors: picking(doors(0)), Free: map[controller.Size]int{controller.Small: 5}}},
		{"drop-look", controller.View{Screen: controller.DropLook, Patience: patience, Slot: 5, Parcels: lines[:1], Doors: doors(5), Staff: true, Note: controller.SayWhatIsInside}},
		{"drop-look-unknown", controller.View{Screen: controller.DropLook, Patience: patience, Slot: 24, Doors: bank(24, 24), Staff: true}},
		{"drop-open", controller.View{Screen: controller.DropOpen, Slot: 5, Doors: doors(5), Note: controller.DoorStillOpen}},
		{"drop-open-blind", controller.View{Screen: controller.DropOpen, Slot: 5, Patience: 60 * time.Second, Doors: doors(5), Blind: true}},
		{"drop-open-larger", controller.View{Screen: controller.DropOpen, Slot: 5, Patience: 60 * time.Second, Doors: opened(doors(5), 1),
			Size: controller.Small, Free: map[controller.Size]int{controller.Large: 1}}},
		{"drop-done-open", controller.View{Screen: controller.DropDone, Slot: 5, Patience: patience, Doors: opened(doors(0), 1)}},
		{"drop-choose-open", controller.View{Screen: controller.DropChoose, Patience: 2 * patience, Parcels: many(60), Looks: []controller.Slot{3},
			Doors: opened(doors(0), 1, 3), WalkUp: true, Dropped: 1}},
		{"announcing", controller.View{Screen: controller.Comparing, Patience: patience}},
		{"drop-done", controller.View{Screen: controller.DropDone, Slot: 5, Patience: patience, Staff: true}},
		{"enrol-invite", controller.View{Screen: controller.EnrolInvite, Patience: patience, Note: controller.InviteWrong}},
		{"enrol-invite-wait", controller.View{Screen: controller.EnrolInvite, Patience: patience, Note: controller.WaitBeforeTry, Wait: 28 * time.Second}},
		{"enrol-consent", controller.View{Screen: controller.EnrolConsent, Patience: 4 * patience, Masked: "A*", Kind: matcher.Fingerprint, Step: 1, Steps: 4}},
		{"enrol-consent-voice", controller.View{Screen: controller.EnrolConsent, Patience: 4 * patience, Kind: matcher.Voice, Step: 4, Steps: 4}},
		{"enrol-kept", controller.View{Screen: controller.EnrolKept, Patience: 4 * patience, Offers: []matcher.Kind{
			matcher.Fingerprint, matcher.Pattern, matcher.Passcode, matcher.Voice}}},
		{"enrol-kept-marked", controller.View{Screen: controller.EnrolKept, Patience: 4 * patience, Marked: []matcher.Kind{matcher.Pattern},
			Offers: []matcher.Kind{matcher.Fingerprint, matcher.Pattern, matcher.Passcode}}},
		{"enrol-erase", controller.View{Screen: controller.EnrolErase, Patience: patience, Offers: []matcher.Kind{
			matcher.Fingerprint, matcher.Pattern, matcher.Passcode, matcher.Voice}}},
		{"enrol-finger", controller.View{Screen: controller.EnrolFinger, Patience: patience, Label: "right index", Step: 2, Steps: 4,
			Fraction: .3, Touched: true, Advice: matcher.PressCentre}},
		{"enrol-pattern", controller.View{Screen: controller.EnrolPattern, Patience: patience, Step: 1, Steps: 2, Advice: matcher.LessCommon}},
		{"enrol-passcode", controller.View{Screen: controller.EnrolPasscode, Patience: patience, Step: 2, Steps: 2, Advice: matcher.MoreDigits}},
		{"enrol-voice", controller.View{Screen: controller.EnrolVoice, Patience: patience, Prompt: "27503914", Step: 1, Steps: 3, Advice: matcher.TooNoisy}},
		{"enrol-done", controller.View{Screen: controller.EnrolDone, Patience: patience, Offers: all[:4]}},
		{"enrol-done-not-all", controller.View{Screen: controller.EnrolDone, Patience: patience, Offers: all[1:2], Note: controller.NotAllKept}},
		{"message", controller.View{Screen: controller.Message, Patience: patience, Note: controller.DoorJammed, Slot: 11}},
		{"message-secret-missing", controller.View{Screen: controller.Message, Patience: 4 * patience, Note: controller.SecretMissing}},
		{"message-courier", controller.View{Screen: controller.Message, Patience: patience, Note: controller.NoFreeSlot, Staff: true}},
		{"message-take-it-out", controller.View{Screen: controller.Message, Patience: patience, Note: controller.TakeItOut, Slot: 5, Staff: true}},
		{"message-empty", controller.View{Screen: controller.Message, Patience: patience, Note: controller.EmptyReported, Slot: 11}},
		{"ask-any-slip", controller.View{Screen: controller.AskAny, Offers: all, Patience: patience, Note: controller.CodeLength}},
		{"message-thanks", controller.View{Screen: controller.Message, Note: controller.ThankYou, Patience: 5 * time.Second, Again: again(11)}},
		{"message-thanks-open", controller.View{Screen: controller.Message, Note: controller.ThankYou, Patience: 5 * time.Second,
			Again: again(4, 11), Doors: opened(doors(0), 11)}},
		{"message-thanks-many", controller.View{Screen: controller.Message, Note: controller.ThankYou, Patience: 5 * time.Second, Again: again(4, 11, 12)}},
	}
	for i := range views {
		views[i].view.Number = uint64(i + 1)
	}
	return views
}

// again lists doors that can be opened again for a minute.
func again(slots ...controller.Slot) []controller.Again {
	var doors []controller.Again
	for _, slot := range slots {
		doors = append(doors, controller.Again{Slot: slot, Until: time.Now().Add(time.Minute)})
	}
	return doors
}

// many is a list of n parcels.
func many(n int) []controller.ParcelLine {
	lines := make([]controller.ParcelLine, n)
	for i := range lines {
		lines[i] = controller.ParcelLine{ID: controller.ParcelID(fmt.Sprintf("SF%013d", 1004+i)), Slot: controller.Slot(i + 1),
			Size: controller.Size(1 + i%3), Low: i%4 == 0, Back: i%7 == 6}
	}
	return lines
}

// doors is a cabinet of twelve with one door lit and one out of service.
func doors(lit controller.Slot) []controller.Door { return bank(12, lit) }

// bank is a cabinet of n doors with one door lit and one out of service.
func bank(n, lit controller.Slot) []controller.Door {
	var all []controller.Door
	for slot := controller.Slot(1); slot <= n; slot++ {
		all = append(all, controller.Door{Slot: slot, Size: controller.Size(1 + (slot-1)*3/n), Lit: slot == lit, Open: slot == lit, Out: slot == 9})
	}
	return all
}

// opened has the doors of those slots stand open.
func opened(all []controller.Door, slots ...controller.Slot) []controller.Door {
	for _, slot := range slots {
		all[slot-1].Open = true
	}
	return all
}

// picking is the map of free doors that a courier chooses among: all but every third.
func picking(all []controller.Door) []controller.Door {
	for i := range all {
		all[i].Open, all[i].Free = false, i%3 != 1 || all[i].Lit
	}
	return all
}
