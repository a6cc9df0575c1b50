package console

import (
	"context"
	"strings"
)

const configHelp = `Prints the configuration in force. Secrets are left out. It is changed in its file, not here.`

func (s *session) config(_ context.Context, words []string) error {
	if len(words) != 1 || words[0] != "show" {
		return usageError("Only showing is possible.")
	}
	text, err := s.o.Records.Config()
	if err != nil {
		return err
	}
	for line := range strings.Lines(text) {
		s.printf("%s\n", printable(strings.TrimRight(line, "\r\n")))
	}
	return nil
}
