package link

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"lockerd/controller"
	"lockerd/matcher"
	"lockerd/sync/wire"
)

// bodies is one of each kind of record that is right.
func bodies() map[wire.RecordKind]any {
	return map[wire.RecordKind]any{
		wire.RecordRecipient:    wire.RecipientBody{Name: "Ada", PhoneTail: "0042", Policy: "fingerprint", Language: "en"},
		wire.RecordVerification: wire.VerificationBody{Recipient: "r-7", Kind: "pattern", Label: "pattern", Data: []byte{1}},
		wire.RecordParcel:       wire.ParcelBody{Recipient: "r-7", Size: 2},
		wire.RecordStaff:        wire.StaffBody{Role: "courier", Secret: []byte{1}},
		wire.RecordInvitation:   wire.InvitationBody{Recipient: "r-7", Code: "12345678", Expires: 1_790_000_000},
		wire.RecordSettings:     wire.SettingsBody{Policy: "fingerprint | code", Codes: "everyone", Off: []string{"voice"}},
	}
}

// idOf is an id that fits the kind.
func idOf(kind wire.RecordKind) string {
	switch kind {
	case wire.RecordSettings:
		return "cabinet"
	case wire.RecordStaff:
		return "1001"
	}
	return "r-7"
}

func (c *cloud) reader() recordReader {
	return recordReader{address: c.address, key: c.cabinet.OpenKey, mac: c.options(newShelf()).MAC}
}

func TestRecordsBecomeDesiredState(t *testing.T) {
	c := newCloud(t, newShelf())
	for kind, body := range bodies() {
		record := c.record(kind, idOf(kind), body)
		got, err := c.reader().open(record)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		if got.Key != record.Key() || got.Hash != record.Hash() || got.Gone {
			t.Errorf("%s: %+v", kind, got)
		}
		switch kind {
		case wire.RecordRecipient:
			if got.Recipient.ID != "r-7" || got.Recipient.Name != "Ada" || got.Recipient.Policy.String() != "fingerprint" {
				t.Errorf("%+v", got.Recipient)
			}
		case wire.RecordVerification:
			if got.First.ID != "r-7" || got.First.Kind != matcher.Pattern || !bytes.Equal(got.First.Data, []byte{1}) {
				t.Errorf("%+v", got.First)
			}
		case wire.RecordParcel:
			if want := (controller.Assignment{Parcel: "r-7", Recipient: "r-7", Size: controller.Medium}); *got.Parcel != want {
				t.Errorf("%+v", got.Parcel)
			}
		case wire.RecordStaff:
			if got.Staff.Number != "1001" || got.Staff.Role != controller.Courier || got.Staff.Secret.Kind != matcher.Passcode {
				t.Errorf("%+v", got.Staff)
			}
		case wire.RecordInvitation:
			if string(got.Invitation.MAC) != "invitation:12345678" || got.Invitation.Expires.Unix() != 1_790_000_000 {
				t.Errorf("%+v", got.Invitation)
			}
		case wire.RecordSettings:
			if got.Settings.Codes != controller.CodesEveryone || len(got.Settings.Policy) != 2 || len(got.Settings.Off) != 1 {
				t.Errorf("%+v", got.Settings)
			}
		}
	}
}

