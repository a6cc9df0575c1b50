package console

import (
	"context"
	"strings"
)

const configHelp = `"config show" prints the configuration in force; secrets are left out. "config check" reads the files that the
next start will read, and says every problem with file, line and key. It is changed in its file, not here;
only what commission learned is written by this program.`

func (s *session) config(_ context.Context, words []string) error {
	if len(words) != 1 || words[0] != "show" && words[0] != "check" {
		return usageError("Showing and checking are possible.")
	}
	if words[0] == "check" {
		if err := s.o.Records.CheckConfig(); err != nil {
			s.lines(err.Error())
			s.printf("The next start would fail. Mend that first.\n")
			return nil
		}
		s.printf("The settings are right.\n")
		return nil
	}
	text, err := s.o.Records.Config()
	if err != nil {
		return err
	}
	s.lines(text)
	return nil
}

// lines prints a text of several lines.
func (s *session) lines(text string) {
	for line := range strings.Lines(text) {
		s.printf("%s\n", printable(strings.TrimRight(line, "\r\n")))
	}
}
