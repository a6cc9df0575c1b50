package controller

import (
	"context"
	"fmt"
)

// Limits of remote opening, whatever a signature says: a stolen key must not open a whole cabinet.
const (
	opensPerHour = 3 // or a fifth of the doors, if that is more
	shareAnHour  = 5 // one door in so many
)

// Execute carries out a command of the information system, at most once. Its result is a journal line
// with the command's id; the error is for the log only.
func (c *Controller) Execute(ctx context.Context, cmd RemoteCommand) error {
	if c.begin(cmd.ID) {
		return nil // it was begun before: its result is in the journal
	}
	err := c.execute(ctx, cmd)
	entry := Entry{What: CommandDone, Slot: cmd.Slot, Parcel: cmd.Parcel, Who: cmd.By, Detail: cmd.Reason, Command: cmd.ID}
	if err != nil {
		entry.What, entry.Detail = CommandNot, err.Error()
	}
	c.note(entry)
	return err
}

// begin marks a command as begun and tells whether it was before.
func (c *Controller) begin(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.began[id] {
		return true
	}
	c.began[id] = true
	return false
}

func (c *Controller) execute(ctx context.Context, cmd RemoteCommand) error {
	switch cmd.Action {
	case "open":
		if err := c.allowRemote(); err != nil {
			return err
		}
		if err := c.stillThere(cmd); err != nil {
			return err
		}
		_, err := c.openSlot(ctx, release{slot: cmd.Slot, why: whyCommand, who: cmd.By, command: cmd.ID})
		return err
	case "recode":
		return c.recode(cmd)
	case "reboot":
		if c.parts.Reboot == nil {
			return fmt.Errorf("cannot reboot: this cabinet is not set up for it")
		}
		if err := c.commit(Change{Command: cmd.ID, Entries: []Entry{{What: Audit, Who: cmd.By, Detail: "reboot", Command: cmd.ID}}}); err != nil {
			return err
		}
		return c.parts.Reboot()
	}
	return fmt.Errorf("cannot carry out %q: no such command", cmd.Action)
}

// stillThere refuses a door that was ordered for a parcel that does not lie behind it any more.
func (c *Controller) stillThere(cmd RemoteCommand) error {
	if cmd.Parcel == "" {
		return nil
	}
	p, err := c.parts.Shelf.Parcel(cmd.Parcel)
	if err == nil && (p.Slot != cmd.Slot || p.Phase.Ended()) {
		err = p.unfit("be taken from that slot")
	}
	return err
}

// allowRemote counts a remote opening and refuses it past the cabinet's cap.
func (c *Controller) allowRemote() error {
	limit := max(opensPerHour, len(c.parts.Doors)/shareAnHour)
	c.guarding.Lock()
	defer c.guarding.Unlock()
	boot, since := c.parts.Boot()
	t := c.tries(remoteTries).at(boot, since)
	if t.Count >= limit {
		return fmt.Errorf("cannot open: %d remote openings within an hour are the limit of this cabinet", limit)
	}
	counted := []Tries{t.more(since)}
	if err := c.commit(Change{Tries: counted}); err != nil {
		return err
	}
	c.counted(counted)
	return nil
}

// recode issues a new code for a stored parcel; the old one is void.
func (c *Controller) recode(cmd RemoteCommand) error {
	c.book.Lock()
	defer c.book.Unlock()
	p, err := c.parts.Shelf.Parcel(cmd.Parcel)
	if err != nil {
		return fmt.Errorf("cannot find parcel %s: %w", cmd.Parcel, err)
	}
	if p.Phase != Stored {
		return p.unfit("get a new code")
	}
	change := Change{Command: cmd.ID}
	if err := c.issueCode(p, &change); err != nil {
		return err
	}
	return c.commit(change)
}
