package people_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"lockerd/infosystem/database"
	"lockerd/infosystem/database/databasetest"
	"lockerd/infosystem/people"
	"lockerd/matcher"
)

func TestCheck(t *testing.T) {
	ada := people.Details{Name: "  Ada \t L. ", Phone: "+44 7700 900123", Language: "en-GB", Policy: "voice+passcode|code"}
	got, err := people.Check(ada, "CN")
	if err != nil {
		t.Fatal(err)
	}
	if want := (people.Details{Name: "Ada L.", Phone: "+447700900123", Language: "en-GB", Policy: "voice+passcode | code"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got, err := people.Check(people.Details{Name: "Bo", Phone: "138 0013 8000"}, "CN"); err != nil || got.Phone != "+8613800138000" {
		t.Errorf("a phone number of the region became %q, %v", got.Phone, err)
	}
	for name, change := range map[string]func(*people.Details){
		"no name":          func(d *people.Details) { d.Name = "  " },
		"endless name":     func(d *people.Details) { d.Name = strings.Repeat("a", 81) },
		"control in name":  func(d *people.Details) { d.Name = "A\x00da" },
		"no phone":         func(d *people.Details) { d.Phone = "" },
		"words for phone":  func(d *people.Details) { d.Phone = "call me" },
		"short phone":      func(d *people.Details) { d.Phone = "12" },
		"a town's phone":   func(d *people.Details) { d.Phone = "+1 555 0100" },
		"endless phone":    func(d *people.Details) { d.Phone = "+86" + strings.Repeat("1", 400) },
		"broken text":      func(d *people.Details) { d.Name = "A\xffda" },
		"endless language": func(d *people.Details) { d.Language = "en" + strings.Repeat("-abcdefgh", 4) },
		"kind twice":       func(d *people.Details) { d.Policy = "code | voice+voice" },
		"strange language": func(d *people.Details) { d.Language = "<b>" },
		"unknown kind":     func(d *people.Details) { d.Policy = "face" },
		"half a policy":    func(d *people.Details) { d.Policy = "code |" },
	} {
		bad := ada
		change(&bad)
		_, err := people.Check(bad, "CN")
		if !errors.Is(err, database.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		} else if bad.Phone != "" && strings.Contains(err.Error(), bad.Phone) {
			t.Errorf("%s: the error gives the phone number away: %v", name, err)
		}
	}
}

func TestPeopleAndConsent(t *testing.T) {
	db, now := databasetest.Open(t), time.UnixMilli(1_700_000_000_000)
	databasetest.Update(t, db, func(tx database.Tx) error {
		ada, err := people.Add(tx, people.Details{Name: "Ada", Phone: "+447700900123", LowSlot: true}, now)
		if err != nil {
			return err
		}
		if strings.Contains(ada.ID, "Ada") || ada.PhoneTail() != "0123" {
			t.Errorf("added %+v", ada)
		}
		if got, err := people.Get(tx, ada.ID); err != nil || got.Details != ada.Details {
			t.Errorf("read back %+v, %v", got, err)
		}
		for part, want := range map[string]int{"ad": 1, "9001": 1, "%": 0, "_": 0, "bo": 0} {
			if found, err := people.List(tx, part, 10, 0); err != nil || len(found) != want {
				t.Errorf("searching %q found %d, %v; want %d", part, len(found), err, want)
			}
		}
		for _, kind := range []matcher.Kind{matcher.Fingerprint, matcher.Fingerprint, matcher.Pattern} {
			if err := people.Agree(tx, ada.ID, kind, now); err != nil {
				t.Error(err)
			}
		}
		if err := people.Withdraw(tx, ada.ID, matcher.Pattern, now.Add(time.Hour)); err != nil {
			t.Error(err)
		}
		consents, err := people.Consents(tx, ada.ID)
		if err != nil || len(consents) != 2 || !consents[0].Holds() || consents[1].Holds() {
			t.Errorf("consents %+v, %v", consents, err)
		}
		for name, err := range map[string]error{
			"change": people.Change(tx, "r-nobody", ada.Details),
			"remove": people.Remove(tx, "r-nobody"),
			"agree":  people.Agree(tx, "r-nobody", matcher.Voice, now),
		} {
			if !errors.Is(err, database.ErrNotFound) {
				t.Errorf("%s of an unknown person: %v, want ErrNotFound", name, err)
			}
		}
		if err := people.Remove(tx, ada.ID); err != nil {
			return err
		}
		if left, err := people.Consents(tx, ada.ID); err != nil || len(left) != 0 {
			t.Errorf("consents outlive the person: %v, %v", left, err)
		}
		return nil
	})
}

// TestNamed: an operator's word for a person names exactly one, or nobody.
func TestNamed(t *testing.T) {
	db := databasetest.Open(t)
	ids := map[string]string{}
	databasetest.Update(t, db, func(tx database.Tx) error {
		for _, d := range []people.Details{
			{Name: "Bo", Phone: "+8613800000815"}, {Name: "Bob", Phone: "+8613800000816"}, {Name: "Ada", Phone: "+447700900123"}, {Name: "Ada", Phone: "+447700900124"}, {Phone: "+8613900000001"},
		} {
			p, err := people.Add(tx, d, time.Now())
			if err != nil {
				return err
			}
			ids[d.Phone] = p.ID
		}
		for text, want := range map[string]string{
			ids["+447700900123"]: "+447700900123",
			"bo":                 "+8613800000815", " Bob ": "+8613800000816", "Bo · 0815": "+8613800000815",
			"Ada · 0124": "+447700900124", "+44 7700 900124": "+447700900124", "0123": "+447700900123", "139 0000-0001": "+8613900000001",
		} {
			if p, err := people.Named(tx, text); err != nil || p.Phone != want {
				t.Errorf("%q names %q, %v, want %q", text, p.Phone, err, want)
			}
		}
		for text, want := range map[string]error{
			"Ada": database.ErrConflict, "": database.ErrInvalid, " ": database.ErrInvalid, "Eve": database.ErrNotFound, "%": database.ErrNotFound,
			"r-nobody": database.ErrNotFound, "Ada · 9999": database.ErrNotFound, " · ": database.ErrNotFound,
		} {
			if p, err := people.Named(tx, text); !errors.Is(err, want) {
				t.Errorf("%q names %+v, %v, want %v", text, p, err, want)
			}
		}
		return nil
	})
}

func TestCheckPhone(t *testing.T) {
	for typed, want := range map[string]string{
		"13912345678":        "+8613912345678",
		"+86 139 1234 5678":  "+8613912345678",
		"008613912345678":    "+8613912345678",
		"+49 30 1234567":     "+49301234567",
		"1213912345678":      "", // a 1 and a 2 too many: 12139 is a carrier's code in China
		"17901 139 12345678": "",
		"12":                 "",
		"nobody":             "",
		"":                   "",
	} {
		got, err := people.CheckPhone(typed, "CN")
		if got != want || (want == "") != errors.Is(err, database.ErrInvalid) {
			t.Errorf("%q is %q, %v; want %q", typed, got, err, want)
		}
	}
}

// TestNamesOfEveryAlphabet: a name is found as it is written, in capitals or small letters.
func TestNamesOfEveryAlphabet(t *testing.T) {
	db := databasetest.Open(t)
	databasetest.Update(t, db, func(tx database.Tx) error {
		for _, name := range []string{"Åda Ölund", "Ада", "艾达", "Ada · Bo"} {
			if _, err := people.Add(tx, people.Details{Name: name, Phone: "+447700900123"}, time.Now()); err != nil {
				return err
			}
		}
		for text, want := range map[string]string{
			"Åda Ölund": "Åda Ölund", "åda ölund · 0123": "Åda Ölund", "ÖLU": "Åda Ölund", "ада": "Ада", "АД": "Ада", "艾": "艾达",
			"Ada · Bo · 0123": "Ada · Bo",
		} {
			if p, err := people.Named(tx, text); err != nil || p.Name != want {
				t.Errorf("%q names %q, %v, want %q", text, p.Name, err, want)
			}
		}
		if _, err := people.List(tx, strings.Repeat("a", 60000), 10, 0); !errors.Is(err, database.ErrInvalid) {
			t.Errorf("an endless search gives %v, want ErrInvalid", err)
		}
		return nil
	})
}

// TestNamedAmongMany: who is meant is not taken for another one of a longer name, however many have such names.
func TestNamedAmongMany(t *testing.T) {
	db := databasetest.Open(t)
	databasetest.Update(t, db, func(tx database.Tx) error {
		add := func(name, phone string) {
			t.Helper()
			if _, err := people.Add(tx, people.Details{Name: name, Phone: phone}, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		add("Ada Bo", "+8613800000815")
		for range 1000 {
			add("Ada Bo", "+8613800000816")
		}
		add("Bo", "+8613900000815")
		for _, text := range []string{"Bo", "Bo · 0815"} {
			if p, err := people.Named(tx, text); err != nil || p.Name != "Bo" {
				t.Errorf("%q names %q, %v", text, p.Name, err)
			}
		}
		if p, err := people.Named(tx, "Bo · 0816"); !errors.Is(err, database.ErrNotFound) {
			t.Errorf("a Bo whom nobody knows is %q, %v", p.Name, err)
		}
		return nil
	})
}
