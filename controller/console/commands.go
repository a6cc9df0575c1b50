package console

import (
	"cmp"
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
	words             [][]string // that may follow the name, by place, for completion
}

// commands lists every command in the order of help.
func commands() []command {
	return []command{
		{"help", "[COMMAND]", "the commands, or one of them at length", helpHelp, (*session).help, nil},
		{"status", "[-json]", "how the cabinet does", statusHelp, (*session).status, [][]string{{"-json"}}},
		{"doors", "", "every door switch, read now", doorsHelp, (*session).doors, nil},
		{"slots", "", "every slot: size, parcel, service", slotsHelp, (*session).slots, nil},
		{"open", "N REASON", "open door N", openHelp, (*session).open, nil},
		{"self-test", "[-pulse] [-json]", "check every part", selfTestHelp, (*session).selfTest, [][]string{{"-pulse", "-json"}, {"-pulse", "-json"}}},
		{"test", "lock [N]|door [N]|finger|mic|keypad|screen [-pulse] [-json]", "check one part", testHelp, (*session).test,
			[][]string{parts, {"-pulse", "-json"}, {"-pulse", "-json"}}},
		{"slot", "N out REASON | N in", "take slot N out of service, or back in", slotHelp, (*session).slot, [][]string{nil, {"out", "in"}}},
		{"log", "[-n N] [-f]", "the newest journal lines", logHelp, (*session).log, [][]string{{"-n", "-f"}}},
		{"events", "", "what waits for the information system", eventsHelp, (*session).events, nil},
		{"net", "", "the link to the information system", netHelp, (*session).net, nil},
		{"time", "", "clock and uptime", timeHelp, (*session).time, nil},
		{"config", "show|check", "the configuration in force, or the next one", configHelp, (*session).config, [][]string{{"show", "check"}}},
		{"people", "count", "how many are stored", peopleHelp, (*session).people, [][]string{{"count"}}},
		{"erase-check", "REFERENCE", "what is stored of one recipient", eraseCheckHelp, (*session).eraseCheck, nil},
		{"key", "", "fingerprints of the cabinet's keys", keyHelp, (*session).key, nil},
		{"commission", "", "learn which line belongs to which door", commissionHelp, (*session).commission, nil},
		{"export", "[-print]", "diagnostics without personal data", exportHelp, (*session).export, [][]string{{"-print"}}},
		{"version", "", "the program's version", versionHelp, (*session).version, nil},
		{"passwd", "", "change your secret", passwdHelp, (*session).passwd, nil},
		{"reboot", "", "start the machine anew", rebootHelp, (*session).reboot, nil},
		{"logout", "", "leave the console", logoutHelp, (*session).logout, nil},
	}
}

// habits are what technicians type elsewhere for a command.
var habits = map[string]string{"?": "help", "exit": "logout", "quit": "logout"}

// find returns the command of that name, in small or capital letters, or of a habit.
func find(name string) (command, bool) {
	name = strings.ToLower(name)
	name = cmp.Or(habits[name], name)
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
