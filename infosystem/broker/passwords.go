package broker

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"lockerd/infosystem/keyfile"
)

// WritePasswords writes the file by which a mosquitto elsewhere knows who may connect: a line "user:hash" each. It
// is replaced as a whole, readable by its owner alone.
func WritePasswords(path string, hashes map[string]string) error {
	var b strings.Builder
	for _, user := range slices.Sorted(maps.Keys(hashes)) {
		fmt.Fprintf(&b, "%s:%s\n", user, hashes[user])
	}
	if err := keyfile.Write(path, []byte(b.String())); err != nil {
		return fmt.Errorf("cannot write the broker's passwords: %w", err)
	}
	return nil
}
