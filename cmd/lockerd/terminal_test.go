package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"lockerd/controller"
	"lockerd/drivers/uart"
)

// The technician of the stories.
const technicianNumber, technicianSecret = "9001", "314159" // the secret is the courier's, too: hashing is slow

// terminal is a technician's terminal at the serial line of a rig's console.
type terminal struct {
	port *uart.Port

	mu    sync.Mutex
	shown strings.Builder
	seen  int // of shown, up to the last prompt that was awaited
}

// terminal opens the line.
func (r *rig) terminal() (*terminal, error) {
	port, err := uart.Open(filepath.Join(r.dir, "console"), 115200)
	if err != nil {
		return nil, err
	}
	t := &terminal{port: port}
	r.t.Cleanup(func() { port.Close() })
	go func() {
		var chunk [256]byte
		for {
			n, err := port.Read(chunk[:])
			t.mu.Lock()
			t.shown.WriteString(strings.ReplaceAll(string(chunk[:n]), "\r", ""))
			t.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return t, nil
}

// technician gives the cabinet the technician.
func (r *rig) technician(oneTime bool) error {
	return r.desire(controller.DesiredRecord{Key: "staff/" + technicianNumber, Staff: &controller.Staff{
		Number: technicianNumber, Role: controller.Technician, Secret: courierTemplate(), OneTime: oneTime}})
}

// await waits until the text is shown behind what was awaited before.
func (t *terminal) await(text string) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(2 * time.Millisecond) {
		t.mu.Lock()
		all := t.shown.String()
		at := strings.Index(all[t.seen:], text)
		if at >= 0 {
			t.seen += at + len(text)
		}
		t.mu.Unlock()
		if at >= 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the console does not show %q; it showed:\n%s", text, all[max(0, len(all)-2000):])
		}
	}
}

// types types a line behind a prompt.
func (t *terminal) types(prompt, line string) error {
	if err := t.await(prompt); err != nil {
		return err
	}
	_, err := t.port.Write([]byte(line + "\r"))
	return err
}

// text is everything that was shown.
func (t *terminal) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.shown.String()
}
