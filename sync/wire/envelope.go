package wire

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"

	"github.com/veraison/go-cose"
)

// Errors of the envelope, so that a receiver can tell noise from an attack.
var (
	ErrTooLarge  = errors.New("message is larger than allowed")
	ErrSignature = errors.New("signature is not the sender's")
	ErrMalformed = errors.New("message is malformed")
)

// Sign encodes the message as CBOR inside a tagged COSE_Sign1 (RFC 9052 section 4.2) with Ed25519. The
// topic is signed along with it (external_aad) but not sent, so that nobody can move a message to another
// cabinet or make it another type. A message over MaxPayload gives ErrTooLarge.
func Sign(key ed25519.PrivateKey, topic string, message any) ([]byte, error) {
	if len(key) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("cannot sign: private key has %d bytes, not %d", len(key), ed25519.PrivateKeySize)
	}
	content, err := encoder.Marshal(message)
	if err != nil {
		return nil, fmt.Errorf("cannot encode %T: %w", message, err)
	}
	signer, err := cose.NewSigner(cose.AlgorithmEdDSA, key)
	if err != nil {
		return nil, fmt.Errorf("cannot sign: %w", err)
	}
	envelope := cose.NewSign1Message()
	envelope.Headers.Protected.SetAlgorithm(cose.AlgorithmEdDSA)
	envelope.Payload = content
	if err := envelope.Sign(nil, []byte(topic), signer); err != nil {
		return nil, fmt.Errorf("cannot sign: %w", err)
	}
	payload, err := envelope.MarshalCBOR()
	if err != nil {
		return nil, fmt.Errorf("cannot encode the envelope: %w", err)
	}
	if len(payload) > MaxPayload {
		return nil, fmt.Errorf("%T of %d bytes: %w (%d)", message, len(payload), ErrTooLarge, MaxPayload)
	}
	return payload, nil
}

// Verify checks that payload was signed with key for this topic and decodes it into message, a pointer.
// Nothing is decoded before the signature holds. The errors wrap ErrTooLarge, ErrMalformed or ErrSignature.
func Verify(key ed25519.PublicKey, topic string, payload []byte, message any) error {
	if len(key) != ed25519.PublicKeySize {
		return fmt.Errorf("cannot verify: public key has %d bytes, not %d", len(key), ed25519.PublicKeySize)
	}
	if len(payload) > MaxPayload {
		return fmt.Errorf("%d bytes: %w (%d)", len(payload), ErrTooLarge, MaxPayload)
	}
	envelope, err := openEnvelope(payload)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	verifier, err := cose.NewVerifier(cose.AlgorithmEdDSA, key)
	if err != nil {
		return fmt.Errorf("cannot verify: %w", err)
	}
	if err := envelope.Verify([]byte(topic), verifier); err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if err := decode(envelope.Payload, message); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return nil
}

// openEnvelope reads a COSE_Sign1 whose only header is the protected algorithm and that is encoded in the
// one way that Sign encodes it.
func openEnvelope(payload []byte) (*cose.Sign1Message, error) {
	envelope := cose.NewSign1Message()
	if err := envelope.UnmarshalCBOR(payload); err != nil {
		return nil, err
	}
	if len(envelope.Headers.Unprotected) != 0 || len(envelope.Headers.Protected) != 1 {
		return nil, errors.New("envelope has headers beside the algorithm")
	}
	again, err := envelope.MarshalCBOR()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, payload) {
		return nil, errNotDeterministic
	}
	return envelope, nil
}
