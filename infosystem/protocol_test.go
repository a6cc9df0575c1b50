package infosystem_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"lockerd/infosystem"
	"lockerd/matcher"
	"lockerd/matcher/passcode"
	"lockerd/sync/wire"
)

// line is an event as the API tells it.
type line struct {
	Cabinet, What, Parcel, Detail, Problem string
	Seq                                    uint64
}

func lines(a api) (all []line) {
	a.t.Helper()
	a.do("GET", "/api/v1/events?after=0&limit=1000", nil, &all)
	return all
}

func count(all []line, what string) (n int) {
	for _, l := range all {
		if l.What == what {
			n++
		}
	}
	return n
}

// ready is a cabinet with an expected parcel P-1 for Bo.
func ready(t *testing.T, s *infosystem.System) (a api, c *cabinet, bo string) {
	t.Helper()
	a, c = apiOf(t, s), joinCabinet(t, s, "lobby")
	c.hello()
	c.apply()
	bo = a.text("POST", "/api/v1/people", object{"name": "Bo", "phone": "13800138000"}, "id")
	a.do("POST", "/api/v1/parcels", object{"id": "P-1", "cabinet": "lobby", "recipient": bo, "size": 1}, nil)
	c.apply()
	return a, c, bo
}

func TestEventsCountOnce(t *testing.T) {
	s := start(t)
	a, c, _ := ready(t, s)
	run := []wire.Event{{Seq: 1, What: "opened", Slot: 1}, {Seq: 2, What: "deposited", Parcel: "P-1", Slot: 2}}
	for range 3 { // the same run again and again
		c.say(wire.TypeEvents, wire.Events{Epoch: c.epoch, Events: run})
		if ack := next(t, c.acks); ack.Seq != 2 {
			t.Errorf("acknowledged %d, want 2", ack.Seq)
		}
	}
	// Overlap, and then a gap: what is behind it waits.
	c.say(wire.TypeEvents, wire.Events{Epoch: c.epoch, Events: []wire.Event{run[1], {Seq: 3, What: "door-shut", Slot: 2}, {Seq: 5, What: "forced", Slot: 2}}})
	if ack := next(t, c.acks); ack.Seq != 3 {
		t.Errorf("acknowledged %d behind a gap, want 3", ack.Seq)
	}
	all := lines(a)
	for _, what := range []string{"opened", "deposited", "door-shut"} {
		if n := count(all, what); n != 1 {
			t.Errorf("%s counts %d times", what, n)
		}
	}
	if count(all, "forced") != 0 {
		t.Error("an event behind a gap was taken")
	}
	for _, l := range all {
		if l.Problem != "" {
			t.Errorf("a repetition made a problem: %+v", l)
		}
	}
}

func TestNewEpochAndLostLines(t *testing.T) {
	s := start(t)
	a, c, _ := ready(t, s)
	c.happen(wire.Event{What: "opened", Slot: 1})
	rand.Read(c.epoch[:])
	c.seq = 0
	c.say(wire.TypeEvents, wire.Events{Epoch: c.epoch, Events: []wire.Event{{Seq: 1, What: "jammed", Slot: 1}}})
	if w := c.hello(); w.Acked != 0 {
		t.Errorf("in a new epoch %d is acknowledged", w.Acked)
	}
	c.happen(wire.Event{What: "door-shut", Slot: 1})
	// Of this journal the lines 2–9 are gone for good.
	rand.Read(c.nonce[:])
	c.say(wire.TypeHello, wire.Hello{Epoch: c.epoch, Boot: "b", Have: c.have, Root: wire.Root(c.hashes), First: 10, Last: 12, Nonce: c.nonce, Slots: 12})
	if w := next(t, c.welcome); w.Acked != 9 {
		t.Errorf("acknowledged %d, want 9: up to there is nothing to come", w.Acked)
	}
	all := lines(a)
	if count(all, "new-epoch") != 1 || count(all, "gap") != 1 || count(all, "jammed") != 0 {
		t.Errorf("the operator sees %+v", all)
	}
}

