package console

import "context"

const rebootHelp = `Starts the machine anew, in order: a pulse that began is finished, every coil is switched off, the store is
closed. Who stands at the screen has to begin again. You are asked first.`

func (s *session) reboot(ctx context.Context, words []string) error {
	if err := noWords(words); err != nil {
		return err
	}
	if open := s.o.Machine.Status(ctx).OpenDoors; len(open) > 0 {
		s.printf("Doors stand open: %s.\n", slotList(open))
	}
	if sure, err := s.confirm("The cabinet will be away for a minute. Type yes to go on: "); err != nil || !sure {
		return err
	}
	if err := s.o.Care.Reboot(); err != nil {
		return err
	}
	s.printf("Goodbye.\n")
	return errLogout
}
