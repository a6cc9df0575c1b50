package wire

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/veraison/go-cose"
)

func TestVerifyRefusesAnotherTopicOrKey(t *testing.T) {
	key := exampleKey()
	public := key.Public().(ed25519.PublicKey)
	topic := lobby.Down(TypeCommand)
	payload, err := Sign(key, topic, samples()[TypeCommand])
	if err != nil {
		t.Fatal(err)
	}
	other := Address{Tenant: "acme", Cabinet: "lobby-2"}
	for _, wrong := range []string{other.Down(TypeCommand), lobby.Down(TypeDelta), ""} {
		if err := Verify(public, wrong, payload, &Command{}); !errors.Is(err, ErrSignature) {
			t.Errorf("moved to %q: %v, want ErrSignature", wrong, err)
		}
	}
	stranger, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := Verify(stranger, topic, payload, &Command{}); !errors.Is(err, ErrSignature) {
		t.Errorf("another's key: %v, want ErrSignature", err)
	}
	if err := Verify(nil, topic, payload, &Command{}); err == nil {
		t.Error("no key at all: want an error")
	}
	if err := Verify(public, topic, payload, &Command{}); err != nil {
		t.Errorf("untouched: %v", err)
	}
}

// A broker that changes any one byte gets nothing accepted.
func TestVerifyRefusesEveryFlippedByte(t *testing.T) {
	key := exampleKey()
	topic := lobby.Down(TypeCommand)
	payload, err := Sign(key, topic, samples()[TypeCommand])
	if err != nil {
		t.Fatal(err)
	}
	for i := range payload {
		bad := bytes.Clone(payload)
		bad[i] ^= 0x41
		if err := Verify(key.Public().(ed25519.PublicKey), topic, bad, &Command{}); err == nil {
			t.Errorf("byte %d flipped and still accepted", i)
		}
		if err := Verify(key.Public().(ed25519.PublicKey), topic, payload[:i], &Command{}); err == nil {
			t.Errorf("cut to %d bytes and still accepted", i)
		}
	}
}

// Rightly signed content in another shape than the one encoding is refused all the same.
func TestVerifyIsStrict(t *testing.T) {
	key := exampleKey()
	topic := lobby.Up(TypeReport)
	root := bytes.Repeat([]byte{9}, 32)
	good := append([]byte{0xa2, 0x01, 0x05, 0x02, 0x58, 0x20}, root...)
	for name, content := range map[string][]byte{
		"unknown key":      append([]byte{0xa3, 0x01, 0x05, 0x02, 0x58, 0x20}, append(root, 0x03, 0x00)...),
		"key twice":        append([]byte{0xa3, 0x01, 0x05, 0x01, 0x06, 0x02, 0x58, 0x20}, root...),
		"trailing byte":    append(bytes.Clone(good), 0x00),
		"key missing":      {0xa1, 0x01, 0x05},
		"number padded":    append([]byte{0xa2, 0x01, 0x18, 0x05, 0x02, 0x58, 0x20}, root...),
		"number negative":  append([]byte{0xa2, 0x01, 0x24, 0x02, 0x58, 0x20}, root...),
		"null":             append([]byte{0xa2, 0x01, 0xf6, 0x02, 0x58, 0x20}, root...),
		"root too short":   append([]byte{0xa2, 0x01, 0x05, 0x02, 0x58, 0x1f}, root[1:]...),
		"root too long":    append([]byte{0xa2, 0x01, 0x05, 0x02, 0x58, 0x21, 0}, root...),
		"keys unordered":   append(append([]byte{0xa2, 0x02, 0x58, 0x20}, root...), 0x01, 0x05),
		"indefinite":       append(append([]byte{0xbf, 0x01, 0x05, 0x02, 0x58, 0x20}, root...), 0xff),
		"tagged":           append([]byte{0xc1}, good...),
		"an array instead": {0x82, 0x01, 0x02},
		"nothing":          {},
	} {
		if err := Verify(key.Public().(ed25519.PublicKey), topic, signRaw(t, key, topic, content, nil), &Report{}); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v, want ErrMalformed", name, err)
		}
	}
	withHeader := signRaw(t, key, topic, good, cose.UnprotectedHeader{cose.HeaderLabelKeyID: []byte("k")})
	if err := Verify(key.Public().(ed25519.PublicKey), topic, withHeader, &Report{}); !errors.Is(err, ErrMalformed) {
		t.Errorf("header that is not signed: %v, want ErrMalformed", err)
	}
	if err := Verify(key.Public().(ed25519.PublicKey), topic, signRaw(t, key, topic, good, nil), &Report{}); err != nil {
		t.Errorf("the right encoding: %v", err)
	}
}

