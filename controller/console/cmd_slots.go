package console

import (
	"context"
	"fmt"
)

const slotsHelp = `Lists every slot: its size, whether it is a low one, the parcel that is known to lie in it, and why it
is out of service, if it is.`

func (s *session) slots(_ context.Context, words []string) error {
	if err := noWords(words); err != nil {
		return err
	}
	slots, err := s.o.Machine.Slots()
	if err != nil {
		return err
	}
	rows := [][]string{{"slot", "size", "low", "parcel", "phase", "out of service"}}
	for _, l := range slots {
		low := ""
		if l.Low {
			low = "low"
		}
		out := l.Out
		if out == "" && l.Learning {
			out = "commissioning"
		}
		rows = append(rows, []string{fmt.Sprint(l.Slot), sizeName(l.Size), low, string(l.Parcel), string(l.Phase), out})
	}
	s.table(rows...)
	return nil
}
