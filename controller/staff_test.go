package controller_test

import (
	"errors"
	"testing"
	"time"

	"lockerd/controller"
	"lockerd/matcher"
	"lockerd/matcher/passcode"
)

// employs tells the cabinet of a courier with a badge.
func (k *cabinet) employs(number, badge string, oneTime bool) {
	k.t.Helper()
	record := courier(number)
	record.Staff.OneTime = oneTime
	record.Staff.Badge = k.store.MAC(controller.BadgePurpose, []byte(badge))
	k.check(k.desired(record))
}

// TestSignInByBadge: a badge stands for the number, at the home screen and where the number is asked, and never
// for the secret. Swiped twice it does nothing more.
func TestSignInByBadge(t *testing.T) {
	story(t, func(k *cabinet) {
		k.employs("1001", "badge-1001-x", false)
		k.employs("1002", "0012345678", false) // digits, as a reader without a name of its own types them
		for _, way := range [][]controller.Answer{
			{{Act: controller.ActScan, Text: "badge-1001-x"}},
			{{Act: controller.ActDropOff}, {Act: controller.ActScan, Text: "badge-1001-x"}},
			{{Act: controller.ActDropOff}, {Act: controller.ActScan, Text: "0012345678"}},
			{{Act: controller.ActDropOff}, {Act: controller.ActDigits, Text: "0012345678"}},
		} {
			k.sees(controller.Home)
			for _, a := range way {
				k.does(a.Act, a.Text)
			}
			k.sees(controller.StaffSecret)
			k.does(controller.ActScan, way[len(way)-1].Text)
			k.sees(controller.StaffSecret)
			if badge := way[len(way)-1].Text; badge == "0012345678" {
				k.does(controller.ActDigits, badge) // swiped once more it is no secret that was wrong
				k.sees(controller.StaffSecret)
			}
			k.does(controller.ActDigits, "314159")
			k.sees(controller.DropChoose)
			k.does(controller.ActBack, "")
		}
		if n, refused := k.count("signed-in"), k.count("sign-in-refused"); n != 4 || refused != 0 {
			t.Errorf("%d sign-ins, want 4; %d refusals", n, refused)
		}
		k.employs("1003", "1001", false) // reads like another's number
		k.does(controller.ActDropOff, "")
		k.does(controller.ActDigits, "1001")
		k.does(controller.ActDigits, "314159")
		k.sees(controller.DropChoose)
		if entries, err := k.store.Since(0, 10000); err != nil || entries[len(entries)-1].Who != "1001" {
			t.Errorf("signed in was %q, %v", entries[len(entries)-1].Who, err)
		}
	})
}

func TestUnknownBadge(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.does(controller.ActScan, "SF1004")
		k.tells(controller.StaffNumber, controller.BadgeUnknown)
		k.does(controller.ActScan, "") // what no scanner sends
		k.sees(controller.StaffNumber)
		k.does(controller.ActDigits, "1001")
		k.sees(controller.StaffSecret)
		k.does(controller.ActDigits, "314159")
		if v := k.sees(controller.DropChoose); v.Note != controller.ParcelUnknown {
			t.Errorf("the screen says %q of a parcel that nobody expects", v.Note)
		}
	})
}

// TestParcelScannedFirst: a courier who scans a parcel at the home screen signs in and finds it chosen.
func TestParcelScannedFirst(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.check(k.desired(parcel("p1", "r-bo", controller.Small)))
		k.does(controller.ActScan, "p1")
		if v := k.sees(controller.StaffNumber); v.Note != controller.BadgeUnknown {
			t.Errorf("before the sign-in the screen says %q", v.Note)
		}
		k.does(controller.ActDigits, "1001")
		k.does(controller.ActDigits, "314159")
		if v := k.sees(controller.DropSlot); v.Parcels[0].ID != "p1" {
			t.Errorf("chosen is %v", v.Parcels)
		}
	})
}

