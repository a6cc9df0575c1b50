package controller_test

import (
	"golang.org/x/crypto/argon2"

	"lockerd/controller"
	"lockerd/matcher"
	"lockerd/matcher/passcode"
	"lockerd/matcher/pattern"
)

func recipient(id, name, tail string) controller.DesiredRecord {
	return controller.DesiredRecord{Key: "recipient/" + id,
		Recipient: &controller.Recipient{ID: controller.RecipientID(id), Name: name, PhoneTail: tail}}
}

func (k *cabinet) first(id, whose string, kind matcher.Kind, secret string) controller.DesiredRecord {
	k.t.Helper()
	m := map[matcher.Kind]matcher.Matcher{
		matcher.Fingerprint: ridges{}, matcher.Passcode: passcode.Matcher{}, matcher.Pattern: pattern.Matcher{},
	}[kind]
	data := []byte(secret)
	if kind == matcher.Pattern {
		for i := range data {
			data[i] -= '0'
		}
	}
	learnt, ok := learnt[secret]
	if !ok {
		var err error
		learnt, err = m.Enrol([]matcher.Sample{{Kind: kind, Bytes: data}, {Kind: kind, Bytes: data}})
		k.check(err)
	}
	return controller.DesiredRecord{Key: "verification/" + id,
		First: &controller.FirstIdentification{ID: id, Recipient: controller.RecipientID(whose), Identification: learnt}}
}

func parcel(id, whose string, size controller.Size) controller.DesiredRecord {
	return controller.DesiredRecord{Key: "parcel/" + id, Parcel: &controller.Assignment{
		Parcel: controller.ParcelID(id), Recipient: controller.RecipientID(whose), Size: size}}
}

// agreeing is a parcel's record with what is known of its recipient's consent.
func agreeing(id, whose string, consent controller.Consent) controller.DesiredRecord {
	record := parcel(id, whose, controller.Small)
	record.Parcel.Consent = consent
	return record
}

func courier(number string) controller.DesiredRecord {
	return controller.DesiredRecord{Key: "staff/" + number, Staff: &controller.Staff{
		Number: number, Role: controller.Courier, Secret: learnt["314159"]}}
}

// learnt are the templates that every story uses.
var learnt = map[string]matcher.Identification{
	"271828": {Kind: matcher.Passcode, Data: quick([]byte("271828"))},
	"314159": {Kind: matcher.Passcode, Data: quick([]byte("314159"))},
	"04576":  {Kind: matcher.Pattern, Data: quick([]byte{0, 4, 5, 7, 6})},
}

// quick is a template as package secret writes it, on which little is spent: argon2id is slow on purpose.
func quick(secret []byte) []byte {
	salt := make([]byte, 16)
	template := append([]byte{1, 0, 0, 0, 8, 1, 1}, salt...) // version, 8 KiB, one pass, one lane
	return append(template, argon2.IDKey(secret, salt, 1, 8, 1, 32)...)
}

// people gives the cabinet Ada, who stored a finger, a pattern and a passcode, Bo, who stored nothing,
// and a courier.
func (k *cabinet) people() {
	k.t.Helper()
	k.check(k.desired(
		recipient("r-ada", "Ada", "4711"), recipient("r-bo", "Bo", "0815"),
		k.first("v1", "r-ada", matcher.Fingerprint, "ada's finger"),
		k.first("v2", "r-ada", matcher.Pattern, "04576"),
		k.first("v3", "r-ada", matcher.Passcode, "271828"),
		courier("1001"),
	))
}

// with tells the cabinet of settings.
func (k *cabinet) with(s controller.Settings) {
	k.t.Helper()
	k.check(k.desired(controller.DesiredRecord{Key: "settings/cabinet", Settings: &s}))
}
