package console

import "context"

const versionHelp = `Prints the version of the program that runs.`

func (s *session) version(ctx context.Context, words []string) error {
	if err := noWords(words); err != nil {
		return err
	}
	s.printf("%s\n", printable(s.o.Machine.Status(ctx).Version))
	return nil
}
