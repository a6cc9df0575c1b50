package wire

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/*.hex anew: a change of the wire format")

// golden compares with the file of that name, or writes it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name+".hex")
	if *update {
		if err := os.WriteFile(path, append(hex.AppendEncode(nil, got), '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("no golden file: make it with go test -update: %v", err)
	}
	if want := string(bytes.TrimSpace(text)); hex.EncodeToString(got) != want {
		t.Errorf("%s changed on the wire\n got %x\nwant %s", name, got, want)
	}
}

// readGolden returns what the golden file holds.
func readGolden(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".hex"))
	if err != nil {
		t.Fatal(err)
	}
	content, err := hex.DecodeString(string(bytes.TrimSpace(text)))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestGoldenMessages(t *testing.T) {
	key := exampleKey()
	for kind, message := range samples() {
		payload, err := Sign(key, topicOf(kind), message)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "message-"+string(kind), payload)
		again := reflect.New(reflect.TypeOf(message).Elem()).Interface()
		if err := Verify(key.Public().(ed25519.PublicKey), topicOf(kind), payload, again); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if !reflect.DeepEqual(again, message) {
			t.Errorf("%s came back as %+v", kind, again)
		}
	}
}

// Sealing is random, so each golden file holds what was sealed once, to a key that is a golden file too.
func TestGoldenSealed(t *testing.T) {
	if *update {
		private, public, err := NewSealingKey()
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "sealing-key", private)
		for name, body := range bodies() {
			sealed, err := Seal(public, "golden "+name, body)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "sealed-"+name, sealed)
		}
	}
	private := readGolden(t, "sealing-key")
	for name, body := range bodies() {
		again := reflect.New(reflect.TypeOf(body).Elem()).Interface()
		if err := Open(private, "golden "+name, readGolden(t, "sealed-"+name), again); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(again, body) {
			t.Errorf("%s came back as %+v", name, again)
		}
	}
}

func TestGoldenRoot(t *testing.T) {
	hashes := map[string][32]byte{}
	if Root(hashes) != [32]byte{} {
		t.Error("no records must give a root of zeroes")
	}
	for _, record := range samples()[TypeDelta].(*Delta).Records {
		hashes[record.Key()] = record.Hash()
	}
	root := Root(hashes)
	golden(t, "root", root[:])
	hash := hashes["parcel/p-1"]
	hash[31] ^= 1
	hashes["parcel/p-1"] = hash
	if Root(hashes) == root {
		t.Error("another record gives the same root")
	}
}
