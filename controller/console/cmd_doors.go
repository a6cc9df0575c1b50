package console

import (
	"context"
	"fmt"
)

const doorsHelp = `Reads every door switch now. A door whose switch does not answer counts as shut here;
"test door" tells such switches apart.`

func (s *session) doors(_ context.Context, words []string) error {
	if err := noWords(words); err != nil {
		return err
	}
	rows := [][]string{{"door", "state", "service"}}
	for _, d := range s.o.Machine.Doors() {
		state, service := "shut", "in"
		if d.Open {
			state = "OPEN"
		}
		if d.Out {
			service = "OUT"
		}
		rows = append(rows, []string{fmt.Sprint(d.Slot), state, service})
	}
	s.table(rows...)
	return nil
}
