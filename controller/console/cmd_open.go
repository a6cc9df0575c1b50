package console

import (
	"context"
	"strings"
)

const openHelp = `Opens one door. The reason is yours to give and goes into the journal with your number, before
the pulse. Example: open 3 hinge is loose`

func (s *session) open(ctx context.Context, words []string) error {
	if len(words) < 2 {
		return usageError("Say which door, and why.")
	}
	slot, err := slotNumber(words[0])
	if err != nil {
		return err
	}
	if err := s.tech.OpenForService(ctx, s.staff.Number, slot, strings.Join(words[1:], " ")); err != nil {
		return err
	}
	s.printf("Door %d was opened. Please shut it when you are done.\n", slot)
	return nil
}
