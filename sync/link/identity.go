package link

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"

	"lockerd/controller"
	"lockerd/sync/wire"
)

// ErrNotJoined is returned by what needs an identity before the cabinet has one.
var ErrNotJoined = errors.New("cabinet has not joined the information system yet: give it a one-time code")

// identity is who the cabinet is and whom it trusts. Its JSON is the opaque blob in the vault. It is stored
// once before joining, without an answer, so that a repeated attempt shows the same keys. A joined cabinet that joins anew
// stays who it is until it has the answer, and keeps beside that whom it becomes.
type identity struct {
	Format  int              `json:"format"` // identityFormat
	SignKey []byte           `json:"sign_key"`
	OpenKey []byte           `json:"open_key"`
	SealKey []byte           `json:"seal_key"` // the public half of OpenKey
	Answer  *wire.JoinAnswer `json:"answer,omitempty"`
	Spent   []byte           `json:"spent,omitempty"` // SHA-256 of the last code that a cabinet with an answer tried
	Next    *identity        `json:"next,omitempty"`  // the keys it joins anew with, no answer; Spent is the code they are shown with
}

const identityFormat = 1

// newIdentity makes the keys of a cabinet.
func newIdentity() (*identity, error) {
	_, signKey, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, fmt.Errorf("cannot make a signing key: %w", err)
	}
	private, public, err := wire.NewSealingKey()
	if err != nil {
		return nil, err
	}
	return &identity{Format: identityFormat, SignKey: signKey.Seed(), OpenKey: private, SealKey: public}, nil
}

// loadIdentity reads the vault; an empty one gives nil.
func loadIdentity(vault Vault) (*identity, error) {
	blob, err := vault.Identity()
	if errors.Is(err, controller.ErrUnknown) || err == nil && len(blob) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the cabinet's identity: %w", err)
	}
	var who identity
	decoder := json.NewDecoder(bytes.NewReader(blob))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&who); err != nil {
		return nil, fmt.Errorf("cannot read the cabinet's identity: it is damaged or of a newer version: %w", err)
	}
	if err := who.check(); err != nil {
		return nil, fmt.Errorf("cannot read the cabinet's identity: %w", err)
	}
	return &who, nil
}

// check refuses an identity that cannot be used.
func (who *identity) check() error {
	switch {
	case who.Format != identityFormat:
		return fmt.Errorf("its format is %d, this program knows %d", who.Format, identityFormat)
	case len(who.SignKey) != ed25519.SeedSize, len(who.OpenKey) == 0, len(who.SealKey) == 0:
		return errors.New("its keys are damaged")
	}
	if who.Answer != nil {
		if err := checkAnswer(*who.Answer, true); err != nil {
			return err
		}
	}
	if who.Next != nil {
		return who.Next.check()
	}
	return nil
}

func (who *identity) store(vault Vault) error {
	blob, err := json.Marshal(who)
	if err != nil {
		return fmt.Errorf("cannot write the cabinet's identity: %w", err)
	}
	if err := vault.SetIdentity(blob); err != nil {
		return fmt.Errorf("cannot store the cabinet's identity: %w", err)
	}
	return nil
}

func (who *identity) joined() bool { return who != nil && who.Answer != nil }

// spends remembers a code that is of no use any more; spent tells it.
func (who *identity) spends(code string) {
	sum := sha256.Sum256([]byte(code))
	who.Spent = sum[:]
}

func (who *identity) spent(code string) bool {
	sum := sha256.Sum256([]byte(code))
	return bytes.Equal(who.Spent, sum[:])
}

func (who *identity) address() wire.Address {
	return wire.Address{Tenant: who.Answer.Tenant, Cabinet: who.Answer.Cabinet}
}

func (who *identity) signingKey() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(who.SignKey) }

func (who *identity) verifyingKey() ed25519.PublicKey {
	return who.signingKey().Public().(ed25519.PublicKey)
}

func (who *identity) broker() Broker {
	return Broker{URL: who.Answer.Broker, ClientID: who.Answer.User, User: who.Answer.User, Password: who.Answer.Password}
}

// checkAnswer refuses an answer with which no connection could be made.
func checkAnswer(answer wire.JoinAnswer, allowPlain bool) error {
	address := wire.Address{Tenant: answer.Tenant, Cabinet: answer.Cabinet}
	if err := address.Check(); err != nil {
		return err
	}
	if err := checkURL(answer.Broker, allowPlain, "ssl", "tcp", "mqtts", "mqtt", "tls"); err != nil {
		return fmt.Errorf("broker: %w", err)
	}
	switch {
	case answer.User == "":
		return errors.New("the broker's user is missing")
	case len(answer.SystemKey) != ed25519.PublicKeySize, len(answer.CommandKey) != ed25519.PublicKeySize:
		return fmt.Errorf("a key to verify with is not %d bytes long", ed25519.PublicKeySize)
	case bytes.Equal(answer.SystemKey, answer.CommandKey):
		return errors.New("commands are signed with the same key as the rest: the signer must have its own")
	}
	if _, err := wire.Seal(answer.SealKey, "", struct{}{}); err != nil {
		return fmt.Errorf("the key to seal with: %w", err)
	}
	return nil
}

// checkURL accepts the schemes given; those without TLS only for this machine, unless plain is allowed.
func checkURL(address string, allowPlain bool, schemes ...string) error {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Hostname() == "" || !slices.Contains(schemes, parsed.Scheme) {
		return fmt.Errorf("%q is no address: use %s://host", address, schemes[0])
	}
	if parsed.User != nil {
		return errors.New("an address with a password in it is not accepted")
	}
	plain := slices.Contains([]string{"http", "tcp", "mqtt"}, parsed.Scheme)
	if plain && !allowPlain && !loopback(parsed.Hostname()) {
		return fmt.Errorf("%s://%s is not protected by TLS: use %s, or allow plain connections if the network is closed",
			parsed.Scheme, parsed.Host, schemes[0])
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
