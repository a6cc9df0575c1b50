package console

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"lockerd/controller"
)

// Status is how the cabinet does.
type Status struct {
	Cabinet      string            `json:"cabinet"`
	Version      string            `json:"version"`
	Started      time.Time         `json:"started"`
	Slots        int               `json:"slots"`
	Free         int               `json:"free"`
	Parcels      int               `json:"parcels"` // that lie here
	OpenDoors    []controller.Slot `json:"open_doors"`
	OutOfService []controller.Slot `json:"out_of_service"`
	Journal      uint64            `json:"journal"` // number of the newest line
	Network      Network           `json:"network"`
	Clock        Clock             `json:"clock"`
	Faults       []Check           `json:"faults"` // what is known to be wrong now
}

// Network is the link to the information system.
type Network struct {
	Connected  bool      `json:"connected"`
	Infosystem string    `json:"infosystem"` // its address
	Since      time.Time `json:"since"`      // of the state; zero for never
	Waiting    uint64    `json:"waiting"`    // events that the information system has not acknowledged
	Version    uint64    `json:"version"`    // of the desired state
	Detail     string    `json:"detail"`     // the last error, without secrets
}

// Clock is the cabinet's time.
type Clock struct {
	Now          time.Time     `json:"now"`
	Synchronised bool          `json:"synchronised"`
	Uptime       time.Duration `json:"uptime"` // nanoseconds
}

// SlotLine is one slot for a technician.
type SlotLine struct {
	Slot   controller.Slot
	Size   controller.Size
	Low    bool
	Parcel controller.ParcelID // empty when nothing lies there
	Phase  controller.Phase
	Out    string // why it is out of service; empty when in service, or when that is so for commissioning alone
	// Learning says that it is out of service while the wiring is learned.
	Learning bool
}

// Wire is what the settings say of one slot, and how its switch stands.
type Wire struct {
	Slot          controller.Slot
	Relay, Switch string
	Shut          bool  // as the switch tells with the settings in force
	Unknown       error // why it tells nothing
}

// Findings are what commissioning learned. Lines go by the slot that the settings name for them.
type Findings struct {
	Wiring         string                              `json:"wiring"`                    // names the wiring they hold for; empty for the one in force
	RelaysInverted bool                                `json:"relays_inverted,omitempty"` // they pull in at rest
	Relays         map[controller.Slot]controller.Slot `json:"relays"`                    // door that each relay opens; 0 for none
	Switches       map[controller.Slot]controller.Slot `json:"switches"`                  // door that each switch tells of
	Inverted       map[controller.Slot]bool            `json:"inverted"`                  // switches that say open when their door is shut
}

// Proposal is a change of the settings.
type Proposal struct {
	Lines []string // what goes, behind "- ", and what comes, behind "+ "
	Notes []string // what a person must look into
	// Wiring names the wiring after the change, for findings.
	Wiring string
	// Write writes the change for the next start and says where.
	Write func() (string, error)
}

// Check is the result of one check of the self-test.
type Check struct {
	Part   string `json:"part"` // lock, door, finger, mic, keypad, screen, store, net, clock
	Name   string `json:"name"` // which one, for example "3"
	OK     bool   `json:"ok"`
	Detail string `json:"detail"` // what was seen
	Advice string `json:"advice"` // what to do about it; empty when OK
}

// table prints rows in columns.
func (s *session) table(rows ...[]string) {
	w := tabwriter.NewWriter(s.Terminal, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			fmt.Fprint(w, printable(cell))
		}
		fmt.Fprintln(w)
	}
	w.Flush() // a port that fails is found by the next read
}

// json prints v as JSON.
func (s *session) json(v any) error {
	enc := json.NewEncoder(s.Terminal)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// printable takes out control characters, so that no stored text moves the terminal's cursor.
func printable(text string) string {
	clean := []rune(text)
	for i, r := range clean {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			clean[i] = ' '
		}
	}
	return string(clean)
}

func sizeName(size controller.Size) string {
	switch size {
	case controller.Small:
		return "small"
	case controller.Medium:
		return "medium"
	case controller.Large:
		return "large"
	}
	return fmt.Sprint(int(size))
}

// moment is a time as the console prints it.
func moment(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Format("2006-01-02 15:04:05 MST")
}
