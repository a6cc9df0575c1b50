package link

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"lockerd/controller"
	"lockerd/matcher"
	"lockerd/sync/wire"
)

// Bounds of what stands in a record, in bytes.
const (
	maxData  = 48 << 10
	maxBadge = 64
)

// errUnknownKind marks a record of a kind that this program does not know. It counts in the root hash and
// is otherwise left alone, so that an information system that is newer does not stop an older cabinet.
var errUnknownKind = errors.New("kind of record is not known here")

// recordReader opens the sealed bodies of records and validates them. Its errors name fields, never their
// contents.
type recordReader struct {
	address wire.Address
	key     []byte // private, to open with
	mac     func(purpose string, data []byte) []byte
}

// open returns the record as the controller takes it. For an unknown kind it returns the record without
// content and errUnknownKind.
func (r recordReader) open(record wire.Record) (controller.DesiredRecord, error) {
	out := controller.DesiredRecord{Key: record.Key(), Hash: record.Hash(), Gone: record.Gone}
	if err := record.Check(); err != nil {
		return out, err
	}
	read, known := map[wire.RecordKind]func(wire.Record, *controller.DesiredRecord) error{
		wire.RecordRecipient:    r.recipient,
		wire.RecordVerification: r.verification,
		wire.RecordParcel:       r.parcel,
		wire.RecordStaff:        r.staff,
		wire.RecordInvitation:   r.invitation,
		wire.RecordSettings:     r.settings,
	}[record.Kind]
	if !known {
		return out, errUnknownKind
	}
	if record.Gone {
		return out, nil
	}
	return out, read(record, &out)
}

func (r recordReader) unseal(record wire.Record, body any) error {
	return wire.Open(r.key, wire.RecordInfo(r.address, record.Kind, record.ID), record.Sealed, body)
}

