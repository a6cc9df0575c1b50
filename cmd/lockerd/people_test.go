package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"sync"
	"time"

	"lockerd/controller"
	"lockerd/matcher"
	"lockerd/matcher/passcode"
)

// What the people of the stories know by heart.
const (
	courierNumber, courierSecret = "1001", "314159"
	passcodeOfAll                = "271828"
)

// hashed returns the template of digits; argon2id is slow on purpose, so that the stories share two.
var hashed = func(digits string) func() matcher.Identification {
	return sync.OnceValue(func() matcher.Identification {
		return matcher.Identification{Kind: matcher.Passcode, Data: passcode.Hash([]byte(digits))}
	})
}

var courierTemplate, passcodeTemplate = hashed(courierSecret), hashed(passcodeOfAll)

// desire applies a step of desired state, as the information system would.
func (r *rig) desire(records ...controller.DesiredRecord) error {
	err := r.d.controller.Assign(controller.DesiredChange{From: r.version, To: r.version + 1, Records: records})
	if err == nil {
		r.version++
	}
	return err
}

// tail is the last four digits of a person's phone number.
func tail(name string) string {
	switch name {
	case "ada":
		return "4711"
	case "bo":
		return "0815"
	}
	hash := fnv.New32a()
	hash.Write([]byte(name))
	return fmt.Sprintf("%04d", hash.Sum32()%10000)
}

// recipient makes the record of a person.
func recipient(name string) controller.DesiredRecord {
	return controller.DesiredRecord{Key: "recipient/r-" + name, Recipient: &controller.Recipient{
		ID: controller.RecipientID("r-" + name), Name: strings.ToUpper(name[:1]) + name[1:], PhoneTail: tail(name),
	}}
}

// enrolled makes the records of a person who stored two fingers and a passcode.
func enrolled(name string) ([]controller.DesiredRecord, error) {
	records := []controller.DesiredRecord{recipient(name)}
	stored := map[string]matcher.Identification{"passcode": passcodeTemplate()}
	for key, words := range map[string]string{"right": name, "left": name + " left"} {
		id, err := prints.first(words)
		if err != nil {
			return nil, fmt.Errorf("cannot enrol the finger %q: %w", words, err)
		}
		stored[key] = id
	}
	for key, id := range stored {
		first := &controller.FirstIdentification{ID: name + "-" + key, Recipient: controller.RecipientID("r-" + name), Identification: id}
		records = append(records, controller.DesiredRecord{Key: "verification/" + first.ID, First: first})
	}
	return records, nil
}

// invited makes the record of a one-time code with which a person enrols.
func (r *rig) invited(name, code string) controller.DesiredRecord {
	return controller.DesiredRecord{Key: "invitation/i-" + name + "-" + code, Invitation: &controller.Invitation{
		ID: "i-" + name + "-" + code, Recipient: controller.RecipientID("r-" + name), Expires: time.Now().Add(time.Hour),
		MAC: r.d.store.MAC(controller.InvitationPurpose, []byte(code)),
	}}
}

// expect assigns a parcel to a person.
func (r *rig) expect(parcel, name string) error {
	return r.desire(controller.DesiredRecord{Key: "parcel/" + parcel, Parcel: &controller.Assignment{
		Parcel: controller.ParcelID(parcel), Recipient: controller.RecipientID("r-" + name), Size: controller.Small,
	}})
}

// courierSignsIn leads from the home screen to the list of parcels.
func (r *rig) courierSignsIn() error {
	_, err := r.d.store.Staff(courierNumber)
	if errors.Is(err, controller.ErrUnknown) {
		err = r.desire(controller.DesiredRecord{Key: "staff/" + courierNumber,
			Staff: &controller.Staff{Number: courierNumber, Role: controller.Courier, Secret: courierTemplate()}})
	}
	if err != nil {
		return err
	}
	return r.taps(controller.Home, "dropoff", "", controller.StaffNumber, "digits", courierNumber,
		controller.StaffSecret, "digits", courierSecret, controller.DropChoose)
}

// taps waits for a screen, taps, waits for the next, and so on. It takes screen, act, text in turns and ends
// with a screen.
func (r *rig) taps(way ...any) error {
	for i := 0; ; i += 3 {
		if err := r.seesScreen(way[i].(controller.Screen)); err != nil || i == len(way)-1 {
			return err
		}
		if err := r.tap(way[i+1].(string), way[i+2].(string)); err != nil {
			return err
		}
	}
}

// dropOff has the courier, who is signed in, put a parcel into a slot.
func (r *rig) dropOff(parcel string, slot int) error {
	if err := r.taps(controller.DropChoose, "choose", parcel, controller.DropSlot, "ok", "", controller.DropOpen); err != nil {
		return err
	}
	err := r.sees(func(v controller.View) bool {
		return v.Screen == controller.DropOpen && v.Slot == controller.Slot(slot)
	})
	if err != nil {
		return err
	}
	for _, words := range []string{fmt.Sprintf("parcel into %d", slot), fmt.Sprintf("door %d shut", slot)} {
		if err := r.say(words); err != nil {
			return err
		}
	}
	return r.taps(controller.DropDone, "ok", "", controller.DropChoose)
}

// announced makes a parcel, w1, of a courier's announcement, for somebody of whom the phone number alone is known.
func (r *rig) announced(_ context.Context, a controller.Announcement) (controller.ParcelID, error) {
	stranger := controller.Recipient{ID: "r-stranger", PhoneTail: a.Phone[len(a.Phone)-4:]}
	return "w1", r.desire(
		controller.DesiredRecord{Key: "recipient/r-stranger", Recipient: &stranger},
		controller.DesiredRecord{Key: "parcel/w1", Parcel: &controller.Assignment{Parcel: "w1", Recipient: stranger.ID}},
	)
}
