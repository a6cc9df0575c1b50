package console

import (
	"context"
	"errors"
	"strings"

	"lockerd/controller"
)

const slotHelp = `Takes a slot out of service, with a reason, or back into service. A slot that is out gets no parcel;
a parcel that lies in it can still be taken. Back in service goes a slot whose deposit was not finished
only when you say that you looked inside. Examples: slot 3 out latch is bent; slot 3 in`

func (s *session) slot(_ context.Context, words []string) error {
	if len(words) < 2 {
		return usageError("Say which slot, and out or in.")
	}
	slot, err := slotNumber(words[0])
	if err != nil {
		return err
	}
	way, reason := strings.ToLower(words[1]), strings.Join(words[2:], " ")
	switch {
	case way == "out" && reason == "":
		return usageError("Say why it goes out of service.")
	case way != "out" && way != "in":
		return usageError("A slot goes out or in.")
	}
	if way == "in" {
		reason = ""
	}
	err = s.tech.SetService(s.staff.Number, slot, reason, false)
	if errors.Is(err, controller.ErrLookInside) {
		s.printf("A deposit was not finished there: a parcel that no record knows may lie inside.\n")
		if sure, err := s.confirm("Type yes if you looked inside and it is empty: "); err != nil || !sure {
			return err
		}
		err = s.tech.SetService(s.staff.Number, slot, "", true)
	}
	if err != nil {
		return err
	}
	s.printf("Slot %d is %s service.\n", slot, map[string]string{"out": "out of", "in": "in"}[way])
	return nil
}
