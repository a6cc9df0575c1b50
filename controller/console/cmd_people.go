package console

import (
	"context"
	"fmt"
)

const peopleHelp = `Counts recipients, their stored identifications, staff and open invitations. Who they are is not for
the console.`

func (s *session) people(_ context.Context, words []string) error {
	if len(words) != 1 || words[0] != "count" {
		return usageError("Only counting is possible.")
	}
	p, err := s.o.Records.People()
	if err != nil {
		return err
	}
	s.table([]string{"recipients", fmt.Sprint(p.Recipients)}, []string{"identifications", fmt.Sprint(p.Identifications)},
		[]string{"staff", fmt.Sprint(p.Staff)}, []string{"invitations", fmt.Sprint(p.Invitations)})
	return nil
}
