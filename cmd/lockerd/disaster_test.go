package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// power takes the cabinet's power away and gives it back:
//
//	power cut                 at once: nothing more is written
//	power cut at the pulse    comes once the next pulse has been written down, before its result is
//	power off                 an orderly end
//	power on
func (s *story) power(rest string) error {
	switch rest {
	case "cut":
		err := eventually(func() error {
			if s.supply.waits() {
				return errors.New("there was no pulse")
			}
			return nil
		})
		return errors.Join(err, s.powerCut())
	case "cut at the pulse":
		s.supply.set(func(k *supply) { k.atPulse = true })
		return nil
	case "off":
		return s.off()
	case "on":
		return nil // take has switched it on
	}
	return errors.New("that does not happen to power")
}

// refuses starts the cabinet, which must fail and say why.
func (s *story) refuses(rest string) error {
	want, ok := strings.CutPrefix(rest, "to start: ")
	err := s.on()
	switch {
	case !ok:
		return errors.New(`use "refuses to start: TEXT"`)
	case err == nil:
		return errors.New("it starts")
	case !strings.Contains(err.Error(), want):
		return fmt.Errorf("it says: %w", err)
	}
	return nil
}

// database damages the store's file while the cabinet is off, or puts the copy of before the damage back.
func (s *story) database(rest string) error {
	path := filepath.Join(s.dir, "lockerd.db")
	if rest == "is as before" {
		return os.Rename(path+".before", path)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".before", whole, 0o600); err != nil {
		return err
	}
	switch rest {
	case "is cut short":
		return os.Truncate(path, 3*4096)
	case "is overwritten":
		return os.WriteFile(path, []byte(strings.Repeat("not a database\n", len(whole)/15)), 0o600)
	case "lost its middle":
		clear(whole[len(whole)/4 : len(whole)*3/4])
		return os.WriteFile(path, whole, 0o600)
	}
	return errors.New("that does not happen to databases")
}

// key exchanges the device key while the cabinet is off.
func (s *story) key(rest string) error {
	path := filepath.Join(s.dir, "device.key")
	switch rest {
	case "is another's":
		return errors.Join(os.Rename(path, path+".before"), os.WriteFile(path, []byte(strings.Repeat("k", 32)), 0o600))
	case "is lost":
		return os.Rename(path, path+".before")
	case "may be read by others":
		return os.Chmod(path, 0o644)
	case "is as before":
		return os.Rename(path+".before", path)
	case "may be read by nobody else":
		return os.Chmod(path, 0o600)
	}
	return errors.New("that does not happen to keys")
}
