package console

import (
	"context"
	"strings"
)

const slotHelp = `Takes a slot out of service, with a reason, or back into service. A slot that is out gets no parcel;
a parcel that lies in it can still be taken. Examples: slot 3 out latch is bent; slot 3 in`

func (s *session) slot(ctx context.Context, words []string) error {
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
	if err := s.tech.SetService(ctx, s.staff.Number, slot, way == "out", reason); err != nil {
		return err
	}
	s.printf("Slot %d is %s service.\n", slot, map[string]string{"out": "out of", "in": "in"}[way])
	return nil
}
