package vault_test

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lockerd/infosystem/database"
	"lockerd/infosystem/database/databasetest"
	"lockerd/infosystem/keyfile"
	"lockerd/infosystem/vault"
	"lockerd/matcher"
	"lockerd/sync/wire"
)

func box(t *testing.T, fill byte) *vault.Box {
	t.Helper()
	b, err := vault.NewBox(bytes.Repeat([]byte{fill}, vault.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBox(t *testing.T) {
	b := box(t, 1)
	sealed := b.Seal("purpose", []byte("secret"))
	if bytes.Contains(sealed, []byte("secret")) || bytes.Equal(sealed, b.Seal("purpose", []byte("secret"))) {
		t.Error("sealing hides nothing or repeats itself")
	}
	if plain, err := b.Open("purpose", sealed); err != nil || string(plain) != "secret" {
		t.Errorf("opened %q, %v", plain, err)
	}
	flipped := bytes.Clone(sealed)
	flipped[len(flipped)-1] ^= 1
	for name, open := range map[string]func() ([]byte, error){
		"another purpose": func() ([]byte, error) { return b.Open("else", sealed) },
		"another key":     func() ([]byte, error) { return box(t, 2).Open("purpose", sealed) },
		"a flipped bit":   func() ([]byte, error) { return b.Open("purpose", flipped) },
		"cut short":       func() ([]byte, error) { return b.Open("purpose", sealed[:20]) },
		"nothing":         func() ([]byte, error) { return b.Open("purpose", nil) },
	} {
		if _, err := open(); !errors.Is(err, vault.ErrSealed) {
			t.Errorf("%s: %v, want ErrSealed", name, err)
		}
	}
}

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if _, err := vault.OpenBox(path, false); !errors.Is(err, keyfile.ErrMissing) {
		t.Errorf("a key under which something is sealed and that is gone gave %v", err)
	}
	first, err := vault.OpenBox(path, true)
	if err != nil {
		t.Fatal(err)
	}
	again, err := vault.OpenBox(path, false)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := again.Open("p", first.Seal("p", []byte("x"))); err != nil || string(plain) != "x" {
		t.Errorf("the key did not last: %q, %v", plain, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key file has mode %v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.OpenBox(path, true); err == nil {
		t.Error("a damaged key file was used")
	}
}

func verification(id, reference string, kind matcher.Kind, data string) vault.Verification {
	return vault.Verification{ID: id, Reference: reference, Kind: kind, Stored: time.UnixMilli(1000), Content: vault.Content{Label: "right index", Data: []byte(data), Character: []byte("page")}}
}

func TestVault(t *testing.T) {
	db, b := databasetest.Open(t), box(t, 1)
	databasetest.Update(t, db, func(tx database.Tx) error {
		for _, v := range []vault.Verification{
			verification("v1", "r-ada", matcher.Fingerprint, "old ridges"), verification("v1", "r-ada", matcher.Fingerprint, "RIDGES"),
			verification("v2", "r-ada", matcher.Pattern, "dots"), verification("v3", "r-bo", matcher.Passcode, "digits"),
		} {
			if err := vault.Put(tx, b, v); err != nil {
				t.Errorf("%s: %v", v.ID, err)
			}
		}
		all, err := vault.Of(tx, b, "r-ada")
		if err != nil || len(all) != 2 || string(all[0].Data) != "RIDGES" || all[0].Label != "right index" || string(all[0].Character) != "page" {
			t.Errorf("Ada's are %+v, %v", all, err)
		}
		if all, err := vault.Of(tx, box(t, 2), "r-ada"); err != nil || len(all) != 2 || !all[0].Damaged || all[0].Data != nil {
			t.Errorf("with another key: %+v, %v, want two that are damaged", all, err)
		}
		label := verification("v9", "r-ada", matcher.Pattern, "x")
		label.Label = strings.Repeat("a", wire.MaxLabel+1)
		for name, bad := range map[string]vault.Verification{
			"endless label":      label,
			"somebody else's id": verification("v3", "r-ada", matcher.Pattern, "x"),
			"no id":              verification("", "r-ada", matcher.Pattern, "x"),
			"unknown kind":       verification("v9", "r-ada", "face", "x"),
			"a code":             verification("v9", "r-ada", matcher.Code, "x"),
			"nothing":            verification("v9", "r-ada", matcher.Pattern, ""),
			"too much":           verification("v9", "r-ada", matcher.Voice, string(make([]byte, vault.MaxRecord+1))),
		} {
			if err := vault.Put(tx, b, bad); !database.IsRefusal(err) {
				t.Errorf("%s: %v, want a refusal", name, err)
			}
		}
		return nil
	})
	// What lies in the table shows nothing, and rows cannot be swapped between people.
	databasetest.Update(t, db, func(tx database.Tx) error {
		rows, err := database.All(tx, func(rows *sql.Rows) (raw []byte, err error) { return raw, rows.Scan(&raw) }, `SELECT sealed FROM verification`)
		for _, raw := range rows {
			if bytes.Contains(raw, []byte("RIDGES")) {
				t.Error("verification information lies open")
			}
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE verification SET reference = 'r-eve' WHERE id = 'v1'`)
		return err
	})
	databasetest.Update(t, db, func(tx database.Tx) error {
		if all, err := vault.Of(tx, b, "r-eve"); err != nil || len(all) != 1 || !all[0].Damaged || all[0].Data != nil {
			t.Errorf("a row that was moved to another person: %+v, %v, want it damaged", all, err)
		}
		return nil
	})
}

func TestDestroyAndUnused(t *testing.T) {
	db, b := databasetest.Open(t), box(t, 1)
	databasetest.Update(t, db, func(tx database.Tx) error {
		for _, v := range []vault.Verification{
			verification("v1", "r-ada", matcher.Fingerprint, "x"), verification("v2", "r-ada", matcher.Pattern, "x"), verification("v3", "r-bo", matcher.Passcode, "x"),
		} {
			if err := vault.Put(tx, b, v); err != nil {
				return err
			}
		}
		if err := vault.Used(tx, "r-ada", matcher.Pattern, time.UnixMilli(5000)); err != nil {
			return err
		}
		if unused, err := vault.Unused(tx, time.UnixMilli(3000)); err != nil || len(unused) != 1 || unused[0] != "r-bo" {
			t.Errorf("unused are %v, %v; want Bo alone", unused, err)
		}
		if n, err := vault.Destroy(tx, "r-ada", matcher.Fingerprint); err != nil || n != 1 {
			t.Errorf("destroyed %d, %v", n, err)
		}
		if specific, err := vault.Specific(tx, "r-ada"); err != nil || !specific {
			t.Errorf("with a pattern left Ada is specific: %v, %v", specific, err)
		}
		if _, err := vault.Destroy(tx, "r-ada", ""); err != nil {
			return err
		}
		if specific, err := vault.Specific(tx, "r-ada"); err != nil || specific {
			t.Errorf("with nothing left Ada is specific: %v, %v", specific, err)
		}
		if kinds, err := vault.Kinds(tx, "r-bo"); err != nil || kinds[matcher.Passcode] != 1 {
			t.Errorf("Bo has %v, %v", kinds, err)
		}
		return nil
	})
}

// TestDestroyedIsNoted: whoever destroys, the database hears that it has to clear away.
func TestDestroyedIsNoted(t *testing.T) {
	databasetest.Update(t, databasetest.Open(t), func(tx database.Tx) error {
		noted := func() (n int) {
			t.Helper()
			if err := tx.QueryRow(`SELECT COALESCE(SUM(n), 0) FROM counters WHERE name = 'erased'`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if err := vault.Put(tx, box(t, 1), verification("v1", "r-ada", matcher.Pattern, "dots")); err != nil {
			return err
		}
		for _, want := range []int{1, 1} { // the second time there is nothing
			if _, err := vault.Destroy(tx, "r-ada", ""); err != nil {
				return err
			}
			if got := noted(); got != want {
				t.Errorf("noted %d times, want %d", got, want)
			}
		}
		return nil
	})
}