func TestEventsThatCannotBe(t *testing.T) {
	s := start(t)
	a, c, bo := ready(t, s)
	eve := wire.EnrolmentBody{Recipient: "r-eve", Invitation: "i-1", Consent: []string{"pattern"}, IDs: []string{"v1"}, Records: []wire.VerificationBody{{Recipient: "r-eve", Kind: "pattern", Data: []byte("x")}}}
	code := wire.CodeBody{Recipient: bo, Parcel: "P-1", Slot: 1, Code: "12345678"}
	bad := []wire.Event{
		{What: "deposited", Parcel: "P-9", Slot: 1},
		{What: "collected", Parcel: "P-1", Slot: 1},
		{What: "code-issued", Parcel: "P-1"},
		{What: "code-issued", Parcel: "P-1", Sealed: []byte("rubbish")},
		{What: "code-issued", Parcel: "P-2", Sealed: c.seal("code-issued", "P-1", code)},
		{What: "code-issued", Parcel: "P-9", Sealed: c.seal("code-issued", "P-9", code)},
		{What: "enrolled", Who: "r-eve", Sealed: c.seal("enrolled", "r-eve", eve)},
		{What: "enrolled", Who: bo, Sealed: c.seal("enrolled", bo, eve)},
		{What: "erased", Who: "r-eve"},
		{What: "command-done", Command: "c-unknown"},
	}
	c.happen(append(bad, wire.Event{What: "deposited", Parcel: "P-1", Slot: 6})...)
	problems := 0
	for _, l := range lines(a) {
		if l.Problem != "" {
			problems++
			if strings.Contains(l.Problem, "12345678") {
				t.Errorf("a problem tells a code: %+v", l)
			}
		}
	}
	if problems != len(bad) {
		t.Errorf("%d events have a problem, want %d", problems, len(bad))
	}
	if phase := a.text("GET", "/api/v1/parcels/P-1", nil, "phase"); phase != "stored" {
		t.Errorf("the good event behind them was not carried out: the parcel is %s", phase)
	}
}

func TestEnrolmentIsBoundToInvitationAndConsent(t *testing.T) {
	s := start(t)
	a, c, bo := ready(t, s)
	invite := func() string {
		return a.text("POST", "/api/v1/people/"+bo+"/invitations", object{"cabinet": "lobby"}, "id")
	}
	enrol := func(invitation string, consent ...string) wire.Event {
		return wire.Event{What: "enrolled", Who: bo, Sealed: c.seal("enrolled", bo, wire.EnrolmentBody{
			Recipient: bo, Invitation: invitation, Consent: consent, Consented: 1, IDs: []string{"v1"},
			Records: []wire.VerificationBody{{Recipient: bo, Kind: "pattern", Data: []byte("dots")}},
		})}
	}
	kinds := func() map[string]int {
		var d struct{ Kinds map[string]int }
		a.do("GET", "/api/v1/people/"+bo, nil, &d)
		return d.Kinds
	}
	first := invite()
	c.happen(enrol(first, "fingerprint"))
	if len(kinds()) != 0 {
		t.Error("a pattern was stored to which nobody consented")
	}
	c.happen(enrol(first, "pattern"), enrol(first, "pattern"))
	if all := lines(a); kinds()["pattern"] != 1 || all[len(all)-1].Problem == "" {
		t.Errorf("after one good and one second use of an invitation: %v, %+v", kinds(), all[len(all)-1])
	}
	second := invite()
	a.do("DELETE", "/api/v1/people/"+bo+"/verification", nil, nil)
	c.happen(enrol(second, "pattern"))
	if len(kinds()) != 0 {
		t.Error("an enrolment that came after the withdrawal was stored")
	}
}

