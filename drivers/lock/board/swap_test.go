package board_test

import (
	"errors"
	"testing"
	"time"

	"lockerd/drivers/lock"
	"lockerd/drivers/lock/board"
)

// A board of another family, or with another address, in the place of the one that the settings name: its doors
// are unknown, no door of it opens, and the unlock that was sent is in doubt.
func TestSwappedBoards(t *testing.T) {
	for _, wanted := range kinds {
		for _, there := range kinds {
			for _, address := range []byte{1, 2} {
				if wanted.name == there.name && address == 1 {
					continue // the right one
				}
				t.Run(wanted.name+" set, "+there.name+" at "+string('0'+rune(address)), func(t *testing.T) {
					emulator, doors := there.emulate(address, false)
					_, bus := open(t, board.Options{Timeout: 50 * time.Millisecond, Rest: time.Nanosecond}, emulator)
					driver, err := wanted.driver(bus, 1, false)
					if err != nil {
						t.Fatal(err)
					}
					one, err := board.NewLock(driver, 1)
					if err != nil {
						t.Fatal(err)
					}
					if shut, err := one.Shut(); !errors.Is(err, board.ErrSilent) && !errors.Is(err, board.ErrGarbled) {
						t.Errorf("the door of a board that is not there: shut %v, %v", shut, err)
					}
					l, err := lock.New(lock.Config{Coil: one, Door: one, Pulse: 100 * time.Millisecond})
					if err != nil {
						t.Fatal(err)
					}
					if err := l.Open(t.Context()); wanted.told && !errors.Is(err, lock.ErrDoubt) {
						t.Errorf("opened: %v", err)
					}
					for number := 1; number <= 16; number++ {
						if doors.Pulses(number) != 0 {
							t.Errorf("door %d of the other board was opened", number)
						}
					}
				})
			}
		}
	}
}