// signRaw signs content as it is.
func signRaw(t *testing.T, key ed25519.PrivateKey, topic string, content []byte, unprotected cose.UnprotectedHeader) []byte {
	t.Helper()
	signer, err := cose.NewSigner(cose.AlgorithmEdDSA, key)
	if err != nil {
		t.Fatal(err)
	}
	envelope := cose.NewSign1Message()
	envelope.Headers.Protected.SetAlgorithm(cose.AlgorithmEdDSA)
	if unprotected != nil {
		envelope.Headers.Unprotected = unprotected
	}
	envelope.Payload = content
	if err := envelope.Sign(nil, []byte(topic), signer); err != nil {
		t.Fatal(err)
	}
	payload, err := envelope.MarshalCBOR()
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

func TestTooLarge(t *testing.T) {
	key := exampleKey()
	topic := lobby.Down(TypeDelta)
	huge := &Delta{Records: []Record{{Kind: RecordParcel, ID: "p-1", Sealed: make([]byte, MaxPayload)}}}
	if _, err := Sign(key, topic, huge); !errors.Is(err, ErrTooLarge) {
		t.Errorf("Sign: %v, want ErrTooLarge", err)
	}
	content, err := cbor.Marshal(huge)
	if err != nil {
		t.Fatal(err)
	}
	payload := signRaw(t, key, topic, content, nil)
	if err := Verify(key.Public().(ed25519.PublicKey), topic, payload, &Delta{}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("Verify: %v, want ErrTooLarge", err)
	}
	private, _, err := NewSealingKey()
	if err != nil {
		t.Fatal(err)
	}
	if err := Open(private, "", make([]byte, MaxPayload+1), &CodeBody{}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("Open: %v, want ErrTooLarge", err)
	}
}

func TestSealIsBoundToItsPlace(t *testing.T) {
	private, public, err := NewSealingKey()
	if err != nil {
		t.Fatal(err)
	}
	info := RecordInfo(lobby, RecordParcel, "p-1")
	sealed, err := Seal(public, info, bodies()["parcel"])
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{
		RecordInfo(lobby, RecordParcel, "p-2"), RecordInfo(lobby, RecordRecipient, "p-1"),
		RecordInfo(Address{"acme", "lobby-2"}, RecordParcel, "p-1"), EventInfo(lobby, "parcel", "p-1"),
	} {
		if err := Open(private, wrong, sealed, &ParcelBody{}); !errors.Is(err, ErrMalformed) {
			t.Errorf("opened as %q: %v", wrong, err)
		}
	}
	if err := Open(private, info, sealed, &CodeBody{}); !errors.Is(err, ErrMalformed) {
		t.Errorf("opened as another body: %v", err)
	}
	if err := Open(private, info, sealed[:len(sealed)-1], &ParcelBody{}); !errors.Is(err, ErrMalformed) {
		t.Errorf("cut short: %v", err)
	}
	if err := Open(private, info, sealed, &ParcelBody{}); err != nil {
		t.Errorf("in its place: %v", err)
	}
	if _, err := Seal(public[1:], info, &ParcelBody{}); err == nil {
		t.Error("a public key of 31 bytes: want an error")
	}
	if err := Open(private[1:], info, sealed, &ParcelBody{}); err == nil {
		t.Error("a private key of 31 bytes: want an error")
	}
}

func TestRecordCheck(t *testing.T) {
	sealed := []byte{1}
	for name, record := range map[string]Record{
		"no kind":       {ID: "p-1", Sealed: sealed},
		"kind with /":   {Kind: "par/cel", ID: "p-1", Sealed: sealed},
		"no id":         {Kind: RecordParcel, Sealed: sealed},
		"space in id":   {Kind: RecordParcel, ID: "p 1", Sealed: sealed},
		"long id":       {Kind: RecordParcel, ID: string(bytes.Repeat([]byte{'a'}, MaxID+1)), Sealed: sealed},
		"empty":         {Kind: RecordParcel, ID: "p-1"},
		"gone and here": {Kind: RecordParcel, ID: "p-1", Sealed: sealed, Gone: true},
	} {
		if err := record.Check(); err == nil {
			t.Errorf("%s: want an error", name)
		}
	}
	for _, record := range []Record{
		{Kind: RecordParcel, ID: "p-1", Sealed: sealed}, {Kind: RecordParcel, ID: "p-1", Gone: true},
		{Kind: "later-kind", ID: "x/1:2", Sealed: sealed},
	} {
		if err := record.Check(); err != nil {
			t.Errorf("%+v: %v", record, err)
		}
	}
}
