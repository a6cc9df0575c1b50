package console

import (
	"strings"
	"testing"
	"time"
)

func TestPulseOnlyWhenAskedTwice(t *testing.T) {
	m := &machine{}
	b := serve(t, &technician{secret: "4711"}, m, time.Hour)
	b.login()
	b.say("self-test")
	b.types("self-test -pulse\r")
	b.await("go on: ")
	if out := b.say("y"); !strings.Contains(out, "Nothing was done") || m.pulsed {
		t.Errorf("pulsed without a plain yes: %q", out)
	}
	b.types("self-test -pulse\r")
	b.await("go on: ")
	if b.say("yes"); !m.pulsed {
		t.Error("not pulsed although asked and confirmed")
	}
}

func TestRebootOnlyWhenSure(t *testing.T) {
	m := &machine{}
	b := serve(t, &technician{secret: "4711"}, m, time.Hour)
	b.login()
	b.types("reboot\r")
	if b.await("go on: "); m.rebooted {
		t.Error("rebooted before the answer")
	}
	if out := b.say("y"); !strings.Contains(out, "Nothing was done") || m.rebooted {
		t.Errorf("rebooted without a plain yes: %q", out)
	}
	b.types("reboot\r")
	b.await("go on: ")
	b.types("yes\r")
	if b.await("Staff number: "); !m.rebooted {
		t.Error("not rebooted although asked and confirmed")
	}
}

func TestNoJournalNoCommand(t *testing.T) {
	tech := &technician{secret: "4711", noAudit: true}
	b := serve(t, tech, &machine{}, time.Hour)
	b.login()
	if out := b.say("open 3 hinge"); !strings.Contains(out, "journal cannot be written") || len(tech.done) > 0 {
		t.Errorf("carried out without a journal line: %q, %v", out, tech.done)
	}
}

func TestFollowStopsAtAKey(t *testing.T) {
	b := serve(t, &technician{secret: "4711"}, &machine{}, time.Hour)
	b.login()
	b.types("log -f\r")
	b.await("Press a key to stop.\r\n")
	b.types("q")
	b.await("A-1> ")
	if out := b.say("version"); !strings.Contains(out, "1.2.3") {
		t.Errorf("after following: %q", out)
	}
}

func TestCommandsByHabit(t *testing.T) {
	for typed, want := range map[string]string{"HELP": "help", "?": "help", "Exit": "logout", "quit": "logout", "Self-Test": "self-test", "sh": ""} {
		if c, _ := find(typed); c.name != want {
			t.Errorf("%s is %q, want %q", typed, c.name, want)
		}
	}
}

func TestEveryCommandHasHelp(t *testing.T) {
	for _, c := range commands() {
		if len(c.help) < 20 || c.about == "" || c.run == nil {
			t.Errorf("%s is not explained", c.name)
		}
	}
}
