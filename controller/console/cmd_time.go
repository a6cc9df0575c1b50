package console

import (
	"context"
	"time"
)

const timeHelp = `Prints the cabinet's clock, whether it is synchronised, and how long the machine has been up. Waits after
wrong tries are counted on the uptime, so that a wrong clock changes none.`

func (s *session) time(ctx context.Context, words []string) error {
	if err := noWords(words); err != nil {
		return err
	}
	c := s.o.Machine.Status(ctx).Clock
	synchronised := "no"
	if c.Synchronised {
		synchronised = "yes"
	}
	s.table([]string{"clock", moment(c.Now)}, []string{"synchronised", synchronised},
		[]string{"up for", c.Uptime.Round(time.Second).String()})
	return nil
}
