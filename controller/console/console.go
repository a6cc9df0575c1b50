// Package console is the technician's serial console: a line at a time over any io.ReadWriter (a serial
// port at 115200 8N1, a PTY in the sandbox). There is no shell behind it, only the commands of this
// package, each in its own file with its help on top; each is journalled before it is carried out.
//
// It prints no secret, no unmasked personal data and nothing biometric. Whatever the port does (garbage,
// endless lines, silence, a terminal that takes no bytes) stays in this package: it holds no lock of the
// cabinet while it reads or writes.
package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"lockerd/controller"
)

// Technician does what a technician may do. *controller.Controller is one.
type Technician interface {
	// SignIn returns who that is. An unknown number and a wrong secret are the same error; a
	// *controller.WaitError says how long nobody may try.
	SignIn(number string, secret []byte) (controller.Staff, error)
	// ChangeSecret replaces the old secret of who signed in with it before.
	ChangeSecret(number string, old, chosen []byte) error
	// OpenForService pulses one door; the reason goes into the journal.
	OpenForService(ctx context.Context, who string, slot controller.Slot, reason string) error
	// SetService takes a slot out of service with the reason out, or back in when that is empty; controller.ErrLookInside
	// says that it goes back in only when the technician looked inside.
	SetService(who string, slot controller.Slot, out string, looked bool) error
	// Audit writes a command into the journal. An error forbids the command.
	Audit(who, command string) error
}

// Machine tells how the cabinet does. Its methods read; only SelfTest with pulse moves anything.
type Machine interface {
	Status(ctx context.Context) Status
	// Doors reads every door switch anew.
	Doors() []controller.Door
	// Slots lists every slot with what is known to lie in it, by number.
	Slots() ([]SlotLine, error)
	// SelfTest checks one part ("lock", "lock 3", "door", "door 3", "finger", "mic", "keypad", "screen"), or all of them
	// when part is empty. With pulse it also opens doors, of empty slots only.
	SelfTest(ctx context.Context, part string, pulse bool) []Check
	// Tail returns the newest n journal lines, oldest first.
	Tail(n int) ([]controller.Entry, error)
}

// Records tells what the store and the configuration hold.
type Records interface {
	People() (controller.Counts, error)
	// Config returns the configuration in force as YAML, without secrets.
	Config() (string, error)
	// CheckConfig reads the settings that the next start will read; the error tells every problem, one a line.
	CheckConfig() error
	// Traces says what the store holds of one recipient.
	Traces(controller.RecipientID) (controller.Traces, error)
	// Keys returns the cabinet's public keys and those that it trusts, none before it has joined.
	Keys() ([]controller.PublicKey, error)
}

// Care does what concerns the whole machine.
type Care interface {
	// Bundle returns diagnostics as text, without personal data.
	Bundle(ctx context.Context) ([]byte, error)
	// Export writes the bundle to a file and returns its path.
	Export(ctx context.Context) (string, error)
	// Reboot begins to restart the machine, in order.
	Reboot() error
}

// Fitter finds out how the cabinet is wired.
type Fitter interface {
	// Wires returns the lines that the settings name, in the order of their slots, each switch read now.
	Wires() []Wire
	// Learn takes a slot out of service while the wiring is learned, or ends that.
	Learn(who string, slot controller.Slot, on bool) error
	// Pulse pulses the relay that the settings name for a slot, once. Any door may open. Looked are the slots out of
	// service into which the technician looked.
	Pulse(ctx context.Context, who string, slot controller.Slot, looked []controller.Slot) error
	Notebook
}

// Notebook keeps what was found out about the wiring.
type Notebook interface {
	// Findings returns what was kept, or nothing, where that does not hold for the wiring in force; its error and
	// Propose's tell of another wiring that waits for the next start. Keep keeps findings until they are replaced.
	Findings() (Findings, error)
	Keep(Findings) error
	// Propose works out what the findings change in the settings.
	Propose(Findings) (Proposal, error)
}

// Options say how the console behaves. Machine, Records, Care and Fitter must be set.
type Options struct {
	Machine Machine
	Records Records
	Care    Care
	Fitter  Fitter
	Cabinet string        // named in the greeting and the prompt
	Idle    time.Duration // silence after which the technician is logged out; 5 minutes when 0
	Stuck   time.Duration // how long the port may take no bytes; 10 seconds when 0
	Logger  *slog.Logger  // nil logs nothing
}

// Errors that end a session or Serve.
var (
	errIdle   = errors.New("nobody typed for a while")
	errLogout = errors.New("logged out")
	errHung   = errors.New("port takes no bytes")
)

// Serve talks with technicians at the port, one after another, until ctx ends (then it returns ctx's error)
// or the port fails. It closes nothing: whoever opened the port closes it, which also ends a read that is
// under way. A port that hangs makes Serve return; it makes nobody else wait.
func Serve(ctx context.Context, port io.ReadWriter, tech Technician, o Options) error {
	if o.Idle == 0 {
		o.Idle = 5 * time.Minute
	}
	if o.Stuck == 0 {
		o.Stuck = 10 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	l := newLine(ctx, cancel, port, o.Stuck)
	for {
		err := newSession(l, tech, o).run(ctx)
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		if !errors.Is(err, errIdle) && !errors.Is(err, errLogout) && !errors.Is(err, io.EOF) {
			return fmt.Errorf("cannot serve the console: %w", err)
		}
	}
}
