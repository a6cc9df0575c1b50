package controller_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/controller"
	"lockerd/matcher"
)

// misser is a fingerprint module that compared by itself and found nobody: it tells so, and then the image
// comes, or it does not.
type misser struct {
	touched chan func(context.Context) (matcher.Sample, error)
}

func (m misser) Kind() matcher.Kind { return matcher.Fingerprint }

func (m misser) Capture(ctx context.Context, _ controller.Purpose, seen func(controller.Progress)) (matcher.Sample, error) {
	select {
	case <-ctx.Done():
		return matcher.Sample{}, ctx.Err()
	case image := <-m.touched:
		seen(controller.Progress{Touched: true, Missed: true})
		return image(ctx)
	}
}

// fingerTries is how many unknown fingers are counted.
func (k *cabinet) fingerTries() int {
	k.t.Helper()
	kept, err := k.store.Remembered()
	k.check(err)
	for _, t := range kept.Tries {
		if t.Key == "cabinet/fingers" {
			return t.Count
		}
	}
	return 0
}

// A search that missed is a try, once, whether the image of the finger comes afterwards or not.
func TestMissOfTheModuleIsATry(t *testing.T) {
	gone := func(context.Context) (matcher.Sample, error) { return matcher.Sample{}, controller.ErrSensorGone }
	poor := func(context.Context) (matcher.Sample, error) {
		return matcher.Sample{}, &matcher.QualityError{Advice: matcher.PressCentre}
	}
	never := func(ctx context.Context) (matcher.Sample, error) {
		<-ctx.Done()
		return matcher.Sample{}, ctx.Err()
	}
	image := func(context.Context) (matcher.Sample, error) {
		return matcher.Sample{Kind: matcher.Fingerprint, Bytes: []byte("a stranger's finger")}, nil
	}
	for name, then := range map[string]func(context.Context) (matcher.Sample, error){
		"the module is gone": gone, "the image is poor": poor, "the person leaves": never, "the image is no match": image,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newCabinet(t)
				module := misser{make(chan func(context.Context) (matcher.Sample, error))}
				k.extend = func(p *controller.Parts) { p.Sensors = []controller.Sensor{module} }
				k.start()
				defer func() { k.stop() }()
				k.people()
				k.check(k.desired(parcel("p-1", "r-ada", controller.Small)))
				k.dropsOff("p-1")
				before := k.fingerTries()
				module.touched <- then
				synctest.Wait()
				k.does(controller.ActPickUp, "") // ends what goes on at the home screen
				time.Sleep(time.Second)
				if n := k.fingerTries() - before; n != 1 {
					t.Errorf("%d tries were counted", n)
				}
				k.wantPulses("1:1")
			})
		})
	}
}

// present names the fingers that a module is to know, with their character files.
func (k *cabinet) present() []string {
	var names []string
	for _, first := range k.c.Present(matcher.Fingerprint) {
		names = append(names, first.ID+"="+string(first.Character))
	}
	slices.Sort(names)
	return names
}

func (k *cabinet) fileOf(id, whose, character string) controller.DesiredRecord {
	record := k.first(id, whose, matcher.Fingerprint, "a finger of "+whose)
	record.First.Character = []byte(character)
	return record
}

// Whom a module is to know follows every change: a finger that comes, is replaced, is withdrawn, and a parcel
// that comes and goes.
func TestPresentFollowsChanges(t *testing.T) {
	story(t, func(k *cabinet) {
		wants := func(when string, want ...string) {
			t.Helper()
			if got := k.present(); !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", when, got, want)
			}
		}
		k.people()
		k.check(k.desired(k.fileOf("a1", "r-ada", "one"), k.fileOf("b1", "r-bo", "bo's")))
		k.check(k.desired(controller.DesiredRecord{Key: "verification/v1", Gone: true}))
		wants("nothing lies here")
		k.check(k.desired(parcel("p-1", "r-ada", controller.Small)))
		wants("a parcel is expected")
		slot := k.dropsOff("p-1")
		wants("a parcel lies here", "a1=one")
		k.check(k.desired(k.fileOf("a2", "r-ada", "two")))
		wants("another finger", "a1=one", "a2=two")
		k.check(k.desired(k.fileOf("a1", "r-ada", "new")))
		wants("a finger enrolled anew", "a1=new", "a2=two")
		k.check(k.desired(controller.DesiredRecord{Key: "verification/a2", Gone: true}))
		wants("a finger withdrawn", "a1=new")
		k.touches("a finger of r-ada")
		k.sees(controller.SlotOpen)
		k.shuts(slot)
		k.sees(controller.Message)
		wants("the parcel is collected")
	})
}

func TestUnpluggedModule(t *testing.T) {
	story(t, func(k *cabinet) {
		k.holds("p1", "r-ada")
		k.finger.fail <- controller.ErrSensorGone
		synctest.Wait()
		k.wantNoted("sensor-gone 0")
		k.does(controller.ActPickUp, "")
		for _, kind := range k.sees(controller.AskAny).Offers {
			if kind == matcher.Fingerprint {
				t.Error("a finger is offered without a module")
			}
		}
		time.Sleep(2 * time.Second)
		k.touches("ada's finger")
		k.wantNoted("sensor-back 0")
		k.sees(controller.SlotOpen)
	})
}

func TestFingerAgainAfterARefusal(t *testing.T) {
	story(t, func(k *cabinet) {
		k.holds("p1", "r-ada")
		k.touches("poor")
		k.sees(controller.RefusedView)
		k.touches("ada's finger") // without a tap between
		k.sees(controller.SlotOpen)
	})
}
