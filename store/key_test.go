package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lockerd/store"
)

func TestKeyFile(t *testing.T) {
	source := store.KeyFile{Path: filepath.Join(t.TempDir(), "key")}
	made, err := source.Key(true)
	if err != nil || len(made) != 32 {
		t.Fatalf("a new key of %d bytes, %v", len(made), err)
	}
	info, err := os.Stat(source.Path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key file has mode %v, %v, want 0600", info.Mode(), err)
	}
	for _, fresh := range []bool{true, false} {
		if again, err := source.Key(fresh); !bytes.Equal(again, made) || err != nil {
			t.Errorf("read again (fresh: %t), the key differs: %v", fresh, err)
		}
	}
	other, err := store.KeyFile{Path: filepath.Join(t.TempDir(), "key")}.Key(true)
	if bytes.Equal(other, made) || err != nil {
		t.Errorf("two keys are the same, %v", err)
	}
}

func TestKeyFileRefused(t *testing.T) {
	for _, test := range []struct {
		name  string
		mode  os.FileMode
		bytes int
		want  string
	}{
		{"others may read it", 0o644, 32, "chmod 600"},
		{"too short", 0o600, 31, "31 bytes"},
		{"empty", 0o600, 0, "0 bytes"},
		{"with a line's end", 0o600, 33, "33 bytes"},
	} {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, make([]byte, test.bytes), test.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, test.mode); err != nil {
			t.Fatal(err)
		}
		if _, err := (store.KeyFile{Path: path}).Key(true); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got error %v, want one with %q", test.name, err, test.want)
		}
	}
}

func TestCredential(t *testing.T) {
	source := store.Credential{Name: "store-key"}
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	if _, err := source.Key(true); err == nil || !strings.Contains(err.Error(), "LoadCredentialEncrypted=store-key") {
		t.Errorf("without systemd: got error %v, want one that says what to do", err)
	}
	folder := t.TempDir()
	t.Setenv("CREDENTIALS_DIRECTORY", folder)
	if _, err := source.Key(true); err == nil {
		t.Error("a credential that is not there gave a key")
	}
	want := bytes.Repeat([]byte{3}, 32)
	if err := os.WriteFile(filepath.Join(folder, "store-key"), want, 0o400); err != nil {
		t.Fatal(err)
	}
	if got, err := source.Key(false); !bytes.Equal(got, want) || err != nil {
		t.Errorf("the credential gives %x, %v", got, err)
	}
}
