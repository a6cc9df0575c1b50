package infosystem_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"lockerd/controller"
	"lockerd/infosystem"
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

func (s shelf) Assign(change controller.DesiredChange) error {
	return s.Commit(controller.Change{Desired: &change, Entries: []controller.Entry{{At: time.Now(), What: controller.Assigned}}})
}

func (s shelf) Execute(_ context.Context, c controller.RemoteCommand) error {
	s.ordered <- c
	return s.Commit(controller.Change{Command: c.ID, Entries: []controller.Entry{{At: time.Now(), What: controller.CommandDone, Slot: c.Slot, Command: c.ID}}})
}

// joinLink has a cabinet's own link join and run until the test ends.
func joinLink(t *testing.T, s *infosystem.System, change ...func(*link.Options)) (shelf, *link.Link) {
	t.Helper()
	options, cabinet := linkOptions(t, s, change...)
	l, _ := runLink(t, options)
	return cabinet, l
}

// linkOptions are those of a cabinet's own link that is about to join.
func linkOptions(t *testing.T, s *infosystem.System, change ...func(*link.Options)) (link.Options, shelf) {
	t.Helper()
	a, cabinet := apiOf(t, s), shelf{store.NewMemory(), make(chan controller.RemoteCommand, 1)}
	t.Cleanup(func() { cabinet.Close() })
	a.do("POST", "/api/v1/cabinets", object{"id": "lobby", "name": "Lobby"}, nil)
	begun := time.Now()
	options := link.Options{
		URL: s.WebURL(), Code: a.text("POST", "/api/v1/cabinets/lobby/join-codes", nil, "code"), Software: "test", Slots: 12,
		Assigner: cabinet, Journal: cabinet, Memory: cabinet, Vault: cabinet,
		MAC:  func(purpose string, data []byte) []byte { return append([]byte(purpose), data...) },
		Boot: func() (string, time.Duration) { return "boot", time.Hour + time.Since(begun) },
		Log:  slog.New(slog.DiscardHandler),
	}
	for _, c := range change {
		c(&options)
	}
	return options, cabinet
}

// runLink runs a link until stop is called or the test ends.
func runLink(t *testing.T, options link.Options) (l *link.Link, stop func()) {
	t.Helper()
	l, err := link.New(options)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("link: %v", err)
		}
	})
	t.Cleanup(stop)
	return l, stop
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

// online tells whether the information system counts a cabinet as connected.
func (a api) online(cabinet string) bool {
	a.t.Helper()
	var c struct{ Online bool }
	a.do("GET", "/api/v1/cabinets/"+cabinet, nil, &c)
	return c.Online
}

