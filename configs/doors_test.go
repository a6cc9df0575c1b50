package configs

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// front returns the sandbox's settings with its doors as they stand.
func front(rows string) (Cabinet, error) {
	return Load("sandbox.yaml", "kiosk.doors="+rows)
}

func TestDoorsAsTheyStand(t *testing.T) {
	c, err := front(`["1 3 screen 9 9", "2 4 . 9 9", "5 6 7 8 10", "12 12 12 11 10"]`)
	if err != nil {
		t.Fatal(err)
	}
	places := c.Kiosk.Places()
	if len(places) != 13 {
		t.Errorf("%d places for twelve doors and the screen", len(places))
	}
	for _, want := range []DoorPlace{{0, 1, 3, 1, 1}, {4, 2, 2, 1, 1}, {9, 1, 4, 2, 2}, {10, 3, 5, 2, 1}, {12, 4, 1, 1, 3}} {
		if !slices.Contains(places, want) {
			t.Errorf("%+v is not among %+v", want, places)
		}
	}
	if c, err := front("[]"); err != nil || c.Kiosk.Places() != nil {
		t.Errorf("without doors there are places %v, %v", c.Kiosk.Places(), err)
	}
}

func TestDoorsThatCannotStand(t *testing.T) {
	for rows, want := range map[string]string{
		`["1 2 3 4 5 6", "7 8 9 10 11 12 12"]`:                   "kiosk.doors[1]: has 7 places, the first row has 6",
		`["1 2 3 4 5 6", "7 8 9 10 11 13"]`:                      `kiosk.doors[1]: has "13"; write numbers of slots`,
		`["1 2 3 4 5 6", "7 8 9 10 11 x"]`:                       `kiosk.doors[1]: has "x"`,
		`["1 2 3 4 5 6", "7 8 9 10 11 ."]`:                       "kiosk.doors: leaves out slot 12",
		`["1 2 3 4 5 6 1", "7 8 9 10 11 12 ."]`:                  "kiosk.doors: has the places of 1 apart",
		`["1 2 3 4 5 6 .", "7 8 9 10 11 12 1"]`:                  "kiosk.doors: has the places of 1 apart",
		`["1 2 3 4 5 6 .", "1 1 9 7 8 12 10", "11 . . . . . ."]`: "kiosk.doors: has the places of 1 apart",
		`[". 1 2 3 4 5 6", "1 7 8 9 10 11 12"]`:                  "kiosk.doors: has the places of 1 apart",
		`["screen 2 3 4 5 6 1", "7 8 9 10 11 12 screen"]`:        "kiosk.doors: has the places of screen apart",
		`["1 2 3 4 5 6 7 8 9 10 11 12 . . . . ."]`:               "kiosk.doors: has 1 rows of 17 doors",
		`[""]`: "kiosk.doors: leaves out slot 1;",
	} {
		if _, err := front(rows); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", rows, err, want)
		}
	}
}

// TestDoorsOfAnotherWiring: doors that are not those of the learned wiring keep no cabinet from starting.
func TestDoorsOfAnotherWiring(t *testing.T) {
	wiring := filepath.Join(t.TempDir(), "wiring.yaml")
	for text, want := range map[string]bool{
		"slots:\n- {number: 1, size: small}\n- {number: 2, size: large}\n": false,
		"gpio: {debounce: 20ms}\n": true,
	} {
		if err := os.WriteFile(wiring, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load("sandbox.yaml", "wiring="+wiring)
		if err != nil {
			t.Fatal(err)
		}
		if drawn, warned := len(c.Kiosk.Places()) > 0, len(c.Warnings()) > 0; drawn != want || warned == want {
			t.Errorf("with %q the doors are drawn as they stand: %v, and a warning is given: %v", text, drawn, warned)
		}
	}
}
