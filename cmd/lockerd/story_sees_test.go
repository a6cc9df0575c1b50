package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"lockerd/controller"
)

func (s *story) seen(rest string) error {
	words := strings.Fields(rest)
	return s.sees(func(v controller.View) bool {
		for _, word := range words[1:] {
			if word != string(v.Note) && word != string(v.Advice) && word != fmt.Sprint(v.Slot) {
				return false
			}
		}
		return string(v.Screen) == words[0]
	})
}

func (s *story) read(rest string) error {
	return eventually(func() error {
		if !strings.Contains(s.page(), rest) {
			return errors.New("the page does not say so")
		}
		return nil
	})
}

// worldSays looks for a line of the sandbox's status.
func (s *story) worldSays(line string) error {
	status, err := s.d.hardware.box.Words("status")
	if err == nil && !slices.Contains(strings.Split(status, "\n"), line) {
		err = fmt.Errorf("the sandbox says\n%s", status)
	}
	return err
}

// faulty looks for a fault in what the technician's status tells.
func (s *story) faulty(name string) error {
	return eventually(func() error {
		var faults []string
		for _, fault := range (machine{s.d}).Status(s.t.Context()).Faults {
			faults = append(faults, strings.TrimSpace(fault.Part+" "+fault.Name))
		}
		if !slices.Contains(faults, name) {
			return fmt.Errorf("the faults are %q", faults)
		}
		return nil
	})
}

// logged looks for text in the daemon's log.
func (s *story) logged(rest string) error {
	text, twice := strings.CutPrefix(rest, "twice ")
	return eventually(func() error {
		if n := strings.Count(s.log.String(), text); n == 0 || n == 1 && twice {
			return fmt.Errorf("the log says so %d times", n)
		}
		return nil
	})
}

// noted looks for a line in the journal.
func (s *story) noted(rest string) error {
	lines, err := s.lines()
	if err != nil {
		return err
	}
	what, slot, anySlot := strings.Cut(rest, " ")
	for _, line := range lines {
		if string(line.What) == what && (!anySlot || slot == fmt.Sprint(line.Slot)) {
			return nil
		}
	}
	return errors.New("the journal has no such line")
}

func (s *story) neverNoted(rest string) error {
	if s.noted(rest) == nil {
		return errors.New("the journal has such a line")
	}
	return nil
}

// pulsed compares how often each coil was driven.
func (s *story) pulsed(rest string) error {
	var pulses []string
	for slot := range s.d.hardware.doors {
		if n := s.d.hardware.box.Pulses(int(slot)); n > 0 {
			pulses = append(pulses, fmt.Sprintf("%d:%d", slot, n))
		}
	}
	want := strings.Fields(rest)
	slices.Sort(want)
	if slices.Sort(pulses); !slices.Equal(pulses, want) {
		return fmt.Errorf("they are %s", strings.Join(pulses, " "))
	}
	return nil
}

// journal lists the journal, for a story that failed.
func (s *story) journal() string {
	if s.d == nil {
		return "the cabinet is off"
	}
	lines, err := s.lines()
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, line := range lines {
		fmt.Fprintf(&b, "%s %d %s %s\n", line.What, line.Slot, line.Parcel, line.Detail)
	}
	return b.String()
}