// tellBothWays has desired state, events and a command pass between the system and a cabinet's own link.
func tellBothWays(t *testing.T, s *infosystem.System, cabinet shelf, l *link.Link) {
	t.Helper()
	a := apiOf(t, s)
	bo := a.text("POST", "/api/v1/people", object{"name": "Bo", "phone": "13800138000"}, "id")
	eventually(t, "the cabinet is connected", func() bool { return a.online("lobby") })
	a.do("POST", "/api/v1/parcels", object{"id": "P-1", "cabinet": "lobby", "recipient": bo, "size": 1}, nil)
	eventually(t, "the cabinet knows the parcel's recipient", func() bool {
		r, err := cabinet.Recipient(controller.RecipientID(bo))
		return err == nil && r.Name == "Bo" && r.PhoneTail == "8000"
	})
	sealed, err := link.NewSealer(cabinet).SealEnrolment(controller.Enrolment{
		Recipient: controller.RecipientID(bo), Invitation: a.invite(bo),
		Consent: []matcher.Kind{matcher.Pattern}, At: time.Now(),
		Firsts: []controller.FirstIdentification{{ID: "v1", Recipient: controller.RecipientID(bo), Identification: matcher.Identification{Kind: matcher.Pattern, Data: []byte("dots")}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	err = cabinet.Commit(controller.Change{Entries: []controller.Entry{
		{At: time.Now(), What: controller.Enrolled, Who: bo, Sealed: sealed}, {At: time.Now(), What: controller.Deposited, Parcel: "P-1", Slot: 4},
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
}

func TestWithTheCabinetsOwnLink(t *testing.T) {
	s := start(t)
	cabinet, l := joinLink(t, s)
	tellBothWays(t, s, cabinet, l)
}

// TestCabinetJoinsAnew: with another code a cabinet has other keys and another password, and all that lies in it; what
// was to be told meanwhile is told, and the old keys are of no use.
func TestCabinetJoinsAnew(t *testing.T) {
	s := start(t)
	options, cabinet := linkOptions(t, s)
	l, stop := runLink(t, options)
	a := apiOf(t, s)
	tellBothWays(t, s, cabinet, l)
	before, err := link.Keys(cabinet)
	if err != nil {
		t.Fatal(err)
	}
	stop()

	ada := a.text("POST", "/api/v1/people", object{"name": "Ada", "phone": "13800138001"}, "id")
	a.do("POST", "/api/v1/parcels", object{"id": "P-2", "cabinet": "lobby", "recipient": ada, "size": 1}, nil)
	err = cabinet.Commit(controller.Change{Entries: []controller.Entry{{At: time.Now(), What: controller.CollectedIt, Parcel: "P-1", Slot: 4}}})
	if err != nil {
		t.Fatal(err)
	}
	options.Code = a.text("POST", "/api/v1/cabinets/lobby/join-codes", nil, "code")
	runLink(t, options)
	eventually(t, "the cabinet knows who came meanwhile", func() bool {
		r, err := cabinet.Recipient(controller.RecipientID(ada))
		return err == nil && r.Name == "Ada"
	})
	eventually(t, "what happened meanwhile is told", func() bool { return a.text("GET", "/api/v1/parcels/P-1", nil, "phase") == "collected" })
	openDoor(t, a, cabinet, 5)
	after, err := link.Keys(cabinet)
	if err != nil || after[0] == before[0] || after[1] == before[1] || after[2] != before[2] {
		t.Errorf("the keys are %v, were %v, %v", after, before, err)
	}
	for _, l := range lines(a) {
		if l.Problem != "" || l.What == "bad-message" || l.What == "new-epoch" {
			t.Errorf("the two ends do not understand each other: %+v", l)
		}
	}
}

// TestJoinCodeOfAnotherCabinet: a code that is put into the wrong cabinet takes nothing from the one it was made for, and
// can be used there.
func TestJoinCodeOfAnotherCabinet(t *testing.T) {
	s := start(t)
	options, cabinet := linkOptions(t, s)
	l, stop := runLink(t, options)
	a, yard := apiOf(t, s), joinCabinet(t, s, "yard")
	tellBothWays(t, s, cabinet, l)
	stop()
	eventually(t, "the lobby is gone", func() bool { return !a.online("lobby") })

	options.Code = a.text("POST", "/api/v1/cabinets/yard/join-codes", nil, "code")
	l, _ = runLink(t, options)
	eventually(t, "the lobby is back", func() bool { return l.Status().Connected })
	openDoor(t, a, cabinet, 5)
	yard.client.Disconnect(0)
	yard.connect()
	yard.hello()
	newCabinet(t).join(a, options.Code)
}

// TestCabinetJoinsAnewAfterALostAnswer: the information system took the cabinet's other keys, the answer got lost and the
// power failed. At its next start the cabinet asks again, and is let in.
func TestCabinetJoinsAnewAfterALostAnswer(t *testing.T) {
	s := start(t)
	options, cabinet := linkOptions(t, s)
	l, stop := runLink(t, options)
	a := apiOf(t, s)
	eventually(t, "the cabinet is connected", func() bool { return l.Status().Connected })
	stop()

	taken := make(chan int, 10)
	loses := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		response, err := http.Post(s.WebURL()+r.URL.Path, r.Header.Get("Content-Type"), r.Body)
		if err == nil {
			response.Body.Close()
			taken <- response.StatusCode
		}
		panic(http.ErrAbortHandler)
	}))
	defer loses.Close()
	direct := options.URL
	options.URL, options.Code = loses.URL, a.text("POST", "/api/v1/cabinets/lobby/join-codes", nil, "code")
	_, stop = runLink(t, options)
	if status := next(t, taken); status != http.StatusOK {
		t.Fatalf("the information system answers %d", status)
	}
	stop()

	options.URL = direct
	l, _ = runLink(t, options)
	eventually(t, "the cabinet is let in", func() bool { return l.Status().Connected })
	openDoor(t, a, cabinet, 5)
}
