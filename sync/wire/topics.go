package wire

import (
	"fmt"
	"strings"
)

// Address says which cabinet of which tenant. Both parts are 1–32 of a–z, 0–9 and the hyphen, so that a
// topic made of them has no wildcard, no space and no level too many.
type Address struct{ Tenant, Cabinet string }

// The three branches under a cabinet's address.
const (
	DirUp     = "up" // published by the cabinet only
	DirDown   = "dn" // published by the information system only
	DirStatus = "st" // published by the cabinet, or by the broker as its last will
)

// IngestFilter is what the information system subscribes to: everything that any cabinet says.
const IngestFilter = prefix + "+/+/" + DirUp + "/+"

const prefix = "lk/v1/"

// directions says where each type of message goes. A type that is not here is no message.
var directions = map[Type]string{
	TypeHello:     DirUp,
	TypeEvents:    DirUp,
	TypeReport:    DirUp,
	TypeFetch:     DirUp,
	TypeAnnounce:  DirUp,
	TypeWelcome:   DirDown,
	TypeAck:       DirDown,
	TypeDelta:     DirDown,
	TypeChunk:     DirDown,
	TypeAnnounced: DirDown,
	TypeCommand:   DirDown,
	TypePresence:  DirStatus,
}

// Up is the topic on which the cabinet publishes messages of type t.
func (a Address) Up(t Type) string { return a.topic(DirUp, t) }

// Down is the topic on which the information system publishes messages of type t to the cabinet.
func (a Address) Down(t Type) string { return a.topic(DirDown, t) }

// Presence is the topic of the retained Presence, which is also the cabinet's last will.
func (a Address) Presence() string { return a.topic(DirStatus, TypePresence) }

// AllDown is the filter that the cabinet subscribes to.
func (a Address) AllDown() string { return a.topic(DirDown, "+") }

// String writes the address as "tenant/cabinet".
func (a Address) String() string { return a.Tenant + "/" + a.Cabinet }

// Check returns an error that says what is wrong with the address.
func (a Address) Check() error {
	if err := checkPart("tenant", a.Tenant); err != nil {
		return err
	}
	return checkPart("cabinet", a.Cabinet)
}

func (a Address) topic(dir string, t Type) string {
	return prefix + a.Tenant + "/" + a.Cabinet + "/" + dir + "/" + string(t)
}

func checkPart(name, part string) error {
	fits := len(part) >= 1 && len(part) <= 32 && strings.Trim(part, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
	if !fits {
		return fmt.Errorf("%s %.40q of a topic must be 1–32 of a–z, 0–9 and -", name, part)
	}
	return nil
}

// ParseTopic takes a topic apart: whose it is, its branch (DirUp, DirDown or DirStatus) and the type of
// message. A type in a branch where it does not belong is an error.
func ParseTopic(topic string) (a Address, dir string, t Type, err error) {
	rest, ours := strings.CutPrefix(topic, prefix)
	parts := strings.Split(rest, "/")
	if !ours || len(parts) != 4 {
		return Address{}, "", "", fmt.Errorf("topic %.120q is not %stenant/cabinet/branch/type", topic, prefix)
	}
	a, dir, t = Address{parts[0], parts[1]}, parts[2], Type(parts[3])
	if err := a.Check(); err != nil {
		return Address{}, "", "", err
	}
	if directions[t] != dir || dir == "" {
		return Address{}, "", "", fmt.Errorf("topic %.120q: there is no message %.40q in %.40q", topic, t, dir)
	}
	return a, dir, t, nil
}
