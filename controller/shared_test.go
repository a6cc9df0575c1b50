package controller_test

import (
	"strings"
	"testing"

	"lockerd/controller"
	"lockerd/matcher"
)

// tries counts the failed tries that the store remembers under the keys that begin so.
func (k *cabinet) tries(key string) int {
	k.t.Helper()
	remembered, err := k.store.Remembered()
	k.check(err)
	n := 0
	for _, t := range remembered.Tries {
		if strings.HasPrefix(t.Key, key) {
			n += t.Count
		}
	}
	return n
}

// typesPasscode chooses the passcode and types the phone's last digits and a passcode.
func (k *cabinet) typesPasscode(tail, passcode string) {
	k.t.Helper()
	k.sees(controller.Home)
	k.does(controller.ActPickUp, "")
	k.does(controller.ActWay, string(matcher.Passcode))
	k.does(controller.ActDigits, tail)
	k.sees(controller.AskPasscode)
	k.does(controller.ActDigits, passcode)
}

// Ada and Bo have the same last digits. Whatever Bo guesses of Ada's stays counted when he shows what is his, until
// she has come; once she has, the digits are his alone and are forgiven with him.
func TestSharedDigits(t *testing.T) {
	story(t, func(k *cabinet) {
		k.check(k.desired(
			recipient("r-ada", "Ada", "4711"), recipient("r-bo", "Bo", "4711"),
			k.first("v1", "r-ada", matcher.Passcode, "271828"), k.first("v2", "r-bo", matcher.Passcode, "314159"),
			courier("1001"), parcel("p1", "r-ada", controller.Small), parcel("p2", "r-bo", controller.Small),
			parcel("p3", "r-bo", controller.Small)))
		want := func(when string, ada, bo, tail int) {
			t.Helper()
			if a, b, shared := k.tries("recipient/r-ada"), k.tries("recipient/r-bo"), k.tries("tail/"); a != ada || b != bo || shared != tail {
				t.Errorf("%s: %d tries count for Ada, %d for Bo, %d for the digits, want %d, %d, %d", when, a, b, shared, ada, bo, tail)
			}
		}
		collects := func(passcode string) {
			t.Helper()
			k.typesPasscode("4711", passcode)
			k.shuts(k.sees(controller.SlotOpen).Slot)
			k.sees(controller.Message)
			k.does(controller.ActOK, "")
		}
		k.dropsOff("p1")
		k.dropsOff("p2")
		for range 4 {
			k.typesPasscode("4711", "999111")
			k.sees(controller.RefusedView)
			k.does(controller.ActBack, "")
		}
		want("after four guesses", 4, 4, 4)
		collects("314159")
		want("Bo has come", 4, 0, 4)
		k.dropsOff("p3")
		collects("271828")
		want("Ada has come", 0, 0, 4)
		collects("314159")
		want("Bo has come, alone with the digits", 0, 0, 0)
	})
}

// A recipient who is gone takes the failed tries along, from the store and from memory, whether told one by one or by
// a snapshot; Bo's stay.
func TestTriesGoWithTheRecipient(t *testing.T) {
	for _, snapshot := range []bool{false, true} {
		story(t, func(k *cabinet) {
			bo := recipient("r-bo", "Bo", "4711")
			k.check(k.desired(recipient("r-ada", "Ada", "4711"), bo, k.first("v1", "r-ada", matcher.Passcode, "271828"), courier("1001"),
				parcel("p1", "r-ada", controller.Small), parcel("p2", "r-bo", controller.Small)))
			k.dropsOff("p1")
			k.dropsOff("p2")
			fails := func(times int) {
				for range times {
					k.typesPasscode("4711", "999111")
					k.sees(controller.RefusedView)
					k.does(controller.ActBack, "")
				}
			}
			fails(3)
			change := controller.DesiredChange{From: k.version, To: k.version + 1, Records: []controller.DesiredRecord{{Key: "recipient/r-ada", Gone: true}}}
			if snapshot {
				change.Snapshot, change.Records = true, []controller.DesiredRecord{bo, parcel("p1", "r-ada", controller.Small), parcel("p2", "r-bo", controller.Small)}
			}
			k.version++
			k.check(k.c.Assign(change))
			if ada, bo := k.tries("recipient/r-ada"), k.tries("recipient/r-bo"); ada != 0 || bo != 3 {
				t.Errorf("snapshot %v: %d tries count for Ada, who is gone, and %d for Bo", snapshot, ada, bo)
			}
			k.check(k.desired(recipient("r-ada", "Ada", "4711")))
			fails(1)
			if ada, bo := k.tries("recipient/r-ada"), k.tries("recipient/r-bo"); ada != 1 || bo != 4 {
				t.Errorf("snapshot %v: %d tries count for Ada, who came back, and %d for Bo", snapshot, ada, bo)
			}
		})
	}
}
