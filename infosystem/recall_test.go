package infosystem_test

import (
	"testing"

	"lockerd/sync/wire"
)

func TestRecallBeforeItCame(t *testing.T) {
	s := start(t)
	a, c, _ := ready(t, s)
	a.do("POST", "/api/v1/parcels/P-1/recall", nil, nil)
	c.apply() // the recall, about which a cabinet that does not know the parcel says nothing
	if !c.apply()[key(wire.RecordParcel, "P-1")].Gone {
		t.Error("a parcel that never came is still wanted at the cabinet")
	}
	if phase := a.text("GET", "/api/v1/parcels/P-1", nil, "phase"); phase != "returned" {
		t.Errorf("a parcel that never came is %s, want returned", phase)
	}
	// And yet a courier had dropped it off while the cabinet had no network: where it lies counts.
	c.happen(wire.Event{What: "deposited", Parcel: "P-1", Slot: 3})
	if got := body[wire.ParcelBody](c, c.apply()[key(wire.RecordParcel, "P-1")]); !got.Recalled {
		t.Errorf("the cabinet got %+v, want it recalled", got)
	}
	c.happen(wire.Event{What: "recalled", Parcel: "P-1", Slot: 3}, wire.Event{What: "taken-back", Parcel: "P-1", Slot: 3}, wire.Event{What: "recalled", Parcel: "P-1"})
	if phase := a.text("GET", "/api/v1/parcels/P-1", nil, "phase"); phase != "returned" {
		t.Errorf("after it was taken back it is %s", phase)
	}
	for _, l := range lines(a) {
		if l.Problem != "" {
			t.Errorf("a problem: %+v", l)
		}
	}
}

func TestRecallAndErase(t *testing.T) {
	s := start(t)
	a, c, bo := ready(t, s)
	if code, raw := a.try("DELETE", "/api/v1/people/"+bo, nil); code != 409 {
		t.Errorf("erasing a person with a parcel under way gave %d %s", code, raw)
	}
	c.happen(wire.Event{What: "deposited", Parcel: "P-1", Slot: 2})
	a.do("POST", "/api/v1/parcels/P-1/recall", nil, nil)
	if got := body[wire.ParcelBody](c, c.apply()[key(wire.RecordParcel, "P-1")]); !got.Recalled {
		t.Errorf("the cabinet got %+v, want it recalled", got)
	}
	c.happen(wire.Event{What: "recalled", Parcel: "P-1"}, wire.Event{What: "taken-back", Parcel: "P-1", Slot: 2})
	if records := c.apply(); !records[key(wire.RecordParcel, "P-1")].Gone {
		t.Error("a parcel that was taken back is still wanted at the cabinet")
	}
	a.do("DELETE", "/api/v1/people/"+bo, nil, nil)
	if code, _ := a.try("GET", "/api/v1/people/"+bo, nil); code != 404 {
		t.Errorf("an erased person gives %d", code)
	}
}

func TestParcelOfAnErasedPersonHoldsNothingUp(t *testing.T) {
	s := start(t)
	a, c, bo := ready(t, s)
	a.do("POST", "/api/v1/parcels/P-1/recall", nil, nil)
	c.apply()
	c.apply()
	a.do("DELETE", "/api/v1/people/"+bo, nil, nil)
	c.happen(wire.Event{What: "deposited", Parcel: "P-1", Slot: 3}, wire.Event{What: "opened", Slot: 1})
	if phase := a.text("GET", "/api/v1/parcels/P-1", nil, "phase"); phase != "stored" {
		t.Errorf("the parcel is %s, want stored: that is where it lies", phase)
	}
	a.do("PUT", "/api/v1/cabinets/lobby/settings", object{"consent": "recipient"}, nil)
	c.happen(wire.Event{What: "taken-back", Parcel: "P-1", Slot: 3})
	if phase := a.text("GET", "/api/v1/parcels/P-1", nil, "phase"); phase != "returned" {
		t.Errorf("after it was taken back it is %s", phase)
	}
}
