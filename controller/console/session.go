package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/term"

	"lockerd/controller"
	"lockerd/matcher"
	"lockerd/matcher/passcode"
)

// session is one technician at the console, from the greeting to the logout.
type session struct {
	*term.Terminal
	line  *line
	tech  Technician
	o     Options
	staff controller.Staff
}

func newSession(l *line, tech Technician, o Options) *session {
	return &session{Terminal: term.NewTerminal(l, ""), line: l, tech: tech, o: o}
}

// run greets, signs in and carries out commands until the technician leaves or is gone.
func (s *session) run(ctx context.Context) error {
	s.printf("\nlockerd %s\n", s.o.Cabinet)
	if err := s.login(); err != nil {
		return err
	}
	s.printf("Signed in as %s. Type help for the commands.\n", s.staff.Number)
	for {
		s.SetPrompt(s.o.Cabinet + "> ")
		s.AutoCompleteCallback = s.complete
		text, err := s.ReadLine()
		s.AutoCompleteCallback = nil // not for answers and secrets
		if errors.Is(err, errIdle) {
			s.printf("\nLogged out: nobody typed for %s.\n", s.o.Idle)
		}
		if err != nil && !errors.Is(err, term.ErrPasteIndicator) {
			return err
		}
		if err := s.obey(ctx, text); err != nil {
			return err
		}
	}
}

// maxCommand is the longest command line, in bytes.
const maxCommand = 200

// obey carries out one line. It returns an error only when the session is over.
func (s *session) obey(ctx context.Context, text string) error {
	words := strings.Fields(text)
	if len(words) == 0 {
		return nil
	}
	if len(text) > maxCommand {
		s.printf("That line is too long: a command has %d characters at most.\n", maxCommand)
		return nil
	}
	cmd, ok := find(words[0])
	if !ok {
		s.printf("There is no command %q. Type help for the commands.\n", words[0])
		return nil
	}
	audited := words
	if cmd.args == "" {
		audited = words[:1] // what was typed behind it is refused, and may be a secret
	}
	if err := s.tech.Audit(s.staff.Number, strings.Join(audited, " ")); err != nil {
		s.printf("Not done: the journal cannot be written (%v).\n", err)
		return nil
	}
	err := cmd.run(s, ctx, words[1:])
	var usage usageError
	switch {
	case errors.As(err, &usage):
		s.printf("%s\nusage: %s\n", usage, strings.TrimSpace(cmd.name+" "+cmd.args))
	case err != nil && (errors.Is(err, errLogout) || errors.Is(err, errIdle) || errors.Is(err, io.EOF) || ctx.Err() != nil):
		return err
	case err != nil:
		s.printf("Not done: %s.\n", explain(err))
	}
	return nil
}

// usageError says what is wrong with a command's words.
type usageError string

func (e usageError) Error() string { return string(e) }

// login asks for number and secret until they are a technician's, with a changed secret.
func (s *session) login() error {
	for {
		s.line.idle = 0
		s.SetPrompt("Staff number: ")
		number, err := s.ReadLine()
		if err != nil {
			return err
		}
		if number = strings.TrimSpace(number); number == "" {
			continue
		}
		s.line.idle = s.o.Idle
		secret, err := s.ReadPassword("Secret: ")
		if err != nil {
			return err
		}
		hidden := []byte(secret)
		staff, err := s.tech.SignIn(number, hidden)
		if err == nil && staff.Role != controller.Technician {
			err = controller.ErrNoMatch // a courier learns nothing here, not even that the secret was right
		}
		if err != nil {
			clear(hidden)
			s.printf("%s\n", signInAdvice(err))
			continue
		}
		s.staff = staff
		if staff.OneTime {
			s.printf("This is a one-time password. It must be changed now.\n")
			err = s.changeSecret(hidden)
		}
		clear(hidden)
		if err != nil {
			return err
		}
		return nil
	}
}

func signInAdvice(err error) string {
	var wait *controller.WaitError
	switch {
	case errors.As(err, &wait):
		return fmt.Sprintf("Too many tries. Wait %d s.", int(wait.Wait.Seconds()+.999))
	case errors.Is(err, controller.ErrWait):
		return "Too many tries. Wait half a minute."
	case errors.Is(err, controller.ErrNoMatch), errors.Is(err, controller.ErrUnknown):
		return "Number or secret is not right."
	}
	return "Signing in is not possible now: " + explain(err) + "."
}

// changeSecret asks for a secret other than the old one, twice, until one is taken.
func (s *session) changeSecret(old []byte) error {
	for {
		first, err := s.ReadPassword("New secret: ")
		if err != nil {
			return err
		}
		if fault := secretFault(first, string(old)); fault != "" {
			s.printf("%s\n", fault)
			continue
		}
		second, err := s.ReadPassword("Again: ")
		if err != nil {
			return err
		}
		if first != second {
			s.printf("The two were different.\n")
			continue
		}
		fresh := []byte(first)
		err = s.tech.ChangeSecret(s.staff.Number, old, fresh)
		clear(fresh)
		var quality *matcher.QualityError
		if errors.As(err, &quality) {
			s.printf("Not taken: %s.\n", explain(err))
			continue
		}
		if err != nil {
			s.printf("Not changed: %s.\n", explain(err))
			return errLogout
		}
		s.printf("Changed.\n")
		return nil
	}
}

// secretFault says what is wrong with a new secret, or nothing.
func secretFault(fresh, old string) string {
	switch {
	case fresh == "" || strings.Trim(fresh, "0123456789") != "":
		return "Digits only, so that it can be typed on the cabinet's keypad too."
	case len(fresh) < passcode.MinDigits:
		return fmt.Sprintf("At least %d digits.", passcode.MinDigits)
	case len(fresh) > passcode.MaxDigits:
		return fmt.Sprintf("At most %d digits.", passcode.MaxDigits)
	case fresh == old:
		return "Another one than before."
	}
	return ""
}

// explain puts an error in a technician's words.
func explain(err error) string {
	var quality *matcher.QualityError
	if errors.As(err, &quality) {
		if advice, ok := advices[quality.Advice]; ok {
			return advice
		}
	}
	switch {
	case errors.Is(err, controller.ErrJammed):
		return "the door did not open; read doors, look at latch and cable, then slot N out jammed"
	case errors.Is(err, controller.ErrNoSlot):
		return "there is no such slot; slots lists them"
	}
	return err.Error()
}

var advices = map[matcher.Advice]string{
	matcher.LessCommon: "many people choose that one",
	matcher.MoreDigits: "it needs more digits",
}

// printf writes to the terminal. A port that fails is found by the next read.
func (s *session) printf(format string, args ...any) { fmt.Fprintf(s.Terminal, format, args...) }
