package controller

import (
	"testing"
	"time"
)

func TestGatekeeperSchedule(t *testing.T) {
	for n, want := range map[int]time.Duration{
		0: 0, 1: 0, 4: 0, 5: 30 * time.Second, 6: 0, 9: 0, 10: 30 * time.Second, 11: 30 * time.Second, 29: 30 * time.Second,
		30: 30 * time.Second, 40: time.Minute, 59: 2 * time.Minute, 130: 512 * time.Minute, 139: 512 * time.Minute,
		140: 24 * time.Hour, 1000000: 24 * time.Hour,
	} {
		if got := wait(n); got != want {
			t.Errorf("after %d failed tries the wait is %v, want %v", n, got, want)
		}
	}
}

func TestPeriods(t *testing.T) {
	const minute, hour = time.Minute, time.Hour
	for _, c := range []struct {
		name  string
		tries Tries
		since time.Duration
		want  int
	}{
		{"a person's count stays", Tries{Key: "recipient/r", Count: 7, Boot: "b"}, 1000 * hour, 7},
		{"digits count for a fortnight", Tries{Key: "tail/00", Count: 7, Boot: "b"}, 13 * 24 * hour, 7},
		{"and not longer", Tries{Key: "tail/00", Count: 7, Boot: "b"}, 14 * 24 * hour, 0},
		{"a voice stays off under digits", Tries{Key: "voice/tail/00", Count: 7, Boot: "b"}, 1000 * hour, 7},
		{"and for a person", Tries{Key: "voice/recipient/r", Count: 7, Boot: "b"}, 1000 * hour, 7},
		{"codes count for a day", Tries{Key: codeTries, Count: 7, Boot: "b"}, 23 * hour, 7},
		{"and not longer", Tries{Key: codeTries, Count: 7, Boot: "b"}, 24 * hour, 0},
		{"few unknown fingers are forgotten in an hour", Tries{Key: fingerTries, Count: 19, Boot: "b"}, 61 * minute, 0},
		{"many are not", Tries{Key: fingerTries, Count: 20, Boot: "b"}, 61 * minute, 20},
		{"before the next day", Tries{Key: fingerTries, Count: 20, Boot: "b"}, 24 * hour, 0},
		{"remote openings count for an hour", Tries{Key: remoteTries, Count: 3, Boot: "b"}, 59 * minute, 3},
		{"a reboot forgives nothing", Tries{Key: codeTries, Count: 7, Boot: "before", Since: 90 * hour, Begun: 80 * hour}, minute, 7},
	} {
		if got := c.tries.at("b", c.since); got.Count != c.want || got.Boot != "b" {
			t.Errorf("%s: count %d, want %d", c.name, got.Count, c.want)
		}
	}
}

func TestWaitBeginsAnewWithTheBoot(t *testing.T) {
	tries := Tries{Key: "recipient/r", Count: 5, Boot: "before", Since: 1000 * time.Hour}.at("b", 10*time.Second)
	if got := tries.left(10 * time.Second); got != 20*time.Second {
		t.Errorf("10 s after a reboot %v of the wait are left, want 20 s", got)
	}
}

// Guessing under digits waits as long as guessing at a person does, or one could tell digits of nobody.
func TestDigitsWaitLikeAPerson(t *testing.T) {
	for _, key := range []string{"tail/00", "recipient/r"} {
		if got := (Tries{Key: key, Count: 60, Boot: "b", Since: time.Hour}).left(time.Hour); got != wait(60) {
			t.Errorf("%s waits %v after 60 tries, want %v", key, got, wait(60))
		}
	}
}

func TestCabinetNeverWaitsLong(t *testing.T) {
	tries := Tries{Key: codeTries, Count: 500, Boot: "b", Since: time.Hour}
	if got := tries.left(time.Hour); got != cabinetWait {
		t.Errorf("the cabinet waits %v, want %v", got, cabinetWait)
	}
}
