package wire

import (
	"bytes"
	"crypto/ed25519"
	"reflect"
	"testing"
)

// FuzzVerify: no bytes make Verify panic, and only bytes that Sign made are accepted.
func FuzzVerify(f *testing.F) {
	key := exampleKey()
	for kind, message := range samples() {
		payload, err := Sign(key, topicOf(kind), message)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(topicOf(kind), payload)
	}
	f.Fuzz(func(t *testing.T, topic string, payload []byte) {
		for kind, message := range samples() {
			got := reflect.New(reflect.TypeOf(message).Elem()).Interface()
			if err := Verify(key.Public().(ed25519.PublicKey), topic, payload, got); err != nil {
				continue
			}
			again, err := Sign(key, topic, got)
			if err != nil || !bytes.Equal(again, payload) {
				t.Errorf("%s accepted with two encodings (%v)", kind, err)
			}
		}
	})
}

// FuzzDecode: content that anybody signs or seals decodes to what encodes to the same bytes, or not at all.
func FuzzDecode(f *testing.F) {
	var targets []any
	for _, message := range samples() {
		targets = append(targets, message)
	}
	for _, body := range bodies() {
		targets = append(targets, body)
	}
	for _, target := range targets {
		content, err := encoder.Marshal(target)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, target := range targets {
			got := reflect.New(reflect.TypeOf(target).Elem()).Interface()
			if decode(content, got) != nil {
				continue
			}
			if again, err := encoder.Marshal(got); err != nil || !bytes.Equal(again, content) {
				t.Errorf("%T accepted with two encodings (%v)", got, err)
			}
		}
	})
}

// FuzzOpen: no bytes make Open panic or open.
func FuzzOpen(f *testing.F) {
	private := readGolden(f, "sealing-key")
	sealed := readGolden(f, "sealed-parcel")
	f.Add(sealed)
	f.Fuzz(func(t *testing.T, mutated []byte) {
		if err := Open(private, "golden parcel", mutated, &ParcelBody{}); err == nil && !bytes.Equal(mutated, sealed) {
			t.Error("opened what Seal did not make")
		}
	})
}

// FuzzParseTopic: a topic that parses is the topic of what it parsed to.
func FuzzParseTopic(f *testing.F) {
	for kind := range directions {
		f.Add(topicOf(kind))
	}
	f.Fuzz(func(t *testing.T, topic string) {
		a, dir, kind, err := ParseTopic(topic)
		if err == nil && a.topic(dir, kind) != topic {
			t.Errorf("%q parses to %v %s %s", topic, a, dir, kind)
		}
	})
}
