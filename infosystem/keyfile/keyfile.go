// Package keyfile keeps secrets in files: each is there whole and on the disk, or not at all, and readable by its owner
// alone.
package keyfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrMissing is returned for a file that is not there and must not be made.
var ErrMissing = errors.New("it is missing, and what was written before needs it")

// Open reads a file. When there is none and fresh says that nothing depends on an earlier one, it has the content made,
// and writes it.
func Open(path string, fresh bool, make func() ([]byte, error)) ([]byte, error) {
	content, err := os.ReadFile(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return content, err
	}
	if !fresh {
		return nil, fmt.Errorf("%s: %w", path, ErrMissing)
	}
	if content, err = make(); err != nil {
		return nil, err
	}
	return content, Write(path, content)
}

// Write puts a file in place as a whole: when it returns nil, a power cut does not undo it. When it returns an error, the
// file is the earlier one or, where only the folder cannot be synchronized, already the new one, which a power cut may
// undo; never a part of either.
func Write(path string, content []byte) error {
	dir := filepath.Dir(path)
	file, err := os.CreateTemp(dir, "."+filepath.Base(path)+"-*") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // after the rename there is none
	if _, err = file.Write(content); err == nil {
		err = file.Sync()
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return err
	}
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}
