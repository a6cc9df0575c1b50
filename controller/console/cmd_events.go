package console

import "context"

const eventsHelp = `Lists the journal lines that the information system has not acknowledged yet, oldest first, at most 1000 of
them. They are kept until it has, however long the network is away.`

func (s *session) events(ctx context.Context, words []string) error {
	if err := noWords(words); err != nil {
		return err
	}
	waiting := s.o.Machine.Status(ctx).Network.Waiting
	if waiting == 0 {
		s.printf("No event waits.\n")
		return nil
	}
	entries, err := s.o.Machine.Tail(int(min(waiting, maxTail)))
	if err != nil {
		return err
	}
	s.entries(entries, 0)
	s.printf("%d events wait.\n", waiting)
	return nil
}
