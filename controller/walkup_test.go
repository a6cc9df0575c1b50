package controller_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/controller"
)

// informed is an information system that makes parcels of announcements.
type informed struct {
	k       *cabinet
	err     error
	delay   time.Duration
	offline atomic.Bool
	asked   []controller.Announcement
}

func (i *informed) announce(ctx context.Context, a controller.Announcement) (controller.ParcelID, error) {
	i.asked = append(i.asked, a)
	select {
	case <-time.After(i.delay):
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if i.err != nil {
		return "", i.err
	}
	id := "w1"
	if a.Label != "" {
		id = string(a.Label)
	}
	go func() { // desired state comes a moment behind the answer
		time.Sleep(700 * time.Millisecond)
		record := parcel(id, "r-new", 0)
		i.k.desired(controller.DesiredRecord{Key: "recipient/r-new", Recipient: &controller.Recipient{ID: "r-new", PhoneTail: "8000"}}, record)
	}()
	return controller.ParcelID(id), nil
}

// announcing tells a story of a cabinet at which parcels can be announced.
func announcing(t *testing.T, tell func(*cabinet, *informed)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		k := newCabinet(t)
		i := &informed{k: k}
		k.extend = func(p *controller.Parts) {
			p.Announce, p.Online = i.announce, func() bool { return !i.offline.Load() }
		}
		k.start()
		k.people()
		k.with(controller.Settings{WalkUp: true, Consent: controller.ConsentByCourier})
		k.signsIn()
		tell(k, i)
		k.stop()
	})
}

// TestWalkUp: the phone number, the courier's word and the size lead to a deposit with a code.
func TestWalkUp(t *testing.T) {
	announcing(t, func(k *cabinet, i *informed) {
		k.does(controller.ActScan, "SF1004")
		if v := k.sees(controller.DropChoose); v.Note != controller.ParcelUnknown || !v.WalkUp {
			t.Errorf("note %q, walk-up %v", v.Note, v.WalkUp)
		}
		k.does(controller.ActPhone, "")
		k.sees(controller.DropPhone)
		k.does(controller.ActDigits, "13800138000")
		k.sees(controller.Comparing)
		time.Sleep(time.Second)
		if v := k.sees(controller.DropSlot); v.Masked != "*" || v.Tail != "8000" || !v.AskConsent || v.Slot != 0 {
			t.Errorf("the parcel is for %s %s, consent asked %v, proposed is %d", v.Masked, v.Tail, v.AskConsent, v.Slot)
		}
		k.does(controller.ActSize, "1")
		k.does(controller.ActOK, "")
		k.sees(controller.DropOpen)
		k.shuts(1)
		k.sees(controller.DropDone)
		k.wantNoted("consent-noted 0 SF1004")
		k.wantNoted("deposited 1 SF1004")
		if k.sealer.codes["SF1004"] == "" {
			t.Error("no code was issued")
		}
		if len(i.asked) != 1 || i.asked[0].Label != "SF1004" || i.asked[0].Courier != "1001" {
			t.Errorf("asked was %+v", i.asked)
		}
	})
}

// TestLabelThatIsAnnounced: the courier sees the label that goes up with the phone number, and a badge that is known
// here is none.
func TestLabelThatIsAnnounced(t *testing.T) {
	announcing(t, func(k *cabinet, i *informed) {
		k.employs("2002", "badge-2002-x", false)
		label := func() string {
			k.does(controller.ActPhone, "")
			defer k.does(controller.ActBack, "")
			return fmt.Sprint(k.sees(controller.DropPhone).Parcels)
		}
		nothing, scanned := fmt.Sprint([]controller.ParcelLine(nil)), fmt.Sprint([]controller.ParcelLine{{ID: "SF1004"}})
		if got := label(); got != nothing {
			t.Errorf("before a scan the label is %s", got)
		}
		k.does(controller.ActScan, "badge-2002-x")
		if v := k.sees(controller.DropChoose); v.Note != controller.BadgeNoParcel {
			t.Errorf("a badge gives the note %q", v.Note)
		}
		if got := label(); got != nothing {
			t.Errorf("after a badge the label is %s", got)
		}
		k.does(controller.ActScan, "SF1004")
		k.does(controller.ActScan, "badge-2002-x")
		if got := label(); got != scanned {
			t.Errorf("after a scan the label is %s", got)
		}
	})
}

