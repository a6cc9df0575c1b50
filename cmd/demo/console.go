package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"lockerd/controller"
	"lockerd/drivers/uart"
)

// terminal is a technician's terminal at the serial console.
type terminal struct {
	port  *uart.Port
	shown strings.Builder // everything
	done  int             // how much of it was expected
}

// expect reads until the text is shown, behind what was expected before.
func (t *terminal) expect(text string) error {
	t.port.SetReadDeadline(time.Now().Add(10 * time.Second))
	var chunk [512]byte
	for {
		if i := strings.Index(t.shown.String()[t.done:], text); i >= 0 {
			t.done += i + len(text)
			return nil
		}
		n, err := t.port.Read(chunk[:])
		t.shown.Write(chunk[:n])
		if err != nil {
			return fmt.Errorf("the console does not show %q: %w; it showed:\n%s", text, err, t.shown.String())
		}
	}
}

// types sends a line after the prompt was shown.
func (t *terminal) types(prompt, line string) error {
	if err := t.expect(prompt); err != nil {
		return err
	}
	_, err := t.port.Write([]byte(line + "\r"))
	return err
}

func (t *teller) technician(ctx context.Context) error {
	port, err := uart.Open(filepath.Join(t.cabinetDir(), "console"), 115200)
	if err != nil {
		return err
	}
	defer port.Close()
	console := &terminal{port: port}
	if _, err := port.Write([]byte("\r")); err != nil {
		return err
	}
	const secret = "299792"
	for _, exchange := range []struct{ prompt, line string }{
		{"umber", technicianNumber}, {"ecret", technicianSecret}, // a one-time secret, so a new one is asked for
		{"ew secret", secret}, {"gain", secret},
		{"> ", "open 10 hinge is loose"}, {"> ", "self-test"},
		{"its chain is whole", ""}, {"> ", "logout"},
	} {
		if err := console.types(exchange.prompt, exchange.line); err != nil {
			return err
		}
	}
	if err := console.expect("umber"); err != nil {
		return err
	}
	if strings.Contains(console.shown.String(), secret) {
		return errors.New("the console shows a secret")
	}
	if err := t.front.say("door 10 shut"); err != nil {
		return err
	}
	return eventually(ctx, func() error {
		all, err := t.desk.events(ctx)
		if err != nil {
			return err
		}
		opened, tested := false, false
		for _, e := range all {
			opened = opened || e.What == string(controller.Audit) && strings.Contains(e.Detail, "hinge is loose")
			tested = tested || strings.Contains(e.Detail, "self-test") || e.What == string(controller.SelfTested)
		}
		if !opened || !tested {
			return fmt.Errorf("the journal has the opening: %v, the self-test: %v", opened, tested)
		}
		return nil
	})
}
