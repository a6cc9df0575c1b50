package infosystem_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"lockerd/controller"
	"lockerd/infosystem"
	"lockerd/infosystem/database/databasetest"
	"lockerd/matcher"
	"lockerd/store"
	"lockerd/sync/link"
	"lockerd/sync/wire"
)

// shelf takes what a cabinet is told into a store, without a controller.
type shelf struct {
	*store.Store
	ordered chan controller.RemoteCommand
}

func (s shelf) Assign(_ context.Context, change controller.DesiredChange) error {
	return s.Commit(controller.Change{Desired: &change, Entries: []controller.Entry{{At: time.Now(), What: controller.Assigned}}})
}

func (s shelf) Execute(_ context.Context, c controller.RemoteCommand) error {
	s.ordered <- c
	return s.Commit(controller.Change{Command: c.ID, Entries: []controller.Entry{{At: time.Now(), What: controller.CommandDone, Slot: c.Slot, Command: c.ID}}})
}

// joinLink has a cabinet's own link join and run until the test ends.
func joinLink(t *testing.T, s *infosystem.System) (shelf, *link.Link) {
	t.Helper()
	a, cabinet := apiOf(t, s), shelf{store.NewMemory(), make(chan controller.RemoteCommand, 1)}
	t.Cleanup(func() { cabinet.Close() })
	a.do("POST", "/api/v1/cabinets", object{"id": "lobby", "name": "Lobby"}, nil)
	begun := time.Now()
	l, err := link.New(link.Options{
		URL: s.WebURL(), Code: a.text("POST", "/api/v1/cabinets/lobby/join-codes", nil, "code"), Software: "test", Slots: 12,
		Assigner: cabinet, Journal: cabinet, Memory: cabinet, Vault: cabinet,
		MAC:  func(purpose string, data []byte) []byte { return append([]byte(purpose), data...) },
		Boot: func() (string, time.Duration) { return "boot", time.Hour + time.Since(begun) },
		Log:  slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("link: %v", err)
		}
	})
	return cabinet, l
}

// openDoor orders a door and waits until the cabinet did it.
func openDoor(t *testing.T, a api, cabinet shelf, slot int) {
	t.Helper()
	command := a.text("POST", "/api/v1/cabinets/lobby/commands", object{"action": "open", "slot": slot, "reason": "test"}, "id")
	if got := next(t, cabinet.ordered); got.ID != command || got.Slot != controller.Slot(slot) || got.Action != string(wire.ActionOpen) {
		t.Errorf("the cabinet was told %+v", got)
	}
	eventually(t, "the command's result", func() bool { return a.text("GET", "/api/v1/commands/"+command, nil, "state") == "done" })
}

// tellBothWays has desired state, events and a command pass between the system and a cabinet's own link.
func tellBothWays(t *testing.T, s *infosystem.System) shelf {
	t.Helper()
	a := apiOf(t, s)
	cabinet, l := joinLink(t, s)
	bo := a.text("POST", "/api/v1/people", object{"name": "Bo", "phone": "13800138000"}, "id")
	eventually(t, "the cabinet is connected", func() bool {
		var c struct{ Online bool }
		a.do("GET", "/api/v1/cabinets/lobby", nil, &c)
		return c.Online
	})
	a.do("POST", "/api/v1/parcels", object{"id": "P-1", "cabinet": "lobby", "recipient": bo, "size": 1}, nil)
	eventually(t, "the cabinet knows the parcel's recipient", func() bool {
		r, err := cabinet.Recipient(controller.RecipientID(bo))
		return err == nil && r.Name == "Bo" && r.PhoneTail == "8000"
	})
	sealed, err := link.NewSealer(cabinet).SealEnrolment(controller.Enrolment{
		Recipient: controller.RecipientID(bo), Invitation: a.text("POST", "/api/v1/people/"+bo+"/invitations", object{"cabinet": "lobby"}, "id"),
		Consent: []matcher.Kind{matcher.Pattern}, At: time.Now(),
		Firsts: []controller.FirstIdentification{{ID: "v1", Recipient: controller.RecipientID(bo), Identification: matcher.Identification{Kind: matcher.Pattern, Data: []byte("dots")}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	err = cabinet.Commit(controller.Change{Entries: []controller.Entry{
		{At: time.Now(), What: controller.EnrolledIt, Who: bo, Sealed: sealed}, {At: time.Now(), What: controller.Deposited, Parcel: "P-1", Slot: 4},
	}})
	if err != nil {
		t.Fatal(err)
	}
	l.Poke()
	eventually(t, "the cabinet has what was enrolled", func() bool {
		firsts, err := cabinet.FirstIdentifications(controller.RecipientID(bo))
		return err == nil && len(firsts) == 1 && string(firsts[0].Data) == "dots"
	})
	noticeText(t, a, "arrival")
	openDoor(t, a, cabinet, 4)
	for _, l := range lines(a) {
		if l.Problem != "" || l.What == "bad-message" {
			t.Errorf("the two ends do not understand each other: %+v", l)
		}
	}
	return cabinet
}

func TestWithTheCabinetsOwnLink(t *testing.T) { tellBothWays(t, start(t)) }

func TestWithAnotherBroker(t *testing.T) {
	program, err := exec.LookPath("mosquitto")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/mosquitto"); err != nil {
			t.Skip("mosquitto is missing (Debian package mosquitto)")
		}
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr).Port
	free.Close()
	settings := filepath.Join(t.TempDir(), "mosquitto.conf")
	if err := os.WriteFile(settings, fmt.Appendf(nil, "listener %d 127.0.0.1\nallow_anonymous true\npersistence false\n", port), 0o644); err != nil {
		t.Fatal(err)
	}
	broker := exec.Command(program, "-c", settings)
	if err := broker.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		broker.Process.Kill()
		broker.Wait()
	})
	options := infosystem.Options{Dir: t.TempDir(), Database: databasetest.Opener(t), Tenant: "test", Outbox: true, SignerSocket: socket(t), BrokerURL: fmt.Sprintf("tcp://127.0.0.1:%d", port)}
	s, err := infosystem.New(options)
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, s)
	cabinet := tellBothWays(t, s)
	// The information system starts again; the cabinet, still connected to the broker, need not know.
	stop()
	if s, err = infosystem.New(options); err != nil {
		t.Fatal(err)
	}
	run(t, s)
	a := apiOf(t, s)
	eventually(t, "the cabinet counts as connected after the restart", func() bool {
		var c struct{ Online bool }
		a.do("GET", "/api/v1/cabinets/lobby", nil, &c)
		return c.Online
	})
	openDoor(t, a, cabinet, 5)
}
