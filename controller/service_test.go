package controller_test

import (
	"errors"
	"runtime"
	"slices"
	"testing"
	"time"

	"lockerd/controller"
)

// slowShelf has something else happen while a deposit's mark is written.
type slowShelf struct {
	controller.Shelf
	meanwhile func()
}

func (s *slowShelf) Commit(c controller.Change) error {
	if m := s.meanwhile; m != nil && len(c.Slots) == 1 && c.Slots[0].Unfinished {
		s.meanwhile = nil
		go m()
		for range 100000 {
			runtime.Gosched()
		}
	}
	return s.Shelf.Commit(c)
}

// A technician who puts a slot in service just when a deposit begins there takes no mark away: when the courier is gone,
// somebody looks inside.
func TestInServiceWhileADepositBegins(t *testing.T) {
	story(t, func(k *cabinet) {
		k.stop()
		refused := make(chan error, 1)
		k.extend = func(p *controller.Parts) {
			p.Shelf = &slowShelf{p.Shelf, func() { refused <- k.c.SetService("t-1", 1, "", false) }}
		}
		k.startProgram()
		k.courierFor("p1")
		k.puts("p1")
		if err := <-refused; !errors.Is(err, controller.ErrLookInside) {
			t.Errorf("put in service: %v", err)
		}
		time.Sleep(3 * time.Minute) // the courier is gone, the parcel lies there
		k.shuts(1)
		k.signsIn()
		if v := k.sees(controller.DropChoose); !slices.Contains(v.Looks, 1) {
			t.Errorf("nobody looks into slot 1: %v", k.remembered())
		}
	})
}

// A technician whose second opening is refused is here nevertheless: their door stands open from the first.
func TestTechnicianWhoIsRefused(t *testing.T) {
	for name, refuses := range map[string]func(*cabinet) error{
		"where a parcel lies": func(k *cabinet) error { return k.c.OpenToTest(t.Context(), "t-1", 1) },
		"by a full disk": func(k *cabinet) error {
			k.failing = true
			defer func() { k.failing = false }()
			return k.c.OpenForService(t.Context(), "t-1", 1, "hinge")
		},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(k *cabinet) {
				k.holds("p1", "r-ada")
				k.check(k.c.OpenForService(t.Context(), "t-1", 1, "hinge"))
				time.Sleep(time.Second)
				if refuses(k) == nil {
					t.Error("the door is opened once more")
				}
				k.does(controller.ActDropOff, "") // and home again
				k.sees(controller.StaffNumber)
				k.does(controller.ActBack, "")
				if v := k.sees(controller.Home); v.Note != controller.TechnicianHere {
					t.Errorf("while the door is open the screen says %q", v.Note)
				}
				k.shuts(1)
				if v := k.sees(controller.Home); v.Note != "" {
					t.Errorf("after it the screen says %q", v.Note)
				}
			})
		})
	}
}
