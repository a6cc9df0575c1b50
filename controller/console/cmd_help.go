package console

import "context"

const helpHelp = `Lists the commands. With a command's name it says what that command does.
Arrow keys bring back earlier lines, Tab completes a word, Ctrl-U clears a line, Ctrl-D leaves.`

func (s *session) help(_ context.Context, words []string) error {
	if len(words) == 0 {
		var rows [][]string
		for _, c := range commands() {
			rows = append(rows, []string{c.name, c.args, c.about})
		}
		s.table(rows...)
		return nil
	}
	c, ok := find(words[0])
	if !ok {
		return usageError("There is no such command.")
	}
	s.printf("%s %s\n%s\n", c.name, c.args, c.help)
	return nil
}