// TestFirstSecretIsChanged: nobody comes to the list of parcels with a secret that others knew, and the one chosen
// in its place holds from then on.
func TestFirstSecretIsChanged(t *testing.T) {
	story(t, func(k *cabinet) {
		k.employs("1001", "badge-1001-x", true)
		begin := func(secret string) {
			k.sees(controller.Home)
			k.does(controller.ActDropOff, "")
			k.does(controller.ActDigits, "1001")
			k.sees(controller.StaffSecret)
			k.does(controller.ActDigits, secret)
		}
		begin("314159")
		k.sees(controller.StaffNew)
		k.does(controller.ActBack, "") // leaving is no way round
		begin("314159")
		for _, bad := range []struct {
			first, second string // one that does not serve is not asked for twice
			advice        matcher.Advice
			note          controller.Note
		}{
			{"314159", "", "", controller.SecretAsBefore},
			{"123456", "", matcher.LessCommon, ""},
			{"2718", "", matcher.MoreDigits, ""},
			{"271828", "271829", matcher.RepeatTheSame, ""},
		} {
			k.sees(controller.StaffNew)
			k.does(controller.ActDigits, bad.first)
			if bad.second != "" {
				k.does(controller.ActDigits, bad.second)
			}
			if v := k.sees(controller.StaffNew); v.Advice != bad.advice || v.Note != bad.note || v.Step != 1 {
				t.Errorf("%s and %s: step %d, advice %q, note %q; want %q, %q", bad.first, bad.second, v.Step, v.Advice, v.Note, bad.advice, bad.note)
			}
		}
		if k.count("secret-changed") != 0 {
			t.Error("a bad secret was taken")
		}
		k.does(controller.ActDigits, "271828")
		k.does(controller.ActDigits, "271828")
		k.sees(controller.DropChoose)
		k.does(controller.ActBack, "")
		if n := k.count("secret-changed"); n != 1 {
			t.Errorf("%d changes in the journal", n)
		}
		begin("314159")
		if v := k.sees(controller.StaffNumber); v.Note != controller.WrongSignIn {
			t.Errorf("with the first secret the screen says %q", v.Note)
		}
		k.does(controller.ActBack, "")
		begin("271828")
		k.sees(controller.DropChoose)
		time.Sleep(time.Minute) // nobody taps: signed out
		k.sees(controller.Home)
	})
}

// slowHash is the passcode matcher while something else happens.
type slowHash struct {
	passcode.Matcher
	meanwhile *func()
}

func (m slowHash) Enrol(samples []matcher.Sample) (matcher.Identification, error) {
	(*m.meanwhile)()
	return m.Matcher.Enrol(samples)
}

// TestStruckOffMeanwhile: whoever is struck off while their new secret is hashed stays so.
func TestStruckOffMeanwhile(t *testing.T) {
	story(t, func(k *cabinet) {
		k.employs("1001", "badge-1001-x", true)
		k.stop()
		meanwhile := func() {} // the start hashes, too
		k.extend = func(p *controller.Parts) { p.Matchers[1] = slowHash{meanwhile: &meanwhile} }
		k.start()
		meanwhile = func() { k.check(k.desired(controller.DesiredRecord{Key: "staff/1001", Gone: true})) }
		err := k.c.ChangeSecret("1001", []byte("314159"), []byte("835296"))
		if !errors.Is(err, controller.ErrUnknown) {
			t.Errorf("changing the secret gives %v, want ErrUnknown", err)
		}
		if _, err := k.store.Staff("1001"); !errors.Is(err, controller.ErrUnknown) {
			t.Errorf("the courier came back: %v", err)
		}
		if n := k.count("secret-changed"); n != 0 {
			t.Errorf("the journal tells of %d changed secrets", n)
		}
	})
}

// TestSecretThatIsABadge: a secret that happens to be a colleague's badge signs its owner in, and a wrong one that is
// somebody's badge counts as any other. Nobody can choose the own badge, which others may read.
func TestSecretThatIsABadge(t *testing.T) {
	story(t, func(k *cabinet) {
		k.people()
		k.employs("1002", "314159", false) // as the secret of 1001
		k.employs("1003", "577215", false)
		signsIn := func(secret string) {
			k.does(controller.ActDropOff, "")
			k.does(controller.ActDigits, "1001")
			k.sees(controller.StaffSecret)
			k.does(controller.ActDigits, secret)
		}
		signsIn("577215")
		if v := k.sees(controller.StaffNumber); v.Note != controller.WrongSignIn || k.count("sign-in-refused") != 1 {
			t.Errorf("a wrong secret that is a badge: %q, %d refusals", v.Note, k.count("sign-in-refused"))
		}
		k.does(controller.ActBack, "")
		signsIn("314159")
		k.sees(controller.DropChoose)
		var quality *matcher.QualityError
		if err := k.c.ChangeSecret("1003", []byte("314159"), []byte("577215")); !errors.As(err, &quality) {
			t.Errorf("the own badge is taken for a secret: %v", err)
		}
	})
}
