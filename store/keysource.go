package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// KeySource gives the device key of 32 bytes.
type KeySource interface {
	// Key returns the device key. fresh says that no store was written under a key yet, so that a source
	// that can make one may do so.
	Key(fresh bool) ([]byte, error)
}

// KeyFile is a key in a file of its owner's own. It is made at the first start.
type KeyFile struct {
	Path string
}

// Key reads the key, and makes one when fresh.
func (k KeyFile) Key(fresh bool) ([]byte, error) {
	info, err := os.Stat(k.Path)
	switch {
	case errors.Is(err, os.ErrNotExist) && fresh:
		return k.create()
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("cannot read the device key %s: it is missing, and the store cannot be read without it: "+
			"put the key back, or move the store away to begin anew", k.Path)
	case err != nil:
		return nil, fmt.Errorf("cannot read the device key: %w", err)
	case info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("cannot use the device key %s: others may read it (mode %04o): chmod 600 it",
			k.Path, info.Mode().Perm())
	}
	return readKey(k.Path)
}

func (k KeyFile) create() ([]byte, error) {
	key := randomBytes(deviceKeySize)
	if err := writeDurably(k.Path, key); err != nil {
		return nil, fmt.Errorf("cannot create the device key: %w", err)
	}
	return key, nil
}

// Credential is a key that systemd hands to the service (LoadCredential=, LoadCredentialEncrypted=).
type Credential struct {
	Name string
}

// Key reads the credential's file in $CREDENTIALS_DIRECTORY.
func (c Credential) Key(bool) ([]byte, error) {
	folder := os.Getenv("CREDENTIALS_DIRECTORY")
	if folder == "" {
		return nil, fmt.Errorf("cannot read credential %q: systemd gave none ($CREDENTIALS_DIRECTORY is not set): "+
			"add LoadCredentialEncrypted=%s to the unit or use a key file", c.Name, c.Name)
	}
	return readKey(filepath.Join(folder, c.Name))
}

func readKey(path string) ([]byte, error) {
	key, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the device key: %w", err)
	}
	if len(key) != deviceKeySize {
		return nil, fmt.Errorf("cannot use the device key %s: it has %d bytes and must have %d", path, len(key), deviceKeySize)
	}
	return key, nil
}

// writeDurably makes a file that is complete and on the disk, or is not there.
func writeDurably(path string, data []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // fails when it was renamed, as it should
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return moveDurably(file.Name(), path)
}

// moveDurably renames within one folder and returns when the folder is on the disk.
func moveDurably(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(to))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
