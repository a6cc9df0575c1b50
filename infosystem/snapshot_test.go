package infosystem_test

import (
	"fmt"
	"testing"

	"lockerd/sync/wire"
)

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