// TestWalkUpWithEveryDoorInUse: the courier hears it before a phone number goes up and its owner is told of a parcel.
func TestWalkUpWithEveryDoorInUse(t *testing.T) {
	announcing(t, func(k *cabinet, i *informed) {
		for slot := controller.Slot(1); slot <= 4; slot++ {
			k.check(k.c.SetService("9001", slot, "bent", false))
		}
		k.does(controller.ActPhone, "")
		k.tells(controller.Message, controller.CabinetFull)
		if len(i.asked) != 0 {
			t.Errorf("asked was %+v", i.asked)
		}
	})
}

// TestNetworkIsToldAtRest: the home screen says that the network went, and that it is back, while nobody touches it.
func TestNetworkIsToldAtRest(t *testing.T) {
	announcing(t, func(k *cabinet, i *informed) {
		k.does(controller.ActBack, "")
		for _, offline := range []bool{true, false} {
			i.offline.Store(offline)
			time.Sleep(10 * time.Second)
			if v := k.sees(controller.Home); v.Offline != offline {
				t.Errorf("the start screen says that the network is away: %v, want %v", v.Offline, offline)
			}
		}
	})
}

// TestWalkUpRefused: each reason has its sentence, and nothing opens.
func TestWalkUpRefused(t *testing.T) {
	for reason, note := range map[error]controller.Note{
		controller.ErrForbidden: controller.WalkUpForbidden, controller.ErrUnwanted: controller.RecipientRefuses,
		controller.ErrLabelUsed: controller.LabelUsed, controller.ErrOffline: controller.NoNetwork, controller.ErrFull: controller.CabinetFull,
	} {
		announcing(t, func(k *cabinet, i *informed) {
			i.err = reason
			k.does(controller.ActPhone, "")
			k.sees(controller.DropPhone)
			k.does(controller.ActDigits, "13800138000")
			if v := k.sees(controller.Message); v.Note != note {
				t.Errorf("%v: the screen says %q", reason, v.Note)
			}
			k.does(controller.ActOK, "")
			k.sees(controller.DropChoose)
			k.wantPulses("")
		})
	}
}

func TestWalkUpWithABadNumber(t *testing.T) {
	announcing(t, func(k *cabinet, i *informed) {
		i.err = controller.ErrNoPhone
		k.does(controller.ActPhone, "")
		k.does(controller.ActDigits, "12")
		k.tells(controller.DropPhone, controller.PhoneWrong)
		i.err = nil
		k.does(controller.ActDigits, "13800138000")
		time.Sleep(time.Second)
		k.sees(controller.DropSlot)
	})
}

// TestWalkUpWithoutNetwork: it is refused at once; when the network fails on the way, after a while; and the
// courier goes on with the list.
func TestWalkUpWithoutNetwork(t *testing.T) {
	announcing(t, func(k *cabinet, i *informed) {
		i.offline.Store(true)
		k.does(controller.ActPhone, "")
		if v := k.sees(controller.Message); v.Note != controller.NoNetwork || len(i.asked) != 0 {
			t.Errorf("the screen says %q, asked was %v", v.Note, i.asked)
		}
		k.does(controller.ActOK, "")
		i.offline.Store(false)
		i.delay = time.Hour
		k.does(controller.ActPhone, "")
		k.does(controller.ActDigits, "13800138000")
		k.sees(controller.Comparing)
		k.does(controller.ActDigits, "1") // a key meanwhile asks for the same parcel
		time.Sleep(21 * time.Second)
		k.tells(controller.Message, controller.NoNetwork)
		if len(i.asked) != 2 || i.asked[0].ID != i.asked[1].ID || i.asked[0].ID == [16]byte{} {
			t.Errorf("asked was %+v", i.asked)
		}
		k.does(controller.ActOK, "")
		k.does(controller.ActPhone, "")
		k.does(controller.ActDigits, "13800138000")
		k.sees(controller.Comparing)
		k.does(controller.ActBack, "")
		k.sees(controller.DropChoose)
	})
}

// TestWalkUpIsTheInformationSystemsToAllow: without the setting there is no way to it.
func TestWalkUpIsTheInformationSystemsToAllow(t *testing.T) {
	announcing(t, func(k *cabinet, i *informed) {
		k.does(controller.ActBack, "")
		k.with(controller.Settings{})
		k.signsIn()
		if v := k.sees(controller.DropChoose); v.WalkUp {
			t.Error("it is offered")
		}
		k.does(controller.ActPhone, "")
		k.sees(controller.DropChoose)
	})
}
