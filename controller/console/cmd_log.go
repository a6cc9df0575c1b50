package console

import (
	"context"
	"flag"
	"fmt"
	"time"

	"lockerd/controller"
)

const logHelp = `Prints the newest journal lines, 20 of them or as many as -n says (1000 at most). With -f new lines
follow as they come, until you press a key. People appear by their opaque reference only.`

// maxTail bounds log -n; tailBeat is how often log -f looks for new lines.
const (
	maxTail  = 1000
	tailBeat = time.Second
)

func (s *session) log(ctx context.Context, words []string) error {
	n, follow := 20, false
	rest, err := flags(words, func(f *flag.FlagSet) {
		f.IntVar(&n, "n", 20, "")
		f.BoolVar(&follow, "f", false, "")
	})
	if err == nil {
		err = noWords(rest)
	}
	if err != nil {
		return err
	}
	if n < 1 || n > maxTail {
		return usageError(fmt.Sprintf("-n goes from 1 to %d.", maxTail))
	}
	entries, err := s.o.Machine.Tail(n)
	if err != nil {
		return err
	}
	last := s.entries(entries, 0)
	if !follow {
		return nil
	}
	return s.follow(ctx, last)
}

// follow prints what comes behind line last until a key is pressed or nobody has for the idle time.
func (s *session) follow(ctx context.Context, last uint64) error {
	s.printf("Press a key to stop.\n")
	ticker := time.NewTicker(tailBeat)
	defer ticker.Stop()
	idle := time.NewTimer(s.o.Idle)
	defer idle.Stop()
	for {
		select {
		case <-s.line.in:
			return nil
		case <-idle.C:
			s.printf("Logged out: nobody typed for %s.\n", s.o.Idle)
			return errIdle
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
			entries, err := s.o.Machine.Tail(maxTail)
			if err != nil {
				return err
			}
			last = s.entries(entries, last)
		}
	}
}

// entries prints the lines behind number last and returns the newest number.
func (s *session) entries(entries []controller.Entry, last uint64) uint64 {
	var rows [][]string
	for _, e := range entries {
		if e.Seq <= last {
			continue
		}
		last = e.Seq
		rows = append(rows, entryRow(e))
	}
	s.table(rows...)
	return last
}

// entryRow is one journal line as the console shows it. What is sealed stays out.
func entryRow(e controller.Entry) []string {
	slot := ""
	if e.Slot != 0 {
		slot = fmt.Sprintf("slot %d", e.Slot)
	}
	kinds := ""
	if len(e.Kinds) > 0 {
		kinds = fmt.Sprint(e.Kinds)
	}
	return []string{fmt.Sprint(e.Seq), e.At.Format("01-02 15:04:05"), string(e.What), slot, string(e.Parcel), e.Who, kinds, e.Detail}
}