func (r recordReader) recipient(record wire.Record, out *controller.DesiredRecord) error {
	var body wire.RecipientBody
	if err := r.unseal(record, &body); err != nil {
		return err
	}
	policy, err := readPolicy(body.Policy)
	if err != nil {
		return err
	}
	switch {
	case !wire.PlainText(body.Name, wire.MaxName):
		return errors.New("name is too long or not plain text")
	case body.PhoneTail != "" && !digits(body.PhoneTail, 4, 4):
		return errors.New("phone tail is not four digits")
	case len(body.Language) > wire.MaxLanguage || strings.Trim(strings.ToLower(body.Language), "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
		return errors.New("language is not a BCP 47 tag")
	}
	out.Recipient = &controller.Recipient{
		ID: controller.RecipientID(record.ID), Name: body.Name, PhoneTail: body.PhoneTail,
		Policy: policy, LowSlot: body.LowSlot, Language: body.Language,
	}
	return nil
}

func (r recordReader) verification(record wire.Record, out *controller.DesiredRecord) error {
	var body wire.VerificationBody
	if err := r.unseal(record, &body); err != nil {
		return err
	}
	kind, err := matcher.ParseKind(body.Kind)
	switch {
	case err != nil || kind == matcher.Code:
		return errors.New("kind is none that is stored beforehand")
	case wire.CheckID(body.Recipient) != nil:
		return errors.New("recipient is not an id")
	case !wire.PlainText(body.Label, wire.MaxLabel):
		return errors.New("label is too long or not plain text")
	case len(body.Data) == 0 || len(body.Data) > maxData || len(body.Character) > maxData:
		return fmt.Errorf("data is empty or longer than %d bytes", maxData)
	}
	out.First = &controller.FirstIdentification{
		ID: record.ID, Recipient: controller.RecipientID(body.Recipient),
		Identification: matcher.Identification{Kind: kind, Label: body.Label, Data: body.Data, Character: body.Character},
	}
	return nil
}

func (r recordReader) parcel(record wire.Record, out *controller.DesiredRecord) error {
	var body wire.ParcelBody
	if err := r.unseal(record, &body); err != nil {
		return err
	}
	size := controller.Size(body.Size)
	switch {
	case wire.CheckID(body.Recipient) != nil:
		return errors.New("recipient is not an id")
	case size < 0 || size > controller.Large:
		return errors.New("size is none of 0, 1, 2 and 3")
	case !slices.Contains(controller.Consents, controller.Consent(body.Consent)):
		return errors.New("consent is none that is known here")
	case body.Due < 0:
		return errors.New("due date is negative")
	}
	out.Parcel = &controller.Assignment{
		Parcel: controller.ParcelID(record.ID), Recipient: controller.RecipientID(body.Recipient),
		Size: size, Due: unixOrZero(body.Due), Recalled: body.Recalled, Consent: controller.Consent(body.Consent),
	}
	return nil
}

func (r recordReader) staff(record wire.Record, out *controller.DesiredRecord) error {
	var body wire.StaffBody
	if err := r.unseal(record, &body); err != nil {
		return err
	}
	role := controller.Role(body.Role)
	switch {
	case !digits(record.ID, 1, 16):
		return errors.New("staff number is not 1–16 digits")
	case role != controller.Courier && role != controller.Technician:
		return errors.New("role is neither courier nor technician")
	case len(body.Secret) == 0 || len(body.Secret) > maxData:
		return fmt.Errorf("secret is empty or longer than %d bytes", maxData)
	case !wire.PlainText(body.Badge, maxBadge):
		return errors.New("badge is too long or not plain text")
	}
	out.Staff = &controller.Staff{
		Number: record.ID, Role: role, OneTime: body.OneTime,
		Secret: matcher.Identification{Kind: matcher.Passcode, Data: body.Secret},
	}
	if body.Badge != "" {
		out.Staff.Badge = r.mac(controller.BadgePurpose, []byte(body.Badge))
	}
	return nil
}

func (r recordReader) invitation(record wire.Record, out *controller.DesiredRecord) error {
	var body wire.InvitationBody
	if err := r.unseal(record, &body); err != nil {
		return err
	}
	switch {
	case wire.CheckID(body.Recipient) != nil:
		return errors.New("recipient is not an id")
	case !digits(body.Code, 8, 8):
		return errors.New("code is not eight digits")
	case body.Expires <= 0:
		return errors.New("expiry is missing")
	}
	out.Invitation = &controller.Invitation{
		ID: record.ID, Recipient: controller.RecipientID(body.Recipient),
		MAC: r.mac(controller.InvitationPurpose, []byte(body.Code)), Expires: time.Unix(body.Expires, 0),
	}
	return nil
}

func (r recordReader) settings(record wire.Record, out *controller.DesiredRecord) error {
	var body wire.SettingsBody
	if err := r.unseal(record, &body); err != nil {
		return err
	}
	policy, err := readPolicy(body.Policy)
	if err != nil {
		return err
	}
	codes := controller.CodesTo(body.Codes)
	switch {
	case record.ID != "cabinet":
		return errors.New(`settings have the id "cabinet"`)
	case codes != "" && codes != controller.CodesUnenrolled && codes != controller.CodesEveryone:
		return errors.New("codes is neither unenrolled nor everyone")
	case !slices.Contains(controller.ConsentRules, controller.ConsentRule(body.Consent)):
		return errors.New("consent is neither courier nor recipient")
	}
	settings := controller.Settings{Policy: policy, Codes: codes, WalkUp: body.WalkUp, Consent: controller.ConsentRule(body.Consent)}
	for _, name := range body.Off {
		kind, err := matcher.ParseKind(name)
		if err != nil {
			return errors.New("a kind that is switched off is not known")
		}
		settings.Off = append(settings.Off, kind)
	}
	out.Settings = &settings
	return nil
}

func readPolicy(text string) (controller.Policy, error) {
	policy, err := controller.ParseOptionalPolicy(text)
	if err != nil {
		return nil, errors.New("policy cannot be read")
	}
	return policy, nil
}

func digits(text string, least, most int) bool {
	return len(text) >= least && len(text) <= most && strings.Trim(text, "0123456789") == ""
}

func unixOrZero(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}
