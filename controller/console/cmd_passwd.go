package console

import (
	"context"
	"fmt"

	"lockerd/matcher/passcode"
)

var passwdHelp = fmt.Sprintf("Changes your secret: asks for the one at hand, then twice for another, %d to %d digits.",
	passcode.MinDigits, passcode.MaxDigits)

func (s *session) passwd(_ context.Context, words []string) error {
	if err := noWords(words); err != nil {
		return err
	}
	old, err := s.ReadPassword("Secret now: ")
	if err != nil {
		return err
	}
	hidden := []byte(old)
	defer clear(hidden)
	if _, err := s.tech.SignIn(s.staff.Number, hidden); err != nil {
		s.printf("%s\n", signInAdvice(err))
		return nil
	}
	return s.changeSecret(hidden)
}