func TestRecordsRefused(t *testing.T) {
	c := newCloud(t, newShelf())
	long := string(bytes.Repeat([]byte{'a'}, wire.MaxName+1))
	for name, record := range map[string]wire.Record{
		"name long":         c.record(wire.RecordRecipient, "r-7", wire.RecipientBody{Name: long, PhoneTail: "0042"}),
		"name with newline": c.record(wire.RecordRecipient, "r-7", wire.RecipientBody{Name: "A\nda", PhoneTail: "0042"}),
		"whole phone":       c.record(wire.RecordRecipient, "r-7", wire.RecipientBody{Name: "Ada", PhoneTail: "5550042"}),
		"policy":            c.record(wire.RecordRecipient, "r-7", wire.RecipientBody{Name: "Ada", Policy: "smell"}),
		"language":          c.record(wire.RecordRecipient, "r-7", wire.RecipientBody{Name: "Ada", Language: "<b>"}),
		"kind":              c.record(wire.RecordVerification, "v-1", wire.VerificationBody{Recipient: "r-7", Kind: "smell", Data: []byte{1}}),
		"code beforehand":   c.record(wire.RecordVerification, "v-1", wire.VerificationBody{Recipient: "r-7", Kind: "code", Data: []byte{1}}),
		"no data":           c.record(wire.RecordVerification, "v-1", wire.VerificationBody{Recipient: "r-7", Kind: "pattern"}),
		"nobody's":          c.record(wire.RecordVerification, "v-1", wire.VerificationBody{Kind: "pattern", Data: []byte{1}}),
		"size -1":           c.record(wire.RecordParcel, "p-1", wire.ParcelBody{Recipient: "r-7", Size: -1}),
		"consent":           c.record(wire.RecordParcel, "p-1", wire.ParcelBody{Recipient: "r-7", Consent: "perhaps"}),
		"size 4":            c.record(wire.RecordParcel, "p-1", wire.ParcelBody{Recipient: "r-7", Size: 4}),
		"due":               c.record(wire.RecordParcel, "p-1", wire.ParcelBody{Recipient: "r-7", Size: 1, Due: -1}),
		"parcel of nobody":  c.record(wire.RecordParcel, "p-1", wire.ParcelBody{Size: 1}),
		"staff number":      c.record(wire.RecordStaff, "ada", wire.StaffBody{Role: "courier", Secret: []byte{1}}),
		"role":              c.record(wire.RecordStaff, "1001", wire.StaffBody{Role: "king", Secret: []byte{1}}),
		"no secret":         c.record(wire.RecordStaff, "1001", wire.StaffBody{Role: "courier"}),
		"invitation's code": c.record(wire.RecordInvitation, "i-1", wire.InvitationBody{Recipient: "r-7", Code: "1234", Expires: 1}),
		"no expiry":         c.record(wire.RecordInvitation, "i-1", wire.InvitationBody{Recipient: "r-7", Code: "12345678"}),
		"settings' id":      c.record(wire.RecordSettings, "other", wire.SettingsBody{}),
		"settings' codes":   c.record(wire.RecordSettings, "cabinet", wire.SettingsBody{Codes: "nobody"}),
		"settings' consent": c.record(wire.RecordSettings, "cabinet", wire.SettingsBody{Consent: "nobody"}),
		"badge":             c.record(wire.RecordStaff, "1001", wire.StaffBody{Role: "courier", Secret: []byte{1}, Badge: "a\nb"}),
		"settings' off":     c.record(wire.RecordSettings, "cabinet", wire.SettingsBody{Off: []string{"smell"}}),
		"another's body":    c.record(wire.RecordParcel, "p-1", wire.SettingsBody{Codes: "everyone"}),
		"not sealed":        {Kind: wire.RecordParcel, ID: "p-1", Sealed: []byte("plain")},
		"gone with body":    {Kind: wire.RecordParcel, ID: "p-1", Sealed: []byte("plain"), Gone: true},
	} {
		if got, err := c.reader().open(record); err == nil || errors.Is(err, errUnknownKind) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	moved := c.record(wire.RecordParcel, "p-1", bodies()[wire.RecordParcel])
	moved.ID = "p-2"
	if _, err := c.reader().open(moved); !errors.Is(err, wire.ErrMalformed) {
		t.Errorf("a body under another id: %v", err)
	}
}

func TestDeltaIsAppliedAndReported(t *testing.T) {
	connected(t, func(t *testing.T, s *shelf, c *cloud, l *Link) {
		ada := c.record(wire.RecordRecipient, "r-7", bodies()[wire.RecordRecipient])
		parcel := c.record(wire.RecordParcel, "p-1", bodies()[wire.RecordParcel])
		later := wire.Record{Kind: "later-kind", ID: "x", Sealed: []byte{1}}
		c.send(wire.TypeDelta, wire.Delta{From: 0, To: 1, Records: []wire.Record{ada, parcel, later}, Root: rootOf(ada, parcel, later)})
		after(time.Second)
		gone := wire.Record{Kind: wire.RecordParcel, ID: "p-1", Gone: true}
		second := wire.Delta{From: 1, To: 2, Records: []wire.Record{gone}, Root: rootOf(ada, later)}
		c.send(wire.TypeDelta, second)
		c.send(wire.TypeDelta, second) // once more does nothing but a report
		after(time.Minute)
		want := wire.Report{Version: 2, Root: rootOf(ada, later)}
		if len(c.reports) != 3 || c.reports[1] != want || c.reports[2] != want {
			t.Errorf("reports %+v", c.reports)
		}
		if len(c.fetched) != 0 || s.version != 2 || len(s.records) != 2 {
			t.Errorf("fetched %v, version %d, records %v", c.fetched, s.version, s.records)
		}
		if status := l.Status(); status.Version != 2 || status.Latest != 2 || status.Bad != 1 {
			t.Errorf("status %+v: want the unknown kind counted", status)
		}
		if status := l.Status(); len(s.lines(controller.BadMessage)) != 1 {
			t.Errorf("the unknown kind was not journalled: %+v", status)
		}
		after(digestTime)
		if len(c.reports) < 4 {
			t.Error("no digest within its time")
		}
	})
}

// snapshotOf cuts records into chunks of one.
func snapshotOf(version uint64, records ...wire.Record) []wire.Chunk {
	var chunks []wire.Chunk
	for i, record := range records {
		chunks = append(chunks, wire.Chunk{Version: version, Index: i, Count: len(records), Records: []wire.Record{record}, Root: rootOf(records...)})
	}
	return chunks
}

// Behind, over a network with faults, the cabinet ends with the whole snapshot.
func TestSnapshotArrivesOverABadNetwork(t *testing.T) {
	for seed := range uint64(10) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			joined(t, func(t *testing.T, s *shelf, c *cloud) {
				var records []wire.Record
				for i := range 30 {
					records = append(records, c.record(wire.RecordParcel, fmt.Sprint("p-", i), bodies()[wire.RecordParcel]))
				}
				chunks := snapshotOf(9, records...)
				c.latest = 9
				c.random = rand.New(rand.NewPCG(seed, 2))
				c.onFetch = func(f wire.Fetch) {
					if f.Version != 0 && f.Version != 9 {
						t.Errorf("asked for version %d", f.Version)
					}
					for _, chunk := range chunks[f.Index:] {
						c.send(wire.TypeChunk, chunk)
					}
				}
				start(t, c.options(s))
				for deadline := time.Now().Add(24 * time.Hour); ; after(time.Second) {
					if now, _ := s.Remembered(); now.Version == 9 {
						if now.Root != rootOf(records...) {
							t.Error("another root")
						}
						return
					}
					if time.Now().After(deadline) {
						t.Fatal("no snapshot within a day")
					}
				}
			})
		})
	}
}