func TestForeignAndDamagedMessages(t *testing.T) {
	s := start(t)
	a, c, _ := ready(t, s)
	yard := joinCabinet(t, s, "yard")
	topic := c.address.Up(wire.TypeEvents)
	good := wire.Events{Epoch: c.epoch, Events: []wire.Event{{Seq: 1, What: "forced", Slot: 1}}}
	_, stranger, _ := ed25519.GenerateKey(nil)
	forged, err := wire.Sign(stranger, topic, good)
	if err != nil {
		t.Fatal(err)
	}
	moved, err := wire.Sign(c.key, c.address.Up(wire.TypeReport), good)
	if err != nil {
		t.Fatal(err)
	}
	for _, payload := range [][]byte{nil, []byte("rubbish"), make([]byte, wire.MaxPayload+1), forged, moved} {
		c.publish(topic, payload)
	}
	c.happen(wire.Event{What: "opened", Slot: 1}) // and still it is served
	if n := count(lines(a), "forced"); n != 0 {
		t.Errorf("%d foreign or damaged messages were believed", n)
	}
	// A cabinet that publishes in another's name is thrown out by the broker.
	payload, err := wire.Sign(yard.key, topic, good)
	if err != nil {
		t.Fatal(err)
	}
	yard.client.Publish(topic, 1, false, payload)
	eventually(t, "the broker throws the intruder out", func() bool { return !yard.client.IsConnectionOpen() })
	if n := count(lines(a), "forced"); n != 0 {
		t.Error("the broker let a cabinet publish in another's name")
	}
}

func TestBrokerLetsNobodyElseIn(t *testing.T) {
	s := start(t)
	_, c, _ := ready(t, s)
	try := func(change func(*mqtt.ClientOptions)) (mqtt.Client, error) {
		o := mqtt.NewClientOptions().AddBroker(c.answer.Broker).SetClientID("lobby").SetUsername("lobby").SetPassword(c.answer.Password).SetProtocolVersion(4).SetAutoReconnect(false)
		change(o)
		client := mqtt.NewClient(o)
		token := client.Connect()
		if !token.WaitTimeout(5 * time.Second) {
			t.Fatal("no answer from the broker")
		}
		return client, token.Error()
	}
	for name, change := range map[string]func(*mqtt.ClientOptions){
		"wrong password":    func(o *mqtt.ClientOptions) { o.SetPassword("guess") },
		"no password":       func(o *mqtt.ClientOptions) { o.SetPassword("") },
		"unknown cabinet":   func(o *mqtt.ClientOptions) { o.SetClientID("eve").SetUsername("eve") },
		"another client id": func(o *mqtt.ClientOptions) { o.SetClientID("eve") },
		"a will for others": func(o *mqtt.ClientOptions) { o.SetWill("lk/v1/test/yard/st/presence", "x", 1, true) },
	} {
		if client, err := try(change); err == nil {
			t.Errorf("%s: connected", name)
			client.Disconnect(0)
		}
	}
	for _, filter := range []string{"#", "lk/v1/test/+/dn/+", "lk/v1/test/yard/dn/+", "lk/v1/test/lobby/up/+"} {
		token := c.client.Subscribe(filter, 1, nil)
		token.WaitTimeout(5 * time.Second)
		if code := token.(*mqtt.SubscribeToken).Result()[filter]; code != 128 {
			t.Errorf("subscribing to %s gave %d, want 128", filter, code)
		}
	}
}

func TestSnapshot(t *testing.T) {
	s := start(t)
	a, c := apiOf(t, s), joinCabinet(t, s, "lobby")
	c.hello()
	c.apply()
	bo := a.text("POST", "/api/v1/people", object{"name": "Bo", "phone": "13800138000"}, "id")
	invitation := a.text("POST", "/api/v1/people/"+bo+"/invitations", object{"cabinet": "lobby"}, "id")
	c.apply()
	big := wire.EnrolmentBody{Recipient: bo, Invitation: invitation, Consent: []string{"voice"}, Consented: 1}
	for i := range 3 { // more than one message holds
		big.IDs = append(big.IDs, fmt.Sprintf("v%d", i))
		big.Records = append(big.Records, wire.VerificationBody{Recipient: bo, Kind: "voice", Data: make([]byte, 38<<10)})
	}
	c.happen(wire.Event{What: "enrolled", Who: bo, Sealed: c.seal("enrolled", bo, big)})
	c.apply()
	a.do("POST", "/api/v1/parcels", object{"id": "P-1", "cabinet": "lobby", "recipient": bo, "size": 1}, nil)

	all := collect(t, c, next(t, c.chunks))
	hashes := map[string][32]byte{}
	for _, chunk := range all {
		for _, r := range chunk.Records {
			hashes[r.Key()] = r.Hash()
		}
	}
	if wire.Root(hashes) != all[0].Root {
		t.Fatal("the root does not fit the snapshot's records")
	}
	// A transfer that broke off goes on with the same cut.
	last := len(all) - 1
	c.say(wire.TypeFetch, wire.Fetch{Version: all[0].Version, Index: last})
	if again := next(t, c.chunks); again.Index != last || again.Count != len(all) || len(again.Records) != len(all[last].Records) || again.Records[0].Hash() != all[last].Records[0].Hash() {
		t.Errorf("the resumed chunk is %d of %d with %d records", again.Index, again.Count, len(again.Records))
	}
	// Silent drift: the version is right, the root is not.
	c.say(wire.TypeReport, wire.Report{Version: all[0].Version, Root: [32]byte{1}})
	if chunk := next(t, c.chunks); chunk.Index != 0 || chunk.Version != all[0].Version {
		t.Errorf("after a drift came chunk %d of version %d", chunk.Index, chunk.Version)
	}
}

