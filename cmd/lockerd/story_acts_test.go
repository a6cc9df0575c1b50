package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"lockerd/controller"
)

func (s *story) tapped(rest string) error {
	if rest == "sign in as the courier" {
		return s.courierSignsIn()
	}
	act, text, _ := strings.Cut(rest, " ")
	return s.tap(act, text)
}

func (s *story) leaves(string) error {
	for {
		v, _ := s.screen.now()
		if v.Screen == controller.Home {
			return nil
		}
		if err := s.tap("back", ""); err != nil {
			return err
		}
	}
}

// typed presses keys of the keypad.
func (s *story) typed(rest string) error {
	if name, wrong, ok := strings.Cut(rest, "'s code"); ok {
		rest = s.post.code(controller.ParcelID(s.newest[name]))
		if rest == "" {
			return fmt.Errorf("no code was issued for %s", name)
		}
		if wrong != "" {
			rest = strings.Map(func(digit rune) rune { return '0' + (digit-'0'+1)%10 }, rest)
		}
		rest += "#"
	}
	return s.press(rest)
}

// scanned holds a code before the scanner, again until something else is shown for it, as couriers do.
func (s *story) scanned(code string) error {
	return s.insist("scan "+code, func(controller.View) bool { return false }, func() error { return nil })
}

// voicesOn switches the voice on and gives the cabinet a model to compare voices with.
func (s *story) voicesOn(string) error {
	trained := voices()
	if trained.err != nil {
		return trained.err
	}
	file := filepath.Join(s.dir, "voices.model")
	s.sets = append(s.sets, "off=[]", "voice.model="+file)
	return os.WriteFile(file, trained.file, 0o600)
}

// speaks waits until digits are asked for, and has somebody say them, or others, before the microphone.
func (s *story) speaks(rest string) error {
	var prompt string
	err := s.sees(func(v controller.View) bool {
		prompt = v.Prompt
		return v.Prompt != ""
	})
	if err != nil {
		return err
	}
	name, digits, _ := strings.Cut(rest, " ")
	words := "say " + name + " " + digits
	switch {
	case rest == "it again":
		words = "say again"
	case digits == "":
		words += prompt
	}
	v, _ := s.screen.now()
	s.answers = v.Number
	if err := s.say(words); err != nil {
		return err
	}
	return s.sees(func(controller.View) bool { return true })
}

func (s *story) brush(finger string) error {
	if err := s.say("finger " + finger); err != nil {
		return err
	}
	time.Sleep(300 * time.Millisecond) // the module looks for a finger every 100 ms
	return s.say("lift")
}

// service opens a door as a technician at the console does.
func (s *story) service(rest string) error {
	slot, err := strconv.Atoi(rest)
	if err != nil {
		return err
	}
	return s.d.controller.OpenForService(s.t.Context(), "9001", controller.Slot(slot), "hinge is loose")
}

// outOfService takes slots out of service: "out of service 1 to 12".
func (s *story) outOfService(rest string) error {
	var first, last controller.Slot
	if _, err := fmt.Sscanf(rest, "%d to %d", &first, &last); err != nil {
		return err
	}
	for slot := first; slot <= last; slot++ {
		if err := s.d.controller.SetService("9001", slot, "moved to another place", false); err != nil {
			return err
		}
	}
	return nil
}
