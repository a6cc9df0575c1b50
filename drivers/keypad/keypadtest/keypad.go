// Package keypadtest is a keypad without keys, a scanner without light and a matrix without wires: what is typed
// comes from a program.
package keypadtest

import (
	"context"
	"fmt"
	"sync"

	"lockerd/drivers/keypad"
)

// Keypad is an emulated keypad, a keypad.Source of keys. The zero value is plugged in.
type Keypad struct{ plug[keypad.Key] }

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
	return k.send(keys...)
}

// Scanner is an emulated barcode scanner, a keypad.Source of codes. The zero value is plugged in.
type Scanner struct{ plug[string] }

// Scan reads one code.
func (s *Scanner) Scan(code string) error { return s.send(code) }

// plug is an emulated device that can be unplugged.
type plug[T any] struct {
	mu      sync.Mutex
	gone    bool
	readers map[*reader[T]]bool
}

// reader is one Run.
type reader[T any] struct {
	typed chan T
	gone  chan struct{}
}

// Run hands on what is typed from now on.
func (p *plug[T]) Run(ctx context.Context, ready func(), take func(T)) error {
	r := &reader[T]{typed: make(chan T, 64), gone: make(chan struct{})}
	if err := p.add(r); err != nil {
		return err
	}
	defer p.remove(r)
	ready()
	for {
		select {
		case typed := <-r.typed:
			take(typed)
		case <-r.gone:
			return fmt.Errorf("cannot read the emulated device: %w", keypad.ErrGone)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (p *plug[T]) add(r *reader[T]) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		return fmt.Errorf("cannot open the emulated device: %w", keypad.ErrGone)
	}
	if p.readers == nil {
		p.readers = map[*reader[T]]bool{}
	}
	p.readers[r] = true
	return nil
}

func (p *plug[T]) remove(r *reader[T]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.readers, r)
}

// send types.
func (p *plug[T]) send(all ...T) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		return fmt.Errorf("cannot type: %w", keypad.ErrGone)
	}
	for r := range p.readers {
		for _, typed := range all {
			select {
			case r.typed <- typed:
			default:
			}
		}
	}
	return nil
}

// Unplug ends every Run; Plug lets new ones begin.
func (p *plug[T]) Unplug() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone = true
	for r := range p.readers {
		close(r.gone)
		delete(p.readers, r)
	}
}

// Plug puts the device back.
func (p *plug[T]) Plug() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone = false
}
