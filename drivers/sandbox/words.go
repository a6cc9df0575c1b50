package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"lockerd/drivers/fingerprint/fingerprinttest"
)

// Words carries one line of words out and returns one line that says what happened ("help" and "status"
// return several). The error says why a line is no word, or why it cannot be done.
func (c *Cabinet) Words(line string) (string, error) {
	w, err := Parse(line)
	if err != nil {
		return "", err
	}
	if w.Slot > len(c.doors) {
		return "", fmt.Errorf("there is no slot %d: the cabinet has 1 to %d", w.Slot, len(c.doors))
	}
	if w.Slot > 0 {
		return c.doorWord(w)
	}
	switch w.Form {
	case "help":
		return help(), nil
	case "status":
		return c.status(), nil
	case "finger NAME [WHICH]":
		return c.layFinger(w.Name, w.Text)
	case "lift":
		c.hand.lift()
		return "nothing lies on the glass", nil
	case "type KEYS":
		return "typed", c.keypad.Type(w.Text)
	case "scan CODE":
		return "scanned", c.scanner.Scan(w.Text)
	case "say again", "say NAME DIGITS", "say FILE":
		return c.say(w)
	case "network down", "network up":
		return c.setNetwork(w.Form == "network up")
	case "fault disk full", "ok disk":
		return c.setDisk(w.Form == "fault disk full")
	}
	return c.deviceWord(w)
}

// say makes a sound in front of the microphone.
func (c *Cabinet) say(w Word) (string, error) {
	var d time.Duration
	var err error
	switch w.Form {
	case "say again":
		d, err = c.speech.again()
	case "say NAME DIGITS":
		d, err = c.speech.utter(w.Name, w.Text)
	default:
		d, err = c.speech.play(w.Text)
	}
	c.change(func() {})
	return fmt.Sprintf("saying it for %v", d.Round(10*time.Millisecond)), err
}

// doorWord carries out what is about one door.
func (c *Cabinet) doorWord(w Word) (string, error) {
	var answer string
	var err error
	c.change(func() { answer, err = c.doors[w.Slot-1].obey(w) })
	return answer, err
}

// obey changes the door. An impossible wish is an error and changes nothing.
func (d *door) obey(w Word) (string, error) {
	n := w.Slot
	switch w.Form {
	case "door N shut":
		d.Open = false
		return fmt.Sprintf("door %d is shut", n), nil
	case "door N open":
		d.Open = true
		return fmt.Sprintf("door %d was forced open", n), nil
	case "jam N", "unjam N":
		d.Jammed = w.Form == "jam N"
		if d.Jammed {
			return fmt.Sprintf("door %d is jammed: a pulse will not open it", n), nil
		}
		return fmt.Sprintf("door %d opens again", n), nil
	case "switch N stuck":
		d.Switch, d.Stuck = switchStuck, d.Open
		return fmt.Sprintf("switch %d is stuck", n), nil
	case "switch N broken":
		d.Switch = switchBroken
		return fmt.Sprintf("switch %d does not answer", n), nil
	case "switch N ok":
		d.Switch = switchWorks
		return fmt.Sprintf("switch %d works", n), nil
	}
	return d.carry(w)
}

// carry puts a parcel in or takes one out.
func (d *door) carry(w Word) (string, error) {
	into := w.Form == "parcel into N"
	switch {
	case !d.Open:
		return "", fmt.Errorf("door %d is shut", w.Slot)
	case into && d.Parcel:
		return "", fmt.Errorf("slot %d already holds a parcel", w.Slot)
	case !into && !d.Parcel:
		return "", fmt.Errorf("slot %d is empty", w.Slot)
	}
	d.Parcel = into
	if into {
		return fmt.Sprintf("a parcel lies in slot %d", w.Slot), nil
	}
	return fmt.Sprintf("slot %d is empty", w.Slot), nil
}

func (c *Cabinet) layFinger(name, which string) (string, error) {
	if which == "" {
		which = "right"
	}
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || len(name) > 40 {
		return "", fmt.Errorf("%q is no name: use letters, digits and hyphens", name)
	}
	if which != "right" && which != "left" {
		return "", fmt.Errorf("%q is no finger: use right or left", which)
	}
	if err := c.hand.lay(name, which); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s's %s finger lies on the glass", name, which), nil
}

