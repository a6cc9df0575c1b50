package store

import (
	"fmt"
	"reflect"
	"time"

	"github.com/fxamacker/cbor/v2"

	"lockerd/controller"
	"lockerd/matcher"
)

// Records as they lie in the file: CBOR maps with small integers as keys, which are never given a second
// meaning. Times are Unix milliseconds, 0 for none.

type recipientRecord struct {
	Name      string `cbor:"1,keyasint"`
	PhoneTail string `cbor:"2,keyasint,omitempty"`
	Policy    string `cbor:"3,keyasint,omitempty"`
	LowSlot   bool   `cbor:"4,keyasint,omitempty"`
	Language  string `cbor:"5,keyasint,omitempty"`
}

// firstRecord does not say whose it is.
type firstRecord struct {
	ID        string `cbor:"1,keyasint"`
	Kind      string `cbor:"2,keyasint"`
	Label     string `cbor:"3,keyasint,omitempty"`
	Data      []byte `cbor:"4,keyasint"`
	Character []byte `cbor:"5,keyasint,omitempty"`
}

type staffRecord struct {
	Role    string `cbor:"1,keyasint"`
	Kind    string `cbor:"2,keyasint"`
	Label   string `cbor:"3,keyasint,omitempty"`
	Data    []byte `cbor:"4,keyasint"`
	OneTime bool   `cbor:"5,keyasint,omitempty"`
	Badge   []byte `cbor:"6,keyasint,omitempty"`
}

type invitationRecord struct {
	Recipient string `cbor:"1,keyasint"`
	MAC       []byte `cbor:"2,keyasint"`
	Expires   int64  `cbor:"3,keyasint,omitempty"`
}

type parcelRecord struct {
	Recipient  string `cbor:"1,keyasint"`
	Size       int    `cbor:"2,keyasint"`
	Phase      string `cbor:"3,keyasint"`
	Slot       int    `cbor:"4,keyasint,omitempty"`
	Courier    string `cbor:"5,keyasint,omitempty"`
	Stored     int64  `cbor:"6,keyasint,omitempty"`
	Due        int64  `cbor:"7,keyasint,omitempty"`
	Generation uint64 `cbor:"8,keyasint,omitempty"`
	Opened     int64  `cbor:"9,keyasint,omitempty"`
	Consent    string `cbor:"10,keyasint,omitempty"`
	Said       string `cbor:"11,keyasint,omitempty"`
}

type endedRecord struct {
	ID     string       `cbor:"1,keyasint"`
	Line   uint64       `cbor:"2,keyasint"` // of the journal: the last one of the step that ended it
	Parcel parcelRecord `cbor:"3,keyasint"`
}

type codeRecord struct {
	Generation uint64 `cbor:"1,keyasint"`
	MAC        []byte `cbor:"2,keyasint"`
}

type slotRecord struct {
	OutOfService string `cbor:"1,keyasint,omitempty"`
	Parcel       string `cbor:"2,keyasint,omitempty"`
	Learning     bool   `cbor:"3,keyasint,omitempty"`
	Unfinished   bool   `cbor:"4,keyasint,omitempty"`
}

type triesRecord struct {
	Count int    `cbor:"1,keyasint"`
	Boot  string `cbor:"2,keyasint,omitempty"`
	Since int64  `cbor:"3,keyasint,omitempty"` // nanoseconds
	Begun int64  `cbor:"4,keyasint,omitempty"` // nanoseconds
}

type attemptRecord struct {
	Order uint64 `cbor:"1,keyasint"`
	Kind  string `cbor:"2,keyasint"`
	Who   string `cbor:"3,keyasint,omitempty"`
	Data  []byte `cbor:"4,keyasint"`
}

type intentRecord struct {
	Why     string `cbor:"1,keyasint"`
	Parcel  string `cbor:"2,keyasint,omitempty"`
	Command string `cbor:"3,keyasint,omitempty"`
}

type settingsRecord struct {
	Policy  string   `cbor:"1,keyasint,omitempty"`
	Codes   string   `cbor:"2,keyasint,omitempty"`
	Off     []string `cbor:"3,keyasint,omitempty"`
	WalkUp  bool     `cbor:"4,keyasint,omitempty"`
	Consent string   `cbor:"5,keyasint,omitempty"`
}

// desiredRecord is the desired state that was applied last.
type desiredRecord struct {
	Version uint64   `cbor:"1,keyasint"`
	Root    [32]byte `cbor:"2,keyasint"`
}

