package console

import (
	"slices"
	"strings"
)

// complete is the line editor's callback for each key that edits nothing. The tabulator completes the word
// before the cursor, as far as it is the only one that fits, and lists the ones that do.
func (s *session) complete(line string, at int, key rune) (string, int, bool) {
	if key != '\t' {
		return "", 0, false
	}
	before := strings.ToLower(line[:at])
	word := before[strings.LastIndex(before, " ")+1:]
	fits := slices.DeleteFunc(choices(strings.Fields(strings.TrimSuffix(before, word))), func(choice string) bool { return !strings.HasPrefix(choice, word) })
	if len(fits) == 0 {
		return line, at, true
	}
	more := common(fits)
	if len(fits) == 1 {
		more += " "
	} else if more == word {
		s.printf("%s\n", strings.Join(fits, "  "))
	}
	whole := line[:at-len(word)] + more
	return whole + line[at:], len(whole), true
}

// choices are the words that may follow.
func choices(before []string) []string {
	var names []string
	for _, c := range commands() {
		if len(before) > 0 && c.name == before[0] && len(before) <= len(c.words) {
			return slices.Clone(c.words[len(before)-1])
		}
		names = append(names, c.name)
	}
	if len(before) == 0 || len(before) == 1 && before[0] == "help" {
		return names
	}
	return nil
}

// common is what all words begin with.
func common(words []string) string {
	prefix := words[0]
	for _, w := range words[1:] {
		for !strings.HasPrefix(w, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	return prefix
}
