package console

import (
	"context"
	"flag"
	"fmt"
	"slices"
)

const testHelp = `Checks one part: lock (relays), door (switches), finger (module), mic, keypad or screen; lock N or door N for one
of them. It reads only. With -pulse the doors of empty slots are opened one after another, and you are asked first.
With -json the result comes as JSON.`

// parts are the parts that can be tested.
var parts = []string{"lock", "door", "finger", "mic", "keypad", "screen"}

func (s *session) test(ctx context.Context, words []string) error {
	if len(words) == 0 || !slices.Contains(parts, words[0]) {
		return usageError("Say which part.")
	}
	if len(words) > 1 && (words[0] == "lock" || words[0] == "door") && words[1][0] != '-' {
		slot, err := slotNumber(words[1])
		if err != nil {
			return err
		}
		return s.runTest(ctx, fmt.Sprintf("%s %d", words[0], slot), words[2:])
	}
	return s.runTest(ctx, words[0], words[1:])
}

// runTest checks a part, or all of them when part is empty, and prints the result.
func (s *session) runTest(ctx context.Context, part string, words []string) error {
	var pulse, asJSON bool
	rest, err := flags(words, func(f *flag.FlagSet) {
		f.BoolVar(&pulse, "pulse", false, "")
		f.BoolVar(&asJSON, "json", false, "")
	})
	if err == nil {
		err = noWords(rest)
	}
	if err != nil {
		return err
	}
	if pulse {
		sure, err := s.confirm("The doors of empty slots will open. Type yes to go on: ")
		if err != nil || !sure {
			return err
		}
	}
	checks := s.o.Machine.SelfTest(ctx, part, pulse)
	if asJSON {
		return s.json(checks)
	}
	s.checks(checks)
	return nil
}

func (s *session) confirm(question string) (bool, error) {
	s.SetPrompt(question)
	answer, err := s.ReadLine()
	if err == nil && answer != "yes" {
		s.printf("Nothing was done.\n")
	}
	return answer == "yes", err
}

// checks prints results, faults with what to do about them, and how many there are.
func (s *session) checks(checks []Check) {
	rows := [][]string{{"part", "", "result", "seen", "what to do"}}
	faults := 0
	for _, c := range checks {
		result := "ok"
		if !c.OK {
			result = "FAULT"
			faults++
		}
		rows = append(rows, []string{c.Part, c.Name, result, c.Detail, c.Advice})
	}
	s.table(rows...)
	s.printf("%d checks, %d faults.\n", len(checks), faults)
}
