package sandbox

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Word is one line of words, parsed.
type Word struct {
	Form string // the form of the grammar that it has, for example "door N shut"
	Slot int    // what N stands for; 0 where the form has none
	Name string // NAME, FAULT or WHICH's person
	Text string // WHICH, KEYS, CODE, DIGITS or FILE
}

// Forms says what each form of a line does. N is a slot, upper-case words stand for others, and what is in
// brackets may be left out.
var Forms = []struct{ Form, Help string }{
	{"finger NAME [WHICH]", "lay a finger on the module: ada, bo, stranger, any name; right or left"},
	{"lift", "take the finger away (it goes by itself after a while)"},
	{"door N shut", "push the door shut"},
	{"door N open", "force the door open without a pulse"},
	{"jam N", "jam the door: a pulse does not open it"},
	{"unjam N", "repair the door"},
	{"switch N stuck", "the door switch goes on telling what it tells now"},
	{"switch N broken", "the door switch does not answer"},
	{"switch N ok", "repair the door switch"},
	{"parcel into N", "put a parcel into the open slot"},
	{"parcel out of N", "take the parcel out of the open slot"},
	{"type KEYS", "press keys of the keypad: digits, # for enter, * for clear"},
	{"scan CODE", "hold a parcel's barcode before the scanner"},
	{"say again", "play to the microphone what was said last, bit by bit, as a recording is played"},
	{"say NAME DIGITS", "say digits to the microphone with a made-up voice: ada, bo, any name; never twice the same way"},
	{"say FILE", "play a WAV file to the microphone (16-bit mono, 16000 a second)"},
	{"fault uart", "noise on the module's line: packets arrive damaged"},
	{"ok uart", "the line is good again"},
	{"fault module FAULT", "the module fails: silent, garbage, noise, checksum, cut, dead, slow"},
	{"ok module", "the module works again"},
	{"unplug module", "pull the module's plug"},
	{"plug module", "plug the module in"},
	{"unplug keypad", "pull the keypad's plug"},
	{"plug keypad", "plug the keypad in"},
	{"unplug scanner", "pull the barcode scanner's plug"},
	{"plug scanner", "plug the barcode scanner in"},
	{"unplug microphone", "pull the microphone's plug"},
	{"plug microphone", "plug the microphone in"},
	{"network down", "cut the network"},
	{"network up", "mend the network"},
	{"fault disk full", "the cabinet's disk is full"},
	{"ok disk", "the disk has room again"},
	{"pace on", "the module is as slow as a real one"},
	{"pace off", "the module answers at once"},
	{"status", "say how the cabinet stands"},
	{"help", "say these lines"},
}

// errNoWord begins the errors about a line that is no word.
var errNoWord = errors.New("that is no word of the sandbox")

// Parse reads one line. It is pure: whether the slot is there is not asked. The error says what was
// expected.
func Parse(line string) (Word, error) {
	if len(line) > 500 {
		return Word{}, fmt.Errorf("%w: the line is longer than 500 characters", errNoWord)
	}
	said := strings.Fields(line)
	if len(said) == 0 {
		return Word{}, fmt.Errorf("%w: the line is empty; try help", errNoWord)
	}
	said[0] = strings.ToLower(said[0])
	var near []string
	var best error
	for _, f := range Forms {
		form := strings.Fields(f.Form)
		if form[0] != said[0] {
			continue
		}
		near = append(near, f.Form)
		w, err := match(form, said)
		if err == nil {
			w.Form = f.Form
			return w, nil
		}
		if !errors.Is(err, errForm) {
			best = err
		}
	}
	switch {
	case best != nil:
		return Word{}, fmt.Errorf("%w: %w", errNoWord, best)
	case len(near) > 0:
		return Word{}, fmt.Errorf("%w: use %s", errNoWord, strings.Join(near, ", or "))
	}
	return Word{}, fmt.Errorf("%w: %q; try help", errNoWord, said[0])
}

// errForm says that a line has another form.
var errForm = errors.New("another form")

// match fills the placeholders of a form.
func match(form, said []string) (Word, error) {
	var w Word
	for i, part := range form {
		optional := strings.HasPrefix(part, "[")
		if i >= len(said) {
			if optional {
				return w, nil
			}
			return w, errForm
		}
		switch part {
		case "N":
			n, err := strconv.Atoi(said[i])
			if err != nil || n < 1 || n > 999 {
				return w, fmt.Errorf("%q is no slot: use a number from 1", said[i])
			}
			w.Slot = n
		case "NAME", "FAULT":
			w.Name = strings.ToLower(said[i])
		case "DIGITS":
			if strings.Trim(said[i], "0123456789") != "" || len(said[i]) > 40 {
				return w, errForm
			}
			w.Text = said[i]
		case "[WHICH]":
			w.Text = strings.ToLower(said[i])
		case "KEYS", "CODE", "FILE":
			w.Text = strings.Join(said[i:], " ")
			return w, nil
		default:
			if !strings.EqualFold(part, said[i]) {
				return w, errForm
			}
		}
	}
	if len(said) > len(form) {
		return w, errForm
	}
	return w, nil
}
