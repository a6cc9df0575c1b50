package infosystem

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"lockerd/infosystem/keyfile"
	"lockerd/sync/wire"
)

// keys are the information system's own; it has no key that opens doors.
type keys struct {
	sign       ed25519.PrivateKey // of what goes down
	open, seal []byte             // HPKE, private and public: what comes up sealed
	token      string             // of the JSON API
	broker     string             // the information system's own password at a broker elsewhere
}

// keyFile is what system.keys holds, as JSON.
type keyFile struct {
	Sign []byte `json:"sign"` // Ed25519 seed
	Open []byte `json:"open"` // HPKE private key
	Seal []byte `json:"seal"` // its public half
}

// openKeys reads the keys, the API's token and the password for the broker, or makes them, readable by their owner alone:
// the keys only when fresh says that no cabinet trusts others yet.
func openKeys(dir string, fresh bool) (k keys, err error) {
	path := filepath.Join(dir, "system.keys")
	raw, err := keyfile.Open(path, fresh, makeKeys)
	if err != nil {
		return k, fmt.Errorf("cannot open the information system's keys: %w", missing(systemKeys, err))
	}
	var file keyFile
	if err := json.Unmarshal(raw, &file); err != nil || len(file.Sign) != ed25519.SeedSize || len(file.Open) != 32 || len(file.Seal) != 32 {
		return k, fmt.Errorf("cannot use %s: it is damaged; restore it from a copy, or have every cabinet join again", path)
	}
	k.sign, k.open, k.seal = ed25519.NewKeyFromSeed(file.Sign), file.Open, file.Seal
	if k.token, err = openToken(filepath.Join(dir, "api.token")); err != nil {
		return k, fmt.Errorf("cannot open the API's token: %w", err)
	}
	if k.broker, err = openToken(filepath.Join(dir, "broker.password")); err != nil {
		return k, fmt.Errorf("cannot open the password for the broker: %w", err)
	}
	return k, nil
}

func makeKeys() ([]byte, error) {
	file := keyFile{Sign: make([]byte, ed25519.SeedSize)}
	rand.Read(file.Sign)
	var err error
	if file.Open, file.Seal, err = wire.NewSealingKey(); err != nil {
		return nil, err
	}
	return json.Marshal(file)
}

// openToken reads a random secret, or makes it. It may end in a newline, which is no part of it.
func openToken(path string) (string, error) {
	raw, err := keyfile.Open(path, true, func() ([]byte, error) { return []byte(rand.Text()), nil })
	token := strings.TrimRight(string(raw), "\r\n")
	if err == nil && token == "" {
		err = fmt.Errorf("%s is empty: restore it from a copy, or remove it, and a new one is made", path)
	}
	return token, err
}
