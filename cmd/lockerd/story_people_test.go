package main

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"lockerd/controller"
)

var givenForm = regexp.MustCompile(`^([a-z0-9-]+)(, who stored nothing)?` +
	`(?:, with a parcel in slot (\d+)|, with parcels in slots (\d+) to (\d+)|(, who expects a parcel)|, who is invited with (\d+))?$`)

// given makes a person, who stored two fingers and a passcode, and what belongs to the person:
//
//	given ada
//	given ada, with a parcel in slot 1
//	given ada, with parcels in slots 1 to 12
//	given bo, who stored nothing, with a parcel in slot 2
//	given bo, who stored nothing, who expects a parcel
//	given ada, who is invited with 24681357
//	given announcements, with the courier's word
//	given a courier, 1002, whose first secret others know
func (s *story) given(rest string) error {
	if number, ok := strings.CutSuffix(rest, ", whose first secret others know"); ok {
		number = strings.TrimPrefix(number, "a courier, ")
		return s.desire(controller.DesiredRecord{Key: "staff/" + number,
			Staff: &controller.Staff{Number: number, Role: controller.Courier, Secret: courierTemplate(), OneTime: true}})
	}
	if rest == "announcements, with the courier's word" {
		return s.desire(controller.DesiredRecord{Key: "settings/cabinet",
			Settings: &controller.Settings{WalkUp: true, Consent: controller.ConsentByCourier}})
	}
	form := givenForm.FindStringSubmatch(rest)
	if form == nil {
		return errors.New("that is no way to begin")
	}
	name := form[1]
	if err := s.person(name, form[2] != "" || form[7] != ""); err != nil {
		return err
	}
	switch {
	case form[3] != "":
		return s.delivers(name, form[3], form[3])
	case form[4] != "":
		return s.delivers(name, form[4], form[5])
	case form[6] != "":
		_, err := s.expects(name)
		return err
	case form[7] != "":
		return s.desire(s.invited(name, form[7]))
	}
	return nil
}

func (s *story) person(name string, storedNothing bool) error {
	_, err := s.d.store.Recipient(controller.RecipientID("r-" + name))
	if !errors.Is(err, controller.ErrUnknown) {
		return err
	}
	if storedNothing {
		return s.desire(recipient(name))
	}
	records, err := enrolled(name)
	if err != nil {
		return err
	}
	return s.desire(records...)
}

// expects assigns the next parcel, p1, p2 and so on.
func (s *story) expects(name string) (string, error) {
	s.parcels++
	parcel := fmt.Sprint("p", s.parcels)
	s.newest[name] = parcel
	return parcel, s.expect(parcel, name)
}

// delivers has a courier bring parcels into the slots from … to, which must be the next free ones.
func (s *story) delivers(name, from, to string) error {
	first, _ := strconv.Atoi(from)
	last, _ := strconv.Atoi(to)
	var parcels []string
	for range last - first + 1 {
		parcel, err := s.expects(name)
		if err != nil {
			return err
		}
		parcels = append(parcels, parcel)
	}
	if err := s.courierSignsIn(); err != nil {
		return err
	}
	for i, parcel := range parcels {
		if err := s.dropOff(parcel, first+i); err != nil {
			return err
		}
	}
	if err := s.tap("back", ""); err != nil {
		return err
	}
	return s.seesScreen(controller.Home)
}

// recalled recalls the newest parcel of a person.
func (s *story) recalled(rest string) error {
	name, _, _ := strings.Cut(rest, "'s")
	return s.desire(controller.DesiredRecord{Key: "parcel/" + s.newest[name], Gone: true})
}

func (s *story) leftOpen(rest string) (err error) {
	s.times.LeftOpen, err = time.ParseDuration(strings.TrimPrefix(rest, "means "))
	return err
}
