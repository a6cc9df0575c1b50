package console

import (
	"context"
	"flag"
	"fmt"
	"strings"

	"lockerd/controller"
)

const statusHelp = `Says how the cabinet does: slots, doors, link, clock, and every fault that is known now.
It reads only. With -json the same comes as JSON.`

func (s *session) status(ctx context.Context, words []string) error {
	var asJSON bool
	rest, err := flags(words, func(f *flag.FlagSet) { f.BoolVar(&asJSON, "json", false, "") })
	if err == nil {
		err = noWords(rest)
	}
	if err != nil {
		return err
	}
	st := s.o.Machine.Status(ctx)
	if asJSON {
		return s.json(st)
	}
	s.table(
		[]string{"cabinet", st.Cabinet},
		[]string{"version", st.Version},
		[]string{"running since", moment(st.Started)},
		[]string{"slots", fmt.Sprintf("%d, %d free, %d parcels", st.Slots, st.Free, st.Parcels)},
		[]string{"open doors", slotList(st.OpenDoors)},
		[]string{"out of service", slotList(st.OutOfService)},
		[]string{"journal", fmt.Sprintf("line %d", st.Journal)},
		[]string{"network", linkState(st.Network)},
		[]string{"clock", moment(st.Clock.Now)},
	)
	if len(st.Faults) == 0 {
		s.printf("No fault is known.\n")
		return nil
	}
	s.checks(st.Faults)
	return nil
}

func linkState(n Network) string {
	state := "not connected"
	if n.Connected {
		state = "connected"
	}
	return fmt.Sprintf("%s, %d events waiting", state, n.Waiting)
}

func slotList(slots []controller.Slot) string {
	if len(slots) == 0 {
		return "none"
	}
	names := make([]string, len(slots))
	for i, slot := range slots {
		names[i] = fmt.Sprint(slot)
	}
	return strings.Join(names, " ")
}
