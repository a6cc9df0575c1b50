package controller

import (
	"testing"
	"time"
)

// TestLifeOfAParcel tries everything that can happen in every phase.
func TestLifeOfAParcel(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	happenings := map[string]happening{
		"dropped": dropped{slot: 3, generation: 7, courier: "1001"}, "shown": shown{}, "taken": taken{},
		"recalled": recalled{}, "takenBack": takenBack{}, "reassigned": reassigned{Assignment{Recipient: "r-bo", Size: Large}},
	}
	allowed := map[Phase]map[string]Phase{
		Expected:  {"dropped": Stored, "recalled": Returned, "reassigned": Expected},
		Stored:    {"shown": Stored, "taken": Collected, "recalled": CalledIn, "takenBack": Returned, "reassigned": Stored},
		CalledIn:  {"recalled": CalledIn, "takenBack": Returned, "reassigned": CalledIn},
		Collected: {},
		Returned:  {},
	}
	for phase, next := range allowed {
		for name, h := range happenings {
			before := Parcel{ID: "p", Recipient: "r-ada", Size: Small, Phase: phase, Slot: 3}
			after, err := before.step(h, now)
			want, fits := next[name]
			if fits != (err == nil) {
				t.Errorf("%s, %s: error %v", phase, name, err)
			}
			if !fits {
				want = phase
			}
			if after.Phase != want {
				t.Errorf("%s, %s: becomes %s, want %s", phase, name, after.Phase, want)
			}
			if after.Recipient != "r-ada" && phase != Expected {
				t.Errorf("%s, %s: a parcel that lies here has another recipient", phase, name)
			}
		}
	}
}

func TestDepositFillsIn(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	p, err := Parcel{ID: "p", Phase: Expected}.step(dropped{slot: 3, generation: 7, courier: "1001"}, now)
	if err != nil || p.Slot != 3 || p.Generation != 7 || p.Courier != "1001" || !p.Stored.Equal(now) {
		t.Errorf("a deposit makes %+v, %v", p, err)
	}
}

func TestRecalledWhileTheDoorIsOpen(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	p := Parcel{ID: "p", Phase: Stored, Slot: 3}
	for _, h := range []happening{shown{}, recalled{}, taken{}} {
		var err error
		if p, err = p.step(h, now); err != nil {
			t.Fatal(err)
		}
	}
	if p.Phase != Collected {
		t.Errorf("the parcel is %s, want collected", p.Phase)
	}
}
