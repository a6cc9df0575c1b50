package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"lockerd/drivers/fingerprint/fingerprinttest"
)

// state is what stays between two runs, as JSON.
type state struct {
	Doors       []door                                           `json:"doors"`
	Flash       map[fingerprinttest.Model]*fingerprinttest.Flash `json:"flash"`
	Impressions map[string]uint64                                `json:"impressions"` // by finger, how often it was laid
	Said        spoken                                           `json:"said"`
}

// load reads the state; none is an empty one.
func load(path string) (state, error) {
	s := state{Flash: map[fingerprinttest.Model]*fingerprinttest.Flash{}}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err != nil {
		return s, fmt.Errorf("cannot read the sandbox's state %s (delete it to begin anew): %w", path, err)
	}
	for i := range s.Doors {
		s.Doors[i].Coil = false
	}
	return s, nil
}

// save writes the state down when it changed, whole or not at all.
func (c *Cabinet) save() error {
	c.mu.Lock()
	if !c.unsaved {
		c.mu.Unlock()
		return nil
	}
	c.unsaved = false
	s := state{Flash: map[fingerprinttest.Model]*fingerprinttest.Flash{}, Impressions: c.hand.impressions(), Said: c.speech.heard()}
	for _, d := range c.doors {
		s.Doors = append(s.Doors, *d)
	}
	c.mu.Unlock()
	flash := c.module.Flash()
	s.Flash[c.options.Model] = &flash
	b, err := json.MarshalIndent(s, "", "\t")
	if err != nil {
		return err
	}
	temporary := c.statePath() + ".new"
	if err := os.WriteFile(temporary, b, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, c.statePath())
}

// broadcast tells any number of listeners that something changed. A listener that is busy is told once.
type broadcast struct {
	mu        sync.Mutex
	listeners map[chan struct{}]bool
}

func newBroadcast() *broadcast { return &broadcast{listeners: map[chan struct{}]bool{}} }

// join returns a channel that gets a value after changes, and a function to leave.
func (b *broadcast) join() (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.listeners[c] = true
	return c, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.listeners, c)
	}
}

func (b *broadcast) tell() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.listeners {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
