package console

import (
	"context"
	"flag"
	"io"
	"strconv"
	"strings"

	"lockerd/controller"
)

// command is one thing that a technician can ask for.
type command struct {
	name, args, about string
	help              string // what stands above the command's function, for "help NAME"
	run               func(s *session, ctx context.Context, words []string) error
}

// commands lists every command in the order of help.
func commands() []command {
	return []command{
		{"help", "[COMMAND]", "the commands, or one of them at length", helpHelp, (*session).help},
		{"status", "[-json]", "how the cabinet does", statusHelp, (*session).status},
		{"doors", "", "every door switch, read now", doorsHelp, (*session).doors},
		{"slots", "", "every slot: size, parcel, service", slotsHelp, (*session).slots},
		{"open", "N REASON", "open door N", openHelp, (*session).open},
		{"test", "lock [N]|door|finger|mic|keypad|screen [-pulse] [-json]", "check one part", testHelp, (*session).test},
		{"self-test", "[-pulse] [-json]", "check every part", selfTestHelp, (*session).selfTest},
		{"slot", "N out REASON | N in", "take slot N out of service, or back in", slotHelp, (*session).slot},
		{"log", "[-n N] [-f]", "the newest journal lines", logHelp, (*session).log},
		{"people", "count", "how many are stored", peopleHelp, (*session).people},
		{"net", "", "the link to the information system", netHelp, (*session).net},
		{"time", "", "clock and uptime", timeHelp, (*session).time},
		{"config", "show", "the configuration in force", configHelp, (*session).config},
		{"version", "", "the program's version", versionHelp, (*session).version},
		{"passwd", "", "change your secret", passwdHelp, (*session).passwd},
		{"logout", "", "leave the console", logoutHelp, (*session).logout},
	}
}

func find(name string) (command, bool) {
	for _, c := range commands() {
		if c.name == name {
			return c, true
		}
	}
	return command{}, false
}

// flags reads a command's options; help and error texts of the flag package are not printed.
func flags(words []string, define func(*flag.FlagSet)) ([]string, error) {
	set := flag.NewFlagSet("", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	define(set)
	if err := set.Parse(words); err != nil {
		return nil, usageError("Not understood: " + err.Error() + ".")
	}
	return set.Args(), nil
}

// slotNumber reads a slot's number.
func slotNumber(word string) (controller.Slot, error) {
	n, err := strconv.Atoi(strings.TrimLeft(word, "0"))
	if err != nil || n < 1 {
		return 0, usageError("A slot is a number from 1.")
	}
	return controller.Slot(n), nil
}

// noWords refuses words behind a command that takes none.
func noWords(words []string) error {
	if len(words) > 0 {
		return usageError("Nothing goes behind that command.")
	}
	return nil
}
