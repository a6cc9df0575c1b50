package wire

import (
	"crypto/ed25519"
	"testing"
)

func BenchmarkVerifyCommand(b *testing.B) {
	key, topic := exampleKey(), lobby.Down(TypeCommand)
	payload, err := Sign(key, topic, samples()[TypeCommand])
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		var command Command
		if err := Verify(key.Public().(ed25519.PublicKey), topic, payload, &command); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(payload)), "B/message")
}

func BenchmarkOpenVerification(b *testing.B) {
	private, public, err := NewSealingKey()
	if err != nil {
		b.Fatal(err)
	}
	sealed, err := Seal(public, "", VerificationBody{Recipient: "r-7", Kind: "fingerprint", Data: make([]byte, 2048)})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		var body VerificationBody
		if err := Open(private, "", sealed, &body); err != nil {
			b.Fatal(err)
		}
	}
}