// collect takes the other chunks of a snapshot; each fits a message.
func collect(t *testing.T, c *cabinet, first wire.Chunk) []wire.Chunk {
	t.Helper()
	all := []wire.Chunk{first}
	for len(all) < first.Count {
		chunk := next(t, c.chunks)
		if chunk.Version != first.Version || chunk.Index != len(all) || chunk.Root != first.Root {
			t.Fatalf("chunk %d of version %d came after %d", chunk.Index, chunk.Version, len(all))
		}
		all = append(all, chunk)
	}
	if first.Count < 2 {
		t.Fatalf("the snapshot has %d chunks, want several", first.Count)
	}
	return all
}

func TestRestoredDatabaseAndRejoin(t *testing.T) {
	s := start(t)
	a, c, bo := ready(t, s)
	// The cabinet has a version that this database never gave.
	c.have = 1000
	if w := c.hello(); w.Latest != 1001 {
		t.Errorf("the latest version is %d, want 1001", w.Latest)
	}
	// A replaced computer joins in its place: everything comes again, sealed to the new key.
	replaced := newCabinet(t)
	replaced.join(a, a.text("POST", "/api/v1/cabinets/lobby/join-codes", nil, "code"))
	replaced.connect()
	replaced.hello()
	records := replaced.apply()
	if got := body[wire.RecipientBody](replaced, records[key(wire.RecordRecipient, bo)]); got.Name != "Bo" {
		t.Errorf("the replaced computer got %+v", got)
	}
}

func TestRecallBeforeItCame(t *testing.T) {
	s := start(t)
	a, c, _ := ready(t, s)
	a.do("POST", "/api/v1/parcels/P-1/recall", nil, nil)
	c.apply() // the recall, about which a cabinet that does not know the parcel says nothing
	if !c.apply()[key(wire.RecordParcel, "P-1")].Gone {
		t.Error("a parcel that never came is still wanted at the cabinet")
	}
	if phase := a.text("GET", "/api/v1/parcels/P-1", nil, "phase"); phase != "returned" {
		t.Errorf("a parcel that never came is %s, want returned", phase)
	}
	// And yet a courier had dropped it off while the cabinet had no network: where it lies counts.
	c.happen(wire.Event{What: "deposited", Parcel: "P-1", Slot: 3})
	if got := body[wire.ParcelBody](c, c.apply()[key(wire.RecordParcel, "P-1")]); !got.Recalled {
		t.Errorf("the cabinet got %+v, want it recalled", got)
	}
	c.happen(wire.Event{What: "recalled", Parcel: "P-1", Slot: 3}, wire.Event{What: "taken-back", Parcel: "P-1", Slot: 3}, wire.Event{What: "recalled", Parcel: "P-1"})
	if phase := a.text("GET", "/api/v1/parcels/P-1", nil, "phase"); phase != "returned" {
		t.Errorf("after it was taken back it is %s", phase)
	}
	for _, l := range lines(a) {
		if l.Problem != "" {
			t.Errorf("a problem: %+v", l)
		}
	}
}

