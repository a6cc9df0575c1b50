package broker

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// WritePasswords writes the file by which a mosquitto elsewhere knows who may connect: a line "user:hash" each. It
// is replaced as a whole, readable by its owner alone.
func WritePasswords(path string, hashes map[string]string) error {
	var b strings.Builder
	for _, user := range slices.Sorted(maps.Keys(hashes)) {
		fmt.Fprintf(&b, "%s:%s\n", user, hashes[user])
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".broker.passwords-*")
	if err != nil {
		return fmt.Errorf("cannot write the broker's passwords: %w", err)
	}
	defer os.Remove(file.Name()) // after the rename there is none
	if _, err = file.WriteString(b.String()); err == nil {
		err = file.Sync()
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("cannot write the broker's passwords: %w", err)
	}
	return nil
}
