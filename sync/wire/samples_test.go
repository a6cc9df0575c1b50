package wire

import (
	"crypto/ed25519"
	"crypto/sha256"
)

// lobby is the cabinet of the examples.
var lobby = Address{Tenant: "acme", Cabinet: "lobby-1"}

// exampleKey is a signing key that everybody knows: of golden files and fuzz seeds only.
func exampleKey() ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("example, never a secret"))
	return ed25519.NewKeyFromSeed(seed[:])
}

// samples holds one message of every type with every field set.
func samples() map[Type]any {
	epoch, nonce, root := [16]byte{1, 2, 3}, [16]byte{4, 5, 6}, [32]byte{7, 8, 9}
	records := []Record{
		{Kind: RecordRecipient, ID: "r-7", Sealed: []byte("sealed")},
		{Kind: RecordParcel, ID: "p-1", Gone: true},
	}
	return map[Type]any{
		TypeHello: &Hello{Epoch: epoch, Boot: "boot-1", Software: "1.0", Have: 41, Root: root, First: 5, Last: 9,
			Uptime: 12_000, Wall: 1_790_000_000, Synced: true, Nonce: nonce, Slots: 12},
		TypeEvents: &Events{Epoch: epoch, Events: []Event{{Seq: 5, At: 1_790_000_000_000, What: "collected", Slot: 3,
			Parcel: "p-1", Who: "r-7", Kinds: []string{"fingerprint"}, Detail: "none", Command: "c-1",
			Sealed: []byte("sealed"), Prev: root}}},
		TypeReport:    &Report{Version: 42, Root: root},
		TypeFetch:     &Fetch{Version: 42, Index: 3},
		TypeAnnounce:  &Announce{ID: nonce, Sealed: []byte("sealed")},
		TypeAnnounced: &Announced{ID: nonce, Parcel: "p-1", Refusal: RefusedPhone},
		TypeWelcome:   &Welcome{Nonce: nonce, Acked: 4, Latest: 42, Wall: 1_790_000_001},
		TypeAck:       &Ack{Epoch: epoch, Seq: 5},
		TypeDelta:     &Delta{From: 41, To: 42, Records: records, Root: root},
		TypeChunk:     &Chunk{Version: 42, Index: 0, Count: 1, Records: records, Root: root},
		TypeCommand: &Command{ID: "c-1", Action: ActionOpen, Slot: 3, Parcel: "p-1", Nonce: nonce, Uptime: 13_000,
			TTL: 30_000, By: "operator-1", Reason: "parcel stuck"},
		TypePresence: &Presence{Boot: "boot-1", Online: true},
	}
}

// bodies holds one of everything that travels sealed, with every field set.
func bodies() map[string]any {
	first := VerificationBody{Recipient: "r-7", Kind: "pattern", Label: "pattern", Data: []byte{1}, Character: []byte{2}}
	return map[string]any{
		"recipient":      &RecipientBody{Name: "Ada", PhoneTail: "0042", Policy: "fingerprint", LowSlot: true, Language: "en"},
		"verification":   &first,
		"parcel":         &ParcelBody{Recipient: "r-7", Size: 2, Due: 1_790_000_000, Recalled: true, Consent: "given"},
		"staff":          &StaffBody{Role: "courier", Secret: []byte{3}, OneTime: true, Badge: "badge"},
		"invitation":     &InvitationBody{Recipient: "r-7", Code: "12345678", Expires: 1_790_000_000},
		"settings":       &SettingsBody{Policy: "fingerprint | code", Codes: "everyone", Off: []string{"voice"}, WalkUp: true, Consent: "courier"},
		"announce":       &AnnounceBody{Phone: "13800138000", Label: "p-1", Courier: "1001"},
		"code-issued":    &CodeBody{Recipient: "r-7", Parcel: "p-1", Slot: 3, Code: "12345678"},
		"secret-changed": &SecretBody{Number: "1001", Old: []byte("271828"), Secret: []byte{3}},
		"enrolled": &EnrolmentBody{Recipient: "r-7", Invitation: "i-1", Consent: []string{"pattern"},
			Consented: 1_790_000_000, IDs: []string{"v-1"}, Records: []VerificationBody{first}},
	}
}

// topicOf is where a message of the type travels.
func topicOf(t Type) string { return lobby.topic(directions[t], t) }
