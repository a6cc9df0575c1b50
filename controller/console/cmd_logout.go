package console

import "context"

const logoutHelp = `Leaves the console. It also happens by itself when nobody types for a while.`

func (s *session) logout(_ context.Context, words []string) error {
	if err := noWords(words); err != nil {
		return err
	}
	s.printf("Goodbye.\n")
	return errLogout
}