func TestSnapshotGoesOnWhereItStopped(t *testing.T) {
	joined(t, func(t *testing.T, s *shelf, c *cloud) {
		one := c.record(wire.RecordParcel, "p-1", bodies()[wire.RecordParcel])
		two := c.record(wire.RecordParcel, "p-2", bodies()[wire.RecordParcel])
		chunks := snapshotOf(5, one, two)
		c.latest = 5
		c.onFetch = func(f wire.Fetch) { c.send(wire.TypeChunk, chunks[f.Index]) }
		start(t, c.options(s))
		after(time.Minute)
		if len(c.fetched) != 2 || c.fetched[1] != (wire.Fetch{Version: 5, Index: 1}) || s.version != 5 {
			t.Errorf("fetched %+v, version %d", c.fetched, s.version)
		}
	})
}

// One body that cannot be read keeps the whole step out, is journalled, and is not asked for without end.
func TestBadBodyIsRefusedWithBackOff(t *testing.T) {
	joined(t, func(t *testing.T, s *shelf, c *cloud) {
		good := c.record(wire.RecordParcel, "p-1", bodies()[wire.RecordParcel])
		bad := c.record(wire.RecordParcel, "p-2", wire.ParcelBody{Recipient: "r-7", Size: 9})
		c.onFetch = func(wire.Fetch) {
			c.send(wire.TypeChunk, wire.Chunk{Version: 1, Count: 1, Records: []wire.Record{good, bad}, Root: rootOf(good, bad)})
		}
		start(t, c.options(s))
		after(time.Second)
		c.send(wire.TypeDelta, wire.Delta{From: 0, To: 1, Records: []wire.Record{good, bad}, Root: rootOf(good, bad)})
		after(24 * time.Hour)
		if s.version != 0 || len(s.records) != 0 {
			t.Errorf("version %d, records %v: part of a bad step was applied", s.version, s.records)
		}
		if n := len(c.fetched); n < 5 || n > 50 {
			t.Errorf("a snapshot was asked for %d times in a day", n)
		}
		if len(s.lines(controller.BadMessage)) == 0 {
			t.Error("nothing in the journal")
		}
		c.mu.Lock()
		c.onFetch = func(wire.Fetch) {
			c.send(wire.TypeChunk, wire.Chunk{Version: 2, Count: 1, Records: []wire.Record{good}, Root: rootOf(good)})
		}
		c.mu.Unlock()
		after(2 * maxStateGap)
		if s.version != 2 {
			t.Errorf("mended at the other end and still at version %d", s.version)
		}
	})
}

