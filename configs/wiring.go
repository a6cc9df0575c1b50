package configs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// Wiring is the part of a cabinet's settings that is learned at the cabinet: which line belongs to which door,
// and how relays and switches are wired. The console's command commission writes it into a file of its own,
// Cabinet.Wiring, which Load lays over these parts of the settings; nothing else may stand in it.
type Wiring struct {
	GPIO   GPIO    `yaml:"gpio"`
	Boards []Board `yaml:"boards"`
	Slots  []Slot  `yaml:"slots"`
}

// Wired returns the wiring in force.
func (c Cabinet) Wired() Wiring { return Wiring{c.GPIO, c.Boards, c.Slots} }

// layWiring reads the wiring's file, where there is one, over c.
func (c *Cabinet) layWiring(d *document) {
	under(c.Dir, &c.Wiring)
	if c.Wiring == "" {
		return
	}
	text, err := read(c.Wiring)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return
	case err != nil:
		d.problems = append(d.problems, fmt.Errorf("cannot read the learned wiring: %w", err))
		return
	}
	w := c.Wired()
	d.decode(c.Wiring, text, &w)
	d.forget(c.Wiring, "boards", "slots")
	c.GPIO, c.Boards, c.Slots = w.GPIO, w.Boards, w.Slots
}

// forget drops where keys of a list stand in another file than the one that replaced the list.
func (d *document) forget(source string, lists ...string) {
	for _, list := range lists {
		if !strings.HasPrefix(d.where[list], source+":") {
			continue
		}
		for key, at := range d.where {
			if strings.HasPrefix(key, list+"[") && !strings.HasPrefix(at, source+":") {
				delete(d.where, key)
			}
		}
	}
}

// Learned tells whether there is a learned wiring, which stands above the settings file's.
func (c Cabinet) Learned() bool {
	_, err := os.Stat(c.Wiring)
	return err == nil
}

const wiringHead = `# Written by the console's command commission, and read at each start: these settings stand in place of those in
# the cabinet's settings file. What stood here before is in this file's name with .old. Remove both to go back.
`

// SaveWiring writes a wiring into its file, for the next start, once it is sure that the settings are right
// with it. What stood there is kept beside it, with ".old" behind its name.
func (c Cabinet) SaveWiring(w Wiring) error {
	if c.Wiring == "" {
		return errors.New("cannot write the wiring: these settings name no file for it; set wiring")
	}
	text, err := yaml.MarshalWithOptions(w, yaml.Flow(false))
	if err != nil {
		return fmt.Errorf("cannot write the wiring: %w", err)
	}
	fresh := c.Wiring + ".new"
	if err := writeDurably(fresh, append([]byte(wiringHead), text...)); err != nil {
		return fmt.Errorf("cannot write the wiring: %w", err)
	}
	whole, err := filepath.Abs(fresh)
	if err != nil {
		return fmt.Errorf("cannot write the wiring: %w", err)
	}
	overrides := append(slices.Clone(c.origin.overrides), "wiring="+whole)
	if _, err := Load(c.origin.path, overrides...); err != nil {
		return errors.Join(fmt.Errorf("cannot use the wiring: %w", err), os.Remove(fresh))
	}
	if err := keepOld(c.Wiring); err != nil {
		return fmt.Errorf("cannot keep the wiring before: %w", err)
	}
	if err := putInPlace(fresh, c.Wiring); err != nil {
		return fmt.Errorf("cannot write the wiring: %w", err)
	}
	return nil
}

// keepOld copies a file, where there is one, to its name with ".old" behind. The file stays: power may go at any
// moment, and a cabinet without it would start with its old wiring. (A second name would do, but FAT knows none.)
func keepOld(path string) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.Remove(path + ".old"); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if err != nil {
		return err
	}
	return Replace(path+".old", text)
}

// Replace writes a file that only its owner reads. When power goes meanwhile, the file is the one before or the
// new one, whole; when Replace has returned without error, it is the new one.
func Replace(path string, text []byte) error {
	fresh := path + ".new"
	if err := writeDurably(fresh, text); err != nil {
		return err
	}
	return putInPlace(fresh, path)
}

func writeDurably(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// putInPlace gives a file that lies on the disk another name, in the same folder, and has the disk remember that.
func putInPlace(fresh, path string) error {
	if err := os.Rename(fresh, path); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
