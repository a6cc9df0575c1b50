package keyfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"lockerd/infosystem/keyfile"
)

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	failure := errors.New("failure")
	if _, err := keyfile.Open(path, false, func() ([]byte, error) { return []byte("anew"), nil }); !errors.Is(err, keyfile.ErrMissing) {
		t.Errorf("a key that something was written under and is gone gave %v", err)
	}
	if _, err := keyfile.Open(path, true, func() ([]byte, error) { return nil, failure }); !errors.Is(err, failure) {
		t.Errorf("a key that cannot be made gave %v", err)
	}
	for _, made := range []string{"first", "second"} { // which is not made
		got, err := keyfile.Open(path, true, func() ([]byte, error) { return []byte(made), nil })
		if err != nil || string(got) != "first" {
			t.Errorf("opened %q, %v", got, err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("the file has mode %v, %v", info.Mode(), err)
	}
}

// TestWriteFails: what was there stays as it is, and nothing is left beside it.
func TestWriteFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	if err := os.MkdirAll(filepath.Join(path, "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := keyfile.Write(path, []byte("secret")); err == nil {
		t.Error("a folder was replaced")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("the folder holds %v, %v", left, err)
	}
	if err := keyfile.Write(filepath.Join(dir, "none", "key"), nil); err == nil {
		t.Error("a file was written into a folder that is not there")
	}
}
