package console

import (
	"context"
	"fmt"

	"lockerd/controller"
)

const eraseCheckHelp = `Looks for what the store still holds of one recipient, whom the information system calls by an opaque
reference. After an erasure there is no first identification, no key to open one, and no copy in the pages of
the file that are free. Lines of the journal keep the reference, and no more, until they are old enough to go.
Example: erase-check r-7`

func (s *session) eraseCheck(_ context.Context, words []string) error {
	if len(words) != 1 {
		return usageError("Say which recipient, by the reference.")
	}
	t, err := s.o.Records.Traces(controller.RecipientID(words[0]))
	if err != nil {
		return err
	}
	s.table(
		[]string{"first identifications", fmt.Sprint(t.Identifications)},
		[]string{"key to open them", yes(t.Key)},
		[]string{"copies of their reference in the file, freed pages too", fmt.Sprint(t.Copies)},
		[]string{"freed pages still to be overwritten", yes(t.Unscrubbed)},
		[]string{"remembered attempts", fmt.Sprint(t.Attempts)},
		[]string{"failed tries that are counted", fmt.Sprint(t.Tries)},
		[]string{"name and phone digits", yes(t.Recipient)},
		[]string{"parcels that lie here", fmt.Sprint(t.Parcels)},
		[]string{"journal lines with the reference", fmt.Sprint(t.Journal)},
	)
	switch {
	case t.Stored():
		s.printf("Something is stored of %s.\n", printable(words[0]))
	case t.Recipient || t.Parcels > 0 || t.Tries > 0:
		s.printf("Nothing is stored by which %s could be recognised. The name stays while parcels are expected.\n", printable(words[0]))
	default:
		s.printf("Nothing is stored of %s.\n", printable(words[0]))
	}
	return nil
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}
