package console

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lockerd/controller"
)

const commissionHelp = `Finds out which relay opens which door, which switch tells of it, and whether relays and switches work the other
way round. Each line is pulsed once, when you say so; you say which door opened. No parcel may lie in the
cabinet, and its slots are out of service meanwhile. If slots were out of service before, you are asked to look
inside before the first pulse. What was learned is kept: you can stop and go on later.
At the end the change of the settings is shown, and written only if you want it.`

func (s *session) commission(ctx context.Context, words []string) error {
	if err := noWords(words); err != nil {
		return err
	}
	s.printf("Every door opens once, one after another. Slots are out of service meanwhile.\n")
	if sure, err := s.confirm("Take every parcel out. Type yes to go on: "); err != nil || !sure {
		return err
	}
	found, taken, err := s.begin()
	if err == nil && !found.RelaysInverted {
		err = s.learn(ctx, &found)
	}
	if errors.Is(err, errStopped) {
		err = errors.Join(err, s.learning(taken, false)) // nothing moved: they are as they were
	}
	if err != nil {
		return err
	}
	return s.finish(found)
}

// looked asks whether the slots that are out of service for another reason are empty, journals the answer, and returns
// them. It is asked when no other slot can get a parcel any more. Without such slots there is nothing to ask.
func (s *session) looked() ([]controller.Slot, error) {
	slots, err := s.o.Machine.Slots()
	if err != nil {
		return nil, err
	}
	var doubtful []controller.Slot
	for _, l := range slots {
		if l.Out != "" {
			doubtful = append(doubtful, l.Slot)
		}
	}
	if len(doubtful) == 0 {
		return nil, nil
	}
	s.printf("Out of service, so that a parcel may lie there that no record knows: %s.\n", slotList(doubtful))
	answer, err := s.choose("Look inside. Type empty when nothing lies there, or stop: ", "empty", "stop")
	if err != nil {
		return nil, err
	}
	if answer == "stop" {
		return nil, errStopped
	}
	return doubtful, s.tech.Audit(s.staff.Number, "commission: found empty: "+slotList(doubtful))
}

// errStopped says that the technician wants no pulse.
var errStopped = errors.New("nothing was pulsed")

// begin takes the slots out of service, of which it returns those that were not so before, and takes up what was
// learned before, or asks what can be seen before the first pulse.
func (s *session) begin() (found Findings, taken []controller.Slot, err error) {
	if found, err = s.o.Fitter.Findings(); err != nil {
		return found, nil, err
	}
	slots, err := s.o.Machine.Slots()
	if err != nil {
		return found, nil, err
	}
	for _, l := range slots {
		if !l.Learning {
			taken = append(taken, l.Slot)
		}
	}
	if err := s.learning(taken, true); err != nil {
		return found, taken, err
	}
	wires := s.o.Fitter.Wires()
	if known := len(wires) - len(s.unknown(found)); known > 0 {
		s.printf("%d of %d lines are known from before.\n", known, len(wires))
		answer, err := s.choose("Go on with them, or begin anew? ", "on", "anew")
		if err != nil || answer == "on" {
			return found, taken, err
		}
	}
	found = Findings{Relays: map[controller.Slot]controller.Slot{}, Switches: map[controller.Slot]controller.Slot{}, Inverted: map[controller.Slot]bool{}}
	s.printf("Nothing is pulsed now. Look at the relays, if there are any.\n")
	answer, err := s.choose("Is one of their lamps lit, or does a lock hum? ", "no", "yes")
	found.RelaysInverted = answer == "yes"
	return found, taken, err
}

// unknown are the wires whose door was not found yet.
func (s *session) unknown(found Findings) []Wire {
	return slices.DeleteFunc(slices.Clone(s.o.Fitter.Wires()), func(w Wire) bool { return found.Relays[w.Slot] != 0 })
}

// learn pulses line after line whose door is not known.
func (s *session) learn(ctx context.Context, found *Findings) error {
	lines := s.unknown(*found)
	if len(lines) == 0 {
		return nil
	}
	looked, err := s.looked()
	if err != nil {
		return err
	}
	if _, err := s.answer("Shut every door, then press Enter. "); err != nil {
		return err
	}
	for i, w := range lines {
		s.printf("Line %d of %d: relay %s, until now of slot %d.\n", i+1, len(lines), w.Relay, w.Slot)
		what, err := s.choose("Press Enter to pulse it; or skip, or stop: ", "", "skip", "stop")
		if err != nil {
			return err
		}
		if what == "stop" {
			break
		}
		if what == "skip" {
			continue
		}
		if err := s.learnLine(ctx, w, found, looked); err != nil {
			return err
		}
		if err := s.o.Fitter.Keep(*found); err != nil {
			return err
		}
	}
	return nil
}

// learnLine pulses one line, once, and asks which door opened.
func (s *session) learnLine(ctx context.Context, w Wire, found *Findings, looked []controller.Slot) error {
	before := s.o.Fitter.Wires()
	if err := s.o.Fitter.Pulse(ctx, s.staff.Number, w.Slot, looked); err != nil {
		return err
	}
	door, err := s.whichDoor(w, *found)
	if err != nil {
		return err
	}
	if found.Relays[w.Slot] = door; door == 0 {
		s.printf("Look at the relay, its lock and the cable; its door stays unknown.\n")
		return nil
	}
	s.learnSwitch(before, door, found)
	for {
		answer, err := s.answer(fmt.Sprintf("Shut door %d, then press Enter. ", door))
		if err != nil || answer == "go" {
			return err
		}
		still := moved(before, s.o.Fitter.Wires())
		if len(still) == 0 {
			return nil
		}
		s.printf("Switch %s still says that its door moved. Shut it, or type go to leave it so.\n", still[0].Switch)
	}
}

