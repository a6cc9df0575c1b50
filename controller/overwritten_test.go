package controller_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/controller"
	"lockerd/matcher"
	"lockerd/matcher/passcode"
)

// leaving is how an enrolment ends before a kind of it is complete.
var leaving = map[string]func(*cabinet){
	"skipped": func(k *cabinet) { k.does(controller.ActSkip, "") },
	"left":    func(k *cabinet) { k.does(controller.ActBack, "") },
	"gone":    func(k *cabinet) { time.Sleep(10 * time.Minute) },
}

// enrols begins an enrolment of one kind.
func (k *cabinet) enrols(kind matcher.Kind) {
	k.t.Helper()
	k.invites("i1", "r-ada", "11223344")
	k.does(controller.ActEnrol, "")
	k.does(controller.ActDigits, "11223344")
	k.consents(kind, matcher.Pattern)
}

// wantOverwritten checks that nothing of what was given is in memory any more.
func (k *cabinet) wantOverwritten(given [][]byte) {
	k.t.Helper()
	if len(given) == 0 {
		k.t.Error("nothing was given")
	}
	for i, bytes := range given {
		if strings.Trim(string(bytes), "\x00") != "" {
			k.t.Errorf("number %d is still in memory: %q", i+1, bytes)
		}
	}
}

// The images of an enrolment's fingers are overwritten, poor ones as well, whatever became of it.
func TestFingerOfAnEnrolmentIsOverwritten(t *testing.T) {
	for name, leave := range leaving {
		t.Run(name, func(t *testing.T) {
			story(t, func(k *cabinet) {
				k.enrols(matcher.Fingerprint)
				var given [][]byte
				for _, text := range []string{"poor", "right", "right"} {
					k.sees(controller.EnrolFinger)
					given = append(given, []byte(text))
					k.finger.put <- matcher.Sample{Kind: matcher.Fingerprint, Bytes: given[len(given)-1]}
					synctest.Wait()
				}
				leave(k)
				k.wantOverwritten(given)
			})
		})
	}
	t.Run("poor too often", func(t *testing.T) {
		story(t, func(k *cabinet) {
			k.enrols(matcher.Fingerprint)
			given := [][]byte{[]byte("right")}
			for range 10 {
				given = append(given, []byte("poor"))
			}
			for _, bytes := range given {
				k.sees(controller.EnrolFinger)
				k.finger.put <- matcher.Sample{Kind: matcher.Fingerprint, Bytes: bytes}
				synctest.Wait()
			}
			k.sees(controller.EnrolPattern)
			k.wantOverwritten(given)
		})
	})
}

// taking is a matcher that remembers where in memory it was given what it learns.
type taking struct {
	matcher.Matcher
	given *[][]byte
}

func (m taking) Enrol(samples []matcher.Sample) (matcher.Identification, error) {
	for _, s := range samples {
		*m.given = append(*m.given, s.Bytes)
	}
	return m.Matcher.Enrol(samples)
}

// A passcode that was typed once is overwritten when its owner does not repeat it.
func TestPasscodeOfAnEnrolmentIsOverwritten(t *testing.T) {
	for name, leave := range leaving {
		t.Run(name, func(t *testing.T) {
			story(t, func(k *cabinet) {
				k.stop()
				var given [][]byte
				k.extend = func(p *controller.Parts) {
					p.Matchers = append(p.Matchers, taking{passcode.Matcher{}, &given})
				}
				k.startProgram()
				k.enrols(matcher.Passcode)
				k.sees(controller.EnrolPattern)
				k.does(controller.ActSkip, "")
				given = nil // what the cabinet learned at its start is nobody's
				k.sees(controller.EnrolPasscode)
				k.does(controller.ActDigits, "271828")
				leave(k)
				k.wantOverwritten(given)
			})
		})
	}
}