func TestParcelOfAnErasedPersonHoldsNothingUp(t *testing.T) {
	s := start(t)
	a, c, bo := ready(t, s)
	a.do("POST", "/api/v1/parcels/P-1/recall", nil, nil)
	c.apply()
	c.apply()
	a.do("DELETE", "/api/v1/people/"+bo, nil, nil)
	c.happen(wire.Event{What: "deposited", Parcel: "P-1", Slot: 3}, wire.Event{What: "opened", Slot: 1})
	if phase := a.text("GET", "/api/v1/parcels/P-1", nil, "phase"); phase != "stored" {
		t.Errorf("the parcel is %s, want stored: that is where it lies", phase)
	}
	c.happen(wire.Event{What: "taken-back", Parcel: "P-1", Slot: 3})
	if phase := a.text("GET", "/api/v1/parcels/P-1", nil, "phase"); phase != "returned" {
		t.Errorf("after it was taken back it is %s", phase)
	}
}

func TestRecallAndErase(t *testing.T) {
	s := start(t)
	a, c, bo := ready(t, s)
	if code, raw := a.try("DELETE", "/api/v1/people/"+bo, nil); code != 409 {
		t.Errorf("erasing a person with a parcel under way gave %d %s", code, raw)
	}
	c.happen(wire.Event{What: "deposited", Parcel: "P-1", Slot: 2})
	a.do("POST", "/api/v1/parcels/P-1/recall", nil, nil)
	if got := body[wire.ParcelBody](c, c.apply()[key(wire.RecordParcel, "P-1")]); !got.Recalled {
		t.Errorf("the cabinet got %+v, want it recalled", got)
	}
	c.happen(wire.Event{What: "recalled", Parcel: "P-1"}, wire.Event{What: "taken-back", Parcel: "P-1", Slot: 2})
	if records := c.apply(); !records[key(wire.RecordParcel, "P-1")].Gone {
		t.Error("a parcel that was taken back is still wanted at the cabinet")
	}
	a.do("DELETE", "/api/v1/people/"+bo, nil, nil)
	if code, _ := a.try("GET", "/api/v1/people/"+bo, nil); code != 404 {
		t.Errorf("an erased person gives %d", code)
	}
}

// TestWithdrawnAtTheCabinet: a kind that was withdrawn there is destroyed here, by the invitation, and nothing
// else is; a cabinet's word alone destroys nothing.
func TestWithdrawnAtTheCabinet(t *testing.T) {
	s := start(t)
	a, c, bo := ready(t, s)
	invite := func() string {
		return a.text("POST", "/api/v1/people/"+bo+"/invitations", object{"cabinet": "lobby"}, "id")
	}
	kinds := func() map[string]int {
		var dossier struct{ Kinds map[string]int }
		a.do("GET", "/api/v1/people/"+bo, nil, &dossier)
		return dossier.Kinds
	}
	c.happen(wire.Event{What: "enrolled", Who: bo, Sealed: c.seal("enrolled", bo, wire.EnrolmentBody{
		Recipient: bo, Invitation: invite(), Consent: []string{"pattern", "passcode"}, Consented: 1_700_000_000,
		IDs: []string{"w1", "w2"}, Records: []wire.VerificationBody{
			{Recipient: bo, Kind: "pattern", Data: []byte("dots")}, {Recipient: bo, Kind: "passcode", Data: []byte("digits")}},
	})})
	c.happen(wire.Event{What: "withdrawn", Who: bo, Kinds: []string{"pattern"}})
	if got := kinds(); len(got) != 2 {
		t.Errorf("without an invitation %v are left", got)
	}
	invite()
	for _, bad := range [][]string{nil, {""}, {"face"}} {
		c.happen(wire.Event{What: "withdrawn", Who: bo, Kinds: bad})
		if got := kinds(); len(got) != 2 {
			t.Errorf("after %q was withdrawn %v are left", bad, got)
		}
	}
	c.happen(wire.Event{What: "withdrawn", Who: bo, Kinds: []string{"pattern"}})
	if got := kinds(); len(got) != 1 || got["passcode"] != 1 {
		t.Errorf("after the pattern was withdrawn %v are left", got)
	}
}

