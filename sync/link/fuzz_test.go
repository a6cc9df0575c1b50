package link

import (
	"bytes"
	"testing"

	"lockerd/controller"
	"lockerd/sync/wire"
)

// FuzzRecord: whatever a body says, the record is refused or holds exactly what its key says.
func FuzzRecord(f *testing.F) {
	c := newCloud(f, newShelf())
	f.Add("r-7", "Ada", "0042", "fingerprint | code", "pattern", 2, int64(1_790_000_000), []byte{1})
	f.Add("1001", "courier", "", "", "code", -1, int64(-1), []byte{})
	f.Add("cabinet", "everyone", "12345678", "voice+passcode", "voice", 0, int64(0), []byte(nil))
	f.Fuzz(func(t *testing.T, id, name, number, policy, kind string, size int, at int64, data []byte) {
		for record, body := range map[wire.RecordKind]any{
			wire.RecordRecipient:    wire.RecipientBody{Name: name, PhoneTail: number, Policy: policy, Language: kind},
			wire.RecordVerification: wire.VerificationBody{Recipient: id, Kind: kind, Label: name, Data: data, Character: data},
			wire.RecordParcel:       wire.ParcelBody{Recipient: name, Size: size, Due: at},
			wire.RecordStaff:        wire.StaffBody{Role: name, Secret: data},
			wire.RecordInvitation:   wire.InvitationBody{Recipient: id, Code: number, Expires: at},
			wire.RecordSettings:     wire.SettingsBody{Policy: policy, Codes: name, Off: []string{kind}},
		} {
			sealed, err := wire.Seal(c.cabinet.SealKey, wire.RecordInfo(c.address, record, id), body)
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.reader().open(wire.Record{Kind: record, ID: id, Sealed: sealed})
			if err != nil {
				continue
			}
			if set := filled(got); set != 1 {
				t.Errorf("%s: %d contents", record, set)
			}
			if got.Parcel != nil && (got.Parcel.Size < 0 || got.Parcel.Size > controller.Large) {
				t.Errorf("parcel of size %d", got.Parcel.Size)
			}
		}
	})
}

func filled(r controller.DesiredRecord) (n int) {
	for _, set := range []bool{
		r.Recipient != nil, r.First != nil, r.Parcel != nil, r.Staff != nil, r.Invitation != nil, r.Settings != nil,
	} {
		if set {
			n++
		}
	}
	return n
}

// FuzzPackets: following a stream of packets never panics, and pieces make no difference.
func FuzzPackets(f *testing.F) {
	f.Add([]byte{0xd0, 0x00, 0x30, 0x02, 0x00, 0x00}, 1)
	f.Add([]byte{0x30, 0xff, 0xff, 0xff, 0x7f}, 2)
	f.Add([]byte{0x30, 0x80, 0x80, 0x80, 0x80, 0x00}, 3)
	f.Fuzz(func(t *testing.T, stream []byte, piece int) {
		piece = 1 + max(0, piece%16)
		whole, pieces := &framedConn{}, &framedConn{}
		wantErr := whole.follow(stream)
		var err error
		for left := stream; len(left) > 0 && err == nil; left = left[min(piece, len(left)):] {
			err = pieces.follow(left[:min(piece, len(left))])
		}
		if (err == nil) != (wantErr == nil) {
			t.Errorf("whole: %v, in pieces: %v", wantErr, err)
		}
	})
}

// FuzzIdentity: a damaged blob is an error, never a panic, and what is accepted can be used.
func FuzzIdentity(f *testing.F) {
	s := newShelf()
	newCloud(f, s)
	f.Add(s.identity)
	f.Add(bytes.Replace(s.identity, []byte(`"format":1`), append([]byte(`"format":1,"next":`), s.identity...), 1))
	f.Add([]byte(`{"format":1}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, blob []byte) {
		who, err := loadIdentity(&shelf{identity: blob})
		for ; err == nil && who.joined(); who = who.Next {
			who.broker()
			who.verifyingKey()
			if err := who.address().Check(); err != nil {
				t.Error(err)
			}
		}
	})
}
