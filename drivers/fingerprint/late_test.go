package fingerprint_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/drivers/fingerprint"
	"lockerd/drivers/fingerprint/fingerprinttest"
)

// library is a module that knows fingers, by page.
var library = map[int]stripes{3: 3, 7: 4, 150: 6}

// fill puts the library into the module as provisioning does.
func fill(t *testing.T, emulated *fingerprinttest.Module, m *fingerprint.Module) {
	t.Helper()
	for page, finger := range library {
		emulated.Put(finger, 1)
		err := m.Look(t.Context())
		if err == nil {
			err = m.Features(t.Context(), 1)
		}
		if err == nil {
			err = m.StoreTemplate(t.Context(), 1, page)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	emulated.Lift()
}

// search lays a finger on the glass and has it searched. It fails the test when another page is found.
func search(t *testing.T, emulated *fingerprinttest.Module, m *fingerprint.Module, page int, n uint64) error {
	t.Helper()
	emulated.Put(library[page], n)
	defer emulated.Lift()
	answer, err := m.CaptureSearch(t.Context(), 0, 1000, fingerprint.Progress{})
	if err == nil && (!answer.Found || answer.Page != page) {
		t.Errorf("the finger of page %d: %+v", page, answer)
	}
	return err
}

// A module that takes too long for a finger, and answers while the next finger lies there, must not open the
// first one's door to the second.
func TestLateAnswerIsNotTheNextOnes(t *testing.T) {
	slow := []fingerprint.Instruction{fingerprint.GenImg, fingerprint.Img2Tz, fingerprint.Search}
	for _, in := range slow {
		t.Run(in.String(), func(t *testing.T) {
			for by := 1900 * time.Millisecond; by < 10*time.Second; by += 90 * time.Millisecond {
				synctest.Test(t, func(t *testing.T) {
					emulated, m := connect(t, fingerprinttest.Options{Model: fingerprinttest.R307}, fingerprint.Options{})
					fill(t, emulated, m)
					emulated.Delay(in, by)
					first := search(t, emulated, m, 3, 2)
					err := first
					for range 20 { // the next person tries until the module has come to itself
						if err = search(t, emulated, m, 7, 2); err == nil {
							break
						}
						if !errors.Is(err, fingerprint.ErrGone) {
							t.Fatalf("%v late: %v", by, err)
						}
					}
					if err != nil {
						t.Errorf("%v late: the module is never understood again: %v", by, err)
					}
				})
			}
		})
	}
}

// Whatever comes late, and however often: each finger is its own page or nobody's.
func TestManyLateAnswers(t *testing.T) {
	everything := []fingerprint.Instruction{fingerprint.GenImg, fingerprint.Img2Tz, fingerprint.Search,
		fingerprint.ReadSysPara, fingerprint.VfyPwd, fingerprint.ReadProdInfo}
	pages := []int{3, 7, 150}
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				random := rand.New(rand.NewPCG(seed, 1))
				emulated, m := connect(t, fingerprinttest.Options{Model: fingerprinttest.R503}, fingerprint.Options{})
				fill(t, emulated, m)
				found := 0
				for range 150 {
					if random.IntN(3) == 0 {
						emulated.Delay(everything[random.IntN(len(everything))], time.Duration(random.IntN(6000))*time.Millisecond)
					}
					time.Sleep(time.Duration(random.IntN(2000)) * time.Millisecond) // people come and go
					if search(t, emulated, m, pages[random.IntN(3)], uint64(random.IntN(50))) == nil {
						found++
					}
				}
				t.Logf("%d of 150 fingers were found", found)
				if found < 50 {
					t.Errorf("only %d of 150 fingers were found: the module is not understood again", found)
				}
			})
		})
	}
}

// An image that is still on its way after its capture was given up is nobody's answer either.
func TestAbandonedImageIsNotAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		emulated, m := connect(t, fingerprinttest.Options{Model: fingerprinttest.R307}, fingerprint.Options{})
		fill(t, emulated, m)
		emulated.SetPace(true)
		for y := 10; y < 288; y += 50 {
			emulated.Put(library[3], 2)
			ctx, stop := context.WithCancel(t.Context())
			_, err := m.Capture(ctx, fingerprint.Progress{Row: func(row int, _ []byte) {
				if row == y {
					stop()
				}
			}})
			stop()
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("given up at row %d: %v", y, err)
			}
			if err := search(t, emulated, m, 7, 3); err != nil {
				t.Errorf("after an image that was given up at row %d: %v", y, err)
			}
		}
	})
}

// At a slow speed an abandoned image is longer on its way than anything else; the next person waits until the wire is
// empty and is then served.
func TestAbandonedImageAtASlowSpeed(t *testing.T) {
	for _, model := range []fingerprinttest.Model{fingerprinttest.R307, fingerprinttest.R503} {
		for _, baud := range []int{9600, 19200} {
			t.Run(fmt.Sprintf("%s at %d baud", model, baud), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					flash := fingerprinttest.NewFlash()
					flash.Baud = baud / 9600
					emulated, m := connect(t, fingerprinttest.Options{Model: model, Flash: &flash}, fingerprint.Options{Baud: baud})
					fill(t, emulated, m)
					emulated.SetPace(true)
					emulated.Put(library[3], 2)
					ctx, stop := context.WithCancel(t.Context())
					_, err := m.Capture(ctx, fingerprint.Progress{Row: func(row int, _ []byte) {
						if row == 5 {
							stop()
						}
					}})
					stop()
					if !errors.Is(err, context.Canceled) {
						t.Fatalf("given up: %v", err)
					}
					if err := search(t, emulated, m, 7, 3); err != nil {
						t.Errorf("the next finger: %v", err)
					}
				})
			})
		}
	}
}