func TestDriftIsMendedUnasked(t *testing.T) {
	joined(t, func(t *testing.T, s *shelf, c *cloud) {
		s.version, s.hashes["parcel/p-9"] = 4, [32]byte{1}
		c.latest = 4
		right := c.record(wire.RecordParcel, "p-1", bodies()[wire.RecordParcel])
		start(t, c.options(s))
		after(time.Second)
		c.send(wire.TypeChunk, snapshotOf(3, right)[0]) // replayed: older than what is here
		after(time.Second)
		if s.version != 4 || len(s.records) != 0 {
			t.Error("an old snapshot was applied")
		}
		c.send(wire.TypeChunk, snapshotOf(4, right)[0])
		after(time.Second)
		if now, _ := s.Remembered(); now.Root != rootOf(right) {
			t.Error("drift was not mended")
		}
	})
}

// A disk that refuses keeps the cabinet as it was, and it catches up when there is room again.
func TestFullDiskIsWaitedFor(t *testing.T) {
	joined(t, func(t *testing.T, s *shelf, c *cloud) {
		parcel := c.record(wire.RecordParcel, "p-1", bodies()[wire.RecordParcel])
		c.onFetch = func(wire.Fetch) { c.send(wire.TypeChunk, snapshotOf(1, parcel)[0]) }
		s.refuse = errors.New("no space left on device")
		l := start(t, c.options(s))
		after(time.Second)
		c.send(wire.TypeDelta, wire.Delta{From: 0, To: 1, Records: []wire.Record{parcel}, Root: rootOf(parcel)})
		after(time.Minute)
		if status := l.Status(); s.version != 0 || status.LastError == "" || !status.Connected {
			t.Errorf("version %d, status %+v", s.version, status)
		}
		s.mu.Lock()
		s.refuse = nil
		s.mu.Unlock()
		after(3 * maxStateGap)
		if status := l.Status(); s.version != 1 || status.LastError != "" {
			t.Errorf("version %d, status %+v", s.version, status)
		}
	})
}
