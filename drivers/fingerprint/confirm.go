package fingerprint

import (
	"errors"
	"fmt"
)

// What a person can be told.
var (
	// ErrGone says that the module does not answer: unplugged, without power, or another speed.
	ErrGone = errors.New("fingerprint module does not answer")
	// ErrNoFinger says that nothing lies on the glass.
	ErrNoFinger = errors.New("no finger on the fingerprint module")
	// ErrPassword says that the module wants another password than the one in the settings.
	ErrPassword = errors.New("fingerprint module refuses the password")
	// ErrSensor says that the module answers, but its sensor is broken.
	ErrSensor = errors.New("sensor of the fingerprint module is broken")
	// ErrGarbled says that replies arrive damaged: a bad cable, noise, or two masters on one line.
	ErrGarbled = errors.New("replies of the fingerprint module are damaged")
	// ErrPoor says that the finger gave no usable image or features; another try may help.
	ErrPoor = errors.New("image of the finger is poor")
)

// Confirmation is the first byte of every reply.
type Confirmation byte

// Confirmations of the family.
const (
	OK             Confirmation = 0x00
	PacketError    Confirmation = 0x01
	NoFinger       Confirmation = 0x02
	ImageFailed    Confirmation = 0x03
	ImageMessy     Confirmation = 0x06
	FewFeatures    Confirmation = 0x07
	NoMatch        Confirmation = 0x08
	NotFound       Confirmation = 0x09
	CannotMerge    Confirmation = 0x0A
	PageOutOfRange Confirmation = 0x0B
	BadTemplate    Confirmation = 0x0C
	UpCharFailed   Confirmation = 0x0D
	DataRefused    Confirmation = 0x0E
	UpImageFailed  Confirmation = 0x0F
	DeleteFailed   Confirmation = 0x10
	ClearFailed    Confirmation = 0x11
	WrongPassword  Confirmation = 0x13
	NoImage        Confirmation = 0x15
	FlashError     Confirmation = 0x18
	Undefined      Confirmation = 0x19
	BadRegister    Confirmation = 0x1A
	BadSetting     Confirmation = 0x1B
	BadNotepad     Confirmation = 0x1C
	PortFailed     Confirmation = 0x1D
	WrongAddress   Confirmation = 0x20
	PasswordNeeded Confirmation = 0x21
	SensorAbnormal Confirmation = 0x29
	Ready          Confirmation = 0x55 // a byte of its own after power-up of an R503; the answer to GetEcho
)

var confirmations = map[Confirmation]string{
	OK:             "done",
	PacketError:    "the module received a damaged packet",
	NoFinger:       "no finger on the glass",
	ImageFailed:    "the image could not be taken",
	ImageMessy:     "the image is too messy",
	FewFeatures:    "the image has too few features",
	NoMatch:        "the two templates do not match",
	NotFound:       "no stored template matches",
	CannotMerge:    "the impressions are of different fingers",
	PageOutOfRange: "the page is outside the library",
	BadTemplate:    "the stored template is missing or damaged",
	UpCharFailed:   "the template could not be uploaded",
	DataRefused:    "the module does not take the data packets",
	UpImageFailed:  "the image could not be uploaded",
	DeleteFailed:   "the template could not be deleted",
	ClearFailed:    "the library could not be cleared",
	WrongPassword:  "the password is wrong",
	NoImage:        "there is no image in the buffer",
	FlashError:     "the module's flash failed",
	Undefined:      "undefined error",
	BadRegister:    "there is no such register",
	BadSetting:     "the register does not take this value",
	BadNotepad:     "there is no such notepad page",
	PortFailed:     "the module's port failed",
	WrongAddress:   "the address is wrong",
	PasswordNeeded: "the password has to be given first",
	SensorAbnormal: "the sensor is broken",
}

// String returns the meaning.
func (c Confirmation) String() string {
	if s, ok := confirmations[c]; ok {
		return s
	}
	return fmt.Sprintf("unknown confirmation %#02x", byte(c))
}

// ConfirmError is a reply other than "done". It matches the sentinel errors of this package with errors.Is.
type ConfirmError struct {
	Instruction Instruction
	Code        Confirmation
}

func (e *ConfirmError) Error() string {
	return fmt.Sprintf("fingerprint module answers %v with %#02x: %v", e.Instruction, byte(e.Code), e.Code)
}

// Is tells whether the reply is of the kind that a sentinel error names.
func (e *ConfirmError) Is(target error) bool {
	switch e.Code {
	case NoFinger:
		return target == ErrNoFinger
	case WrongPassword, PasswordNeeded:
		return target == ErrPassword
	case SensorAbnormal:
		return target == ErrSensor
	case ImageFailed, ImageMessy, FewFeatures, CannotMerge, NoImage:
		return target == ErrPoor
	case PacketError:
		return target == ErrGarbled
	}
	return false
}

// isCode returns whether err is a reply with that confirmation.
func isCode(err error, code Confirmation) bool {
	var reply *ConfirmError
	return errors.As(err, &reply) && reply.Code == code
}