// deviceWord carries out what is about the devices and their plugs.
func (c *Cabinet) deviceWord(w Word) (string, error) {
	verb, device, _ := strings.Cut(w.Form, " ")
	switch {
	case verb == "pace":
		c.module.SetPace(device == "on")
		return "the module's pace is " + device, nil
	case verb == "fault" || verb == "ok":
		return c.failModule(w)
	}
	in := verb == "plug"
	switch device {
	case "module":
		if err := c.plug(in); err != nil {
			return "", err
		}
	case "keypad":
		if in {
			c.keypad.Plug()
		} else {
			c.keypad.Unplug()
		}
	case "scanner":
		if in {
			c.scanner.Plug()
		} else {
			c.scanner.Unplug()
		}
	case "microphone":
		c.speech.unplug(!in)
	}
	c.change(func() {})
	return fmt.Sprintf("the %s is %sged", device, verb), nil
}

// failModule breaks and repairs the module and its line.
func (c *Cabinet) failModule(w Word) (string, error) {
	fault, answer := fingerprinttest.NoFault, "the module works"
	switch w.Form {
	case "fault uart":
		fault, answer = fingerprinttest.Garbage, "the module's line is noisy"
	case "fault module FAULT":
		var err error
		if fault, err = fingerprinttest.ParseFault(w.Name); err != nil {
			return "", err
		}
		answer = "the module fails: " + string(fault)
	}
	c.module.Fail(fault)
	c.change(func() { c.fault = fault })
	return answer, nil
}

func (c *Cabinet) setNetwork(up bool) (string, error) {
	c.mu.Lock()
	hook := c.hooks.Network
	c.mu.Unlock()
	if hook == nil {
		return "", fmt.Errorf("this sandbox has no network")
	}
	if err := hook(up); err != nil {
		return "", err
	}
	c.change(func() { c.network = up })
	if up {
		return "the network is up", nil
	}
	return "the network is down", nil
}

func (c *Cabinet) setDisk(full bool) (string, error) {
	c.mu.Lock()
	hook := c.hooks.Disk
	c.mu.Unlock()
	if hook == nil {
		return "", fmt.Errorf("this sandbox has no disk")
	}
	if err := hook(full); err != nil {
		return "", err
	}
	c.change(func() { c.diskFull = full })
	if full {
		return "the disk is full", nil
	}
	return "the disk has room", nil
}

func help() string {
	var b strings.Builder
	for _, f := range Forms {
		fmt.Fprintf(&b, "%-22s %s\n", f.Form, f.Help)
	}
	return strings.TrimRight(b.String(), "\n")
}

// status says how the cabinet stands, one line a thing.
func (c *Cabinet) status() string {
	s := c.snapshot()
	var open, parcels, faults []string
	for _, d := range s.Doors {
		n := fmt.Sprint(d.Slot)
		if d.Open {
			open = append(open, n)
		}
		if d.Parcel {
			parcels = append(parcels, n)
		}
		if d.Jammed {
			faults = append(faults, "door "+n+" jammed")
		}
		if d.Switch != switchWorks {
			faults = append(faults, "switch "+n+" "+d.Switch)
		}
	}
	list := func(what []string) string {
		if len(what) == 0 {
			return "none"
		}
		return strings.Join(what, ", ")
	}
	if s.Fault != "" {
		faults = append(faults, "module "+s.Fault)
	}
	for _, gone := range []struct {
		is   bool
		what string
	}{{!s.Plugged, "module unplugged"}, {!s.Network, "network down"}, {s.DiskFull, "disk full"}} {
		if gone.is {
			faults = append(faults, gone.what)
		}
	}
	finger := list(slices.DeleteFunc([]string{s.Finger}, func(f string) bool { return f == "" }))
	siren := "silent"
	if s.Siren {
		siren = "sounds"
	}
	return fmt.Sprintf("open: %s\nparcels: %s\nfinger: %s\nfaults: %s\nsiren: %s", list(open), list(parcels), finger, list(faults), siren)
}
