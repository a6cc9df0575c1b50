package link

import (
	"slices"
	"testing"

	"lockerd/controller"
	"lockerd/sync/wire"
)

// TestWordsOfEvents: what the information system acts on is called as the journal calls it.
func TestWordsOfEvents(t *testing.T) {
	for word, want := range map[string]controller.What{
		wire.EventDeposited: controller.Deposited, wire.EventCollected: controller.CollectedIt, wire.EventNothingInside: controller.NothingInside,
		wire.EventRecalled: controller.Recalled, wire.EventTakenBack: controller.TakenBack, wire.EventConsentNoted: controller.ConsentNoted,
		wire.EventMatched: controller.Matched, wire.EventCodeIssued: controller.CodeIssued, wire.EventEnrolled: controller.Enrolled,
		wire.EventSecretChanged: controller.SecretChanged, wire.EventErased: controller.Erased, wire.EventWithdrawn: controller.Withdrawn,
		wire.EventSlotService: controller.SlotService, wire.EventCommandDone: controller.CommandDone, wire.EventCommandRefused: controller.CommandNot,
	} {
		if word != string(want) {
			t.Errorf("%q is %q in the journal", word, want)
		}
	}
	var doors []string
	for _, what := range []controller.What{
		controller.Opening, controller.Opened, controller.PulseUnseen, controller.Jammed, controller.Indeterminate, controller.DoorShut,
		controller.LeftOpen, controller.Forced,
	} {
		doors = append(doors, string(what))
	}
	if !slices.Equal(doors, wire.DoorEvents) {
		t.Errorf("doors are told of by %q and not by %q", doors, wire.DoorEvents)
	}
}
