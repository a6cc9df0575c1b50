package controller

import (
	"errors"
	"testing"
	"time"
)

// TestLifeOfAParcel tries everything that can happen in every phase.
func TestLifeOfAParcel(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	happenings := map[string]happening{
		"dropped": dropped{slot: 3, generation: 7, courier: "1001"}, "shown": shown{}, "taken": taken{},
		"recalled": recalled{}, "handedBack": handedBack{}, "takenBack": takenBack{}, "reassigned": reassigned{Assignment{Recipient: "r-bo", Size: Large}},
	}
	allowed := map[Phase]map[string]Phase{
		Expected:  {"dropped": Stored, "recalled": Returned, "reassigned": Expected},
		Stored:    {"shown": Stored, "taken": Collected, "recalled": CalledIn, "handedBack": CalledIn, "takenBack": Returned, "reassigned": Stored},
		CalledIn:  {"shown": CalledIn, "recalled": CalledIn, "handedBack": CalledIn, "takenBack": Returned, "reassigned": CalledIn},
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

// What becomes of a parcel whose door is opened for its recipient, whatever is heard of it meanwhile.
func TestParcelAtAnOpenDoor(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	const unfit Phase = ""
	for name, test := range map[string]struct {
		happens []happening // a minute each
		want    Phase
	}{
		"taken":                            {[]happening{shown{}, taken{}}, Collected},
		"recalled, taken":                  {[]happening{shown{}, recalled{}, taken{}}, Collected},
		"recalled during the pulse, taken": {[]happening{recalled{}, shown{}, taken{}}, Collected},
		"recalled, put back":               {[]happening{shown{}, recalled{}, handedBack{}}, CalledIn},
		"put back, taken":                  {[]happening{shown{}, handedBack{}, taken{}}, unfit},
		"never opened, recalled, taken":    {[]happening{recalled{}, taken{}}, unfit},
		"did not open, recalled, taken":    {[]happening{shown{}, kept{}, recalled{}, taken{}}, unfit},
		"taken at that opening":            {[]happening{shown{}, taken{opened: now.Add(time.Minute)}}, Collected},
		"said to go back, taken":           {[]happening{shown{}, said{Recalled}, taken{}}, Collected},
		"spoken of at a shut door":         {[]happening{said{Recalled}}, unfit},
		"put back, spoken of":              {[]happening{shown{}, handedBack{}, said{CollectedIt}}, unfit},
		"put back at that opening":         {[]happening{shown{}, handedBack{opened: now.Add(time.Minute)}}, CalledIn},
		"put back at one before":           {[]happening{shown{}, shown{}, handedBack{opened: now.Add(time.Minute)}}, unfit},
		"taken at one before":              {[]happening{shown{}, shown{}, taken{opened: now.Add(time.Minute)}}, unfit},
	} {
		t.Run(name, func(t *testing.T) {
			p, at, err := Parcel{ID: "p", Phase: Stored, Slot: 3}, now, error(nil)
			for _, h := range test.happens {
				at = at.Add(time.Minute)
				if p, err = p.step(h, at); err != nil {
					p.Phase = unfit
				}
			}
			if p.Phase != test.want {
				t.Errorf("the parcel is %q, want %q (%v)", p.Phase, test.want, err)
			}
		})
	}
}

// A hand-over of before is told that the door was opened again since, also when whoever had it opened has said what
// became of the parcel.
func TestOpenedSince(t *testing.T) {
	before := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, ended := range map[string]happening{"taken": taken{}, "put back": handedBack{}, "taken back": takenBack{}, "still open": recalled{}} {
		t.Run(name, func(t *testing.T) {
			p, err := Parcel{ID: "p", Phase: Stored, Slot: 3, Opened: before}.step(shown{}, before.Add(time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			if p, err = p.step(ended, before.Add(2*time.Minute)); err != nil {
				t.Fatal(err)
			}
			after, err := p.step(taken{opened: before}, before.Add(3*time.Minute))
			if !errors.Is(err, errOpenedSince) || after.Phase != p.Phase {
				t.Errorf("it is %s, %v", after.Phase, err)
			}
		})
	}
}