// TestSecretChosenAtACabinet: who knew the old secret changes it everywhere; a cabinet's word alone does not, nor
// does a second one that comes later.
func TestSecretChosenAtACabinet(t *testing.T) {
	s := start(t)
	a, c := apiOf(t, s), joinCabinet(t, s, "lobby")
	other := joinCabinet(t, s, "yard")
	for _, each := range []*cabinet{c, other} {
		each.hello()
		each.apply()
	}
	first := a.text("POST", "/api/v1/staff", object{"number": "1001", "role": "courier", "badge": "badge-1001-x"}, "secret")
	for _, each := range []*cabinet{c, other} {
		got := body[wire.StaffBody](each, each.apply()[key(wire.RecordStaff, "1001")])
		if !got.OneTime || got.Badge != "badge-1001-x" {
			t.Errorf("the cabinet got %+v, want a first secret and the badge", got)
		}
	}
	change := func(old, chosen string) {
		c.happen(wire.Event{What: "secret-changed", Who: "1001", Sealed: c.seal("secret-changed", "1001",
			wire.SecretBody{Number: "1001", Old: []byte(old), Secret: passcode.Hash([]byte(chosen))})})
	}
	change("000000", "666666")
	change(first, "271828")
	for _, each := range []*cabinet{c, other} {
		got := body[wire.StaffBody](each, each.apply()[key(wire.RecordStaff, "1001")])
		verdict, err := passcode.Matcher{}.Compare(matcher.Identification{Data: got.Secret}, matcher.Identification{Data: []byte("271828")})
		if got.OneTime || err != nil || !verdict.Match {
			t.Errorf("after the change the cabinet got one-time %v, match %v, %v", got.OneTime, verdict.Match, err)
		}
	}
	change(first, "161803")
	var lines []struct{ What, Problem string }
	a.do("GET", "/api/v1/events", nil, &lines)
	refused := 0
	for _, line := range lines {
		if line.What == "secret-changed" && line.Problem != "" {
			refused++
		}
	}
	if refused != 2 {
		t.Errorf("%d changes were refused, want 2", refused)
	}
	for _, badge := range []string{"badge-1001-x", "1001 001", "short", strings.Repeat("x", 65)} {
		if code, _ := a.try("POST", "/api/v1/staff", object{"number": "1002", "role": "courier", "badge": badge}); code/100 != 4 {
			t.Errorf("badge %q gave %d", badge, code)
		}
	}
}

// TestErasureReachesOtherCabinets: what is erased at one cabinet goes from all that hold the person.
func TestErasureReachesOtherCabinets(t *testing.T) {
	s := start(t)
	a, c, bo := ready(t, s)
	other := joinCabinet(t, s, "yard")
	other.hello()
	other.apply()
	invitation := a.text("POST", "/api/v1/people/"+bo+"/invitations", object{"cabinet": "lobby"}, "id")
	a.do("POST", "/api/v1/parcels", object{"id": "P-2", "cabinet": "yard", "recipient": bo, "size": 1}, nil)
	other.apply()
	c.happen(wire.Event{What: "enrolled", Who: bo, Sealed: c.seal("enrolled", bo, wire.EnrolmentBody{
		Recipient: bo, Invitation: invitation, Consent: []string{"passcode"}, Consented: 1_700_000_000,
		IDs: []string{"w2"}, Records: []wire.VerificationBody{{Recipient: bo, Kind: "passcode", Data: []byte("digits")}},
	})})
	if records := other.apply(); records[key(wire.RecordVerification, "w2")].Gone || len(records) != 1 {
		t.Errorf("after the enrolment the other cabinet got %v", records)
	}
	a.do("POST", "/api/v1/people/"+bo+"/invitations", object{"cabinet": "lobby"}, nil)
	c.happen(wire.Event{What: "erased", Who: bo})
	if records := other.apply(); !records[key(wire.RecordVerification, "w2")].Gone {
		t.Errorf("after the erasure the other cabinet got %v", records)
	}
}
