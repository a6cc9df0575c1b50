package main

import (
	"fmt"
	"sync/atomic"

	"lockerd/controller"
	"lockerd/store"
)

// disk is the controller's store with a switch in it: the sandbox's "fault disk full". What is written then is
// refused as a full disk refuses it.
type disk struct {
	controller.Shelf

	full atomic.Bool
}

// Commit writes a change, unless the disk is full.
func (d *disk) Commit(change controller.Change) error {
	if d.full.Load() {
		return fmt.Errorf("cannot write: %w", store.ErrNoSpace)
	}
	return d.Shelf.Commit(change)
}
