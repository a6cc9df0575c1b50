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
			p.Shelf = &slowShelf{p.Shelf, func() { refused <- k.c.SetService(t.Context(), "t-1", 1, "", false) }}
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
