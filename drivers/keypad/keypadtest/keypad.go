// Package keypadtest is a keypad without keys: what is typed comes from a program.
package keypadtest

import (
	"context"
	"fmt"
	"sync"

	"lockerd/drivers/keypad"
)

// Keypad is an emulated keypad, a keypad.Source. The zero value is plugged in.
type Keypad struct {
	mu      sync.Mutex
	gone    bool
	readers map[*reader]bool
}

// reader is one Run.
type reader struct {
	keys chan keypad.Key
	gone chan struct{}
}

// Run hands on what is typed from now on.
func (k *Keypad) Run(ctx context.Context, press func(keypad.Key)) error {
	r := &reader{keys: make(chan keypad.Key, 64), gone: make(chan struct{})}
	if err := k.add(r); err != nil {
		return err
	}
	defer k.remove(r)
	for {
		select {
		case key := <-r.keys:
			press(key)
		case <-r.gone:
			return fmt.Errorf("cannot read the emulated keypad: %w", keypad.ErrGone)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (k *Keypad) add(r *reader) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.gone {
		return fmt.Errorf("cannot open the emulated keypad: %w", keypad.ErrGone)
	}
	if k.readers == nil {
		k.readers = map[*reader]bool{}
	}
	k.readers[r] = true
	return nil
}

func (k *Keypad) remove(r *reader) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.readers, r)
}

// Type presses the keys that the characters stand for. A character that no key stands for is an error, and
// nothing is pressed. Keys that a reader has no room for are lost, as on a real keypad.
func (k *Keypad) Type(text string) error {
	var keys []keypad.Key
	for _, c := range text {
		key, ok := keypad.ParseKey(c)
		if !ok {
			return fmt.Errorf("the keypad has no key %q: use 0 to 9, # for enter and * for clear", c)
		}
		keys = append(keys, key)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.gone {
		return fmt.Errorf("cannot type: %w", keypad.ErrGone)
	}
	for r := range k.readers {
		for _, key := range keys {
			select {
			case r.keys <- key:
			default:
			}
		}
	}
	return nil
}

// Unplug ends every Run; Plug lets new ones begin.
func (k *Keypad) Unplug() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.gone = true
	for r := range k.readers {
		close(r.gone)
		delete(k.readers, r)
	}
}

// Plug puts the keypad back.
func (k *Keypad) Plug() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.gone = false
}