// whichDoor asks which door opened, 0 for none.
func (s *session) whichDoor(w Wire, found Findings) (controller.Slot, error) {
	doors := s.o.Fitter.Wires()
	for {
		answer, err := s.answer("Which door opened? Its number, or none: ")
		if err != nil || answer == "none" {
			return 0, err
		}
		n, err := strconv.Atoi(answer)
		door := controller.Slot(n)
		if err != nil || !slices.ContainsFunc(doors, func(d Wire) bool { return d.Slot == door }) {
			s.printf("There is no such door in the settings.\n")
			continue
		}
		if other := opener(found, door); other != 0 && other != w.Slot {
			s.printf("Door %d was opened by another relay, the one of slot %d. Look again.\n", door, other)
			continue
		}
		return door, nil
	}
}

// opener is the slot whose relay opens a door, 0 for none that is known.
func opener(found Findings, door controller.Slot) controller.Slot {
	for slot, opens := range found.Relays {
		if opens == door {
			return slot
		}
	}
	return 0
}

// learnSwitch finds the one switch that moved with the door.
func (s *session) learnSwitch(before []Wire, door controller.Slot, found *Findings) {
	switch all := moved(before, s.o.Fitter.Wires()); len(all) {
	case 0:
		s.printf("No switch moved with it. Look at its switch, magnet and cable.\n")
	case 1:
		w := all[0]
		found.Switches[w.Slot], found.Inverted[w.Slot] = door, w.Shut // read again, it says shut of a door that opened
		s.printf("Switch %s tells of door %d.\n", w.Switch, door)
	default:
		s.printf("%d switches moved; whose is whose stays unknown.\n", len(all))
	}
}

// moved are the wires whose switch tells something else now.
func moved(before, now []Wire) []Wire {
	var all []Wire
	for i, w := range now {
		if w.Unknown == nil && before[i].Unknown == nil && w.Shut != before[i].Shut {
			all = append(all, w)
		}
	}
	return all
}

// finish shows what the findings change, and writes it if that is wanted.
func (s *session) finish(found Findings) error {
	if open := len(s.unknown(found)); open > 0 && !found.RelaysInverted {
		s.printf("%d doors are still to be found. Nothing is written before; commission goes on from here.\n", open)
		return nil
	}
	proposal, err := s.o.Fitter.Propose(found)
	if err != nil {
		return err
	}
	for _, note := range proposal.Notes {
		s.printf("%s\n", printable(note))
	}
	if len(proposal.Lines) == 0 {
		s.printf("The settings in force are right.\n")
		return s.backInService(found)
	}
	s.printf("The settings change so:\n")
	for _, line := range proposal.Lines {
		s.printf("  %s\n", printable(line))
	}
	if sure, err := s.confirm("Type yes to write that for the next start: "); err != nil || !sure {
		return err
	}
	path, err := proposal.Write()
	if err != nil {
		return err
	}
	s.printf("Written to %s. It holds from the next start: reboot, then\ncommission once more, which puts the slots back into service.\n", printable(path))
	return s.o.Fitter.Keep(after(found, proposal.Wiring))
}

// after is what the findings are under the wiring that they led to: each line is its door's.
func after(found Findings, wiring string) Findings {
	f := Findings{Wiring: wiring, Relays: map[controller.Slot]controller.Slot{}, Switches: map[controller.Slot]controller.Slot{}, Inverted: map[controller.Slot]bool{}}
	for _, door := range found.Relays {
		if door != 0 {
			f.Relays[door] = door
		}
	}
	for _, door := range found.Switches {
		f.Switches[door] = door
	}
	return f
}

// learning takes slots out of service for commissioning, or ends that.
func (s *session) learning(slots []controller.Slot, on bool) error {
	for _, slot := range slots {
		if err := s.o.Fitter.Learn(s.staff.Number, slot, on); err != nil {
			return err
		}
	}
	return nil
}

// backInService ends commissioning for the slots whose relay is known.
func (s *session) backInService(found Findings) error {
	slots, err := s.o.Machine.Slots()
	if err != nil {
		return err
	}
	var known []controller.Slot
	for _, l := range slots {
		if l.Learning && opener(found, l.Slot) != 0 {
			known = append(known, l.Slot)
		}
	}
	if err := s.learning(known, false); err != nil {
		return err
	}
	s.printf("The slots are back in service.\n")
	return nil
}

// answer asks and returns the answer in small letters.
func (s *session) answer(question string) (string, error) {
	s.SetPrompt(question)
	answer, err := s.ReadLine()
	return strings.ToLower(strings.TrimSpace(answer)), err
}

// choose asks until the answer is one of the words; an empty word is Enter alone.
func (s *session) choose(question string, words ...string) (string, error) {
	for {
		answer, err := s.answer(question)
		if err != nil || slices.Contains(words, answer) {
			return answer, err
		}
		s.printf("Please type %s.\n", strings.TrimPrefix(strings.Join(words, " or "), " or "))
	}
}