var (
	encoding = must(cbor.CoreDetEncOptions().EncMode())
	decoding = must(cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		MaxNestedLevels:   8,
	}.DecMode())
)

// must is for options that are constant.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func encode(v any) ([]byte, error) { return encoding.Marshal(v) }

// decode fills into with what encode was given.
func decode(plain []byte, into any) error {
	if err := decoding.Unmarshal(plain, into); err != nil {
		return fmt.Errorf("%w: %s cannot be read: %v", ErrDamaged, reflect.TypeOf(into).Elem().Name(), err)
	}
	return nil
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func recordOfRecipient(r controller.Recipient) recipientRecord {
	return recipientRecord{r.Name, r.PhoneTail, r.Policy.String(), r.LowSlot, r.Language}
}

func (r recipientRecord) recipient(id controller.RecipientID) (controller.Recipient, error) {
	policy, err := readPolicy(r.Policy)
	return controller.Recipient{
		ID: id, Name: r.Name, PhoneTail: r.PhoneTail, Policy: policy, LowSlot: r.LowSlot, Language: r.Language,
	}, err
}

func readPolicy(text string) (policy controller.Policy, err error) {
	if policy, err = controller.ParseOptionalPolicy(text); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return policy, nil
}

func recordOfFirst(f controller.FirstIdentification) firstRecord {
	return firstRecord{f.ID, string(f.Kind), f.Label, f.Data, f.Character}
}

func (r firstRecord) first(whose controller.RecipientID) controller.FirstIdentification {
	return controller.FirstIdentification{ID: r.ID, Recipient: whose, Identification: matcher.Identification{
		Kind: matcher.Kind(r.Kind), Label: r.Label, Data: r.Data, Character: r.Character,
	}}
}

func recordOfStaff(s controller.Staff) staffRecord {
	return staffRecord{string(s.Role), string(s.Secret.Kind), s.Secret.Label, s.Secret.Data, s.OneTime, s.Badge}
}

func (r staffRecord) staff(number string) controller.Staff {
	return controller.Staff{
		Number: number, Role: controller.Role(r.Role), OneTime: r.OneTime, Badge: r.Badge,
		Secret: matcher.Identification{Kind: matcher.Kind(r.Kind), Label: r.Label, Data: r.Data},
	}
}

func recordOfInvitation(i controller.Invitation) invitationRecord {
	return invitationRecord{string(i.Recipient), i.MAC, millis(i.Expires)}
}

func (r invitationRecord) invitation(id string) controller.Invitation {
	return controller.Invitation{
		ID: id, Recipient: controller.RecipientID(r.Recipient), MAC: r.MAC, Expires: fromMillis(r.Expires),
	}
}

func recordOfParcel(p controller.Parcel) parcelRecord {
	return parcelRecord{
		string(p.Recipient), int(p.Size), string(p.Phase), int(p.Slot), p.Courier, millis(p.Stored), millis(p.Due), p.Generation,
		millis(p.Opened), string(p.Consent), string(p.Said),
	}
}

func (r parcelRecord) parcel(id controller.ParcelID) controller.Parcel {
	return controller.Parcel{
		ID: id, Recipient: controller.RecipientID(r.Recipient), Size: controller.Size(r.Size),
		Phase: controller.Phase(r.Phase), Slot: controller.Slot(r.Slot), Courier: r.Courier,
		Stored: fromMillis(r.Stored), Due: fromMillis(r.Due), Generation: r.Generation, Opened: fromMillis(r.Opened),
		Consent: controller.Consent(r.Consent), Said: controller.What(r.Said),
	}
}

func recordOfSettings(s controller.Settings) settingsRecord {
	return settingsRecord{s.Policy.String(), string(s.Codes), texts(s.Off), s.WalkUp, string(s.Consent)}
}

func (r settingsRecord) settings() (controller.Settings, error) {
	policy, err := readPolicy(r.Policy)
	return controller.Settings{
		Policy: policy, Codes: controller.CodesTo(r.Codes), Off: kinds(r.Off), WalkUp: r.WalkUp, Consent: controller.ConsentRule(r.Consent),
	}, err
}

func texts(kinds []matcher.Kind) []string {
	var texts []string
	for _, kind := range kinds {
		texts = append(texts, string(kind))
	}
	return texts
}

func kinds(texts []string) []matcher.Kind {
	var kinds []matcher.Kind
	for _, text := range texts {
		kinds = append(kinds, matcher.Kind(text))
	}
	return kinds
}
