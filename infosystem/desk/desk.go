// Package desk is what operators do, whether on a page or through the JSON API: each operation is one
// transaction that brings the cabinets' desired state along and leaves a line among the events.
package desk

import (
	"context"
	"log/slog"
	"time"

	"lockerd/infosystem/commands"
	"lockerd/infosystem/database"
	"lockerd/infosystem/desired"
	"lockerd/infosystem/events"
	"lockerd/infosystem/vault"
)

// Cabinets is how the desk reaches cabinets. *exchange.Exchange satisfies it.
type Cabinets interface {
	Online(cabinet string) bool
	Command(context.Context, commands.Order) (commands.Command, error)
	// Refreshed says that the cabinet's desired state changed.
	Refreshed(cabinet string)
}

// Desk carries out operations. All fields are required.
type Desk struct {
	DB        database.Database
	Box       *vault.Box
	Tenant    string
	Region    string // where phone numbers without a country code belong, ISO 3166
	JoinLasts time.Duration
	Desired   *desired.Keeper
	Cabinets  Cabinets
	Trust     Trust
	Notices   func() // says that a notice was queued
	Changed   func() // says that somebody may want to look
	Joined    func() // says that a cabinet joined
	Log       *slog.Logger
}

// Retention is the operator of what time destroys.
const Retention = "retention"

// Trust is what a cabinet learns when it joins, beside its own credentials.
type Trust struct {
	Broker     func() string // URL
	SystemKey  []byte        // Ed25519
	CommandKey func() []byte // Ed25519
	SealKey    []byte        // HPKE
}

// work is one operation: it returns the cabinets that it concerns and the line to leave.
type work func(tx database.Tx, now time.Time) (concerned []string, line events.Line, err error)

// do carries out one operation for an operator.
func (d *Desk) do(ctx context.Context, operator string, w work) error {
	var refreshed []string
	err := d.DB.Update(ctx, func(tx database.Tx) error {
		now := time.Now()
		concerned, line, err := w(tx, now)
		if err != nil {
			return err
		}
		if line.What == "" {
			line.What = events.Operator
		}
		line.Who = operator
		if err := events.Note(tx, line, now); err != nil {
			return err
		}
		for _, cabinet := range concerned {
			changed, err := d.Desired.Refresh(tx, cabinet, now)
			if err != nil {
				return err
			}
			if changed {
				refreshed = append(refreshed, cabinet)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, cabinet := range refreshed {
		d.Cabinets.Refreshed(cabinet)
	}
	d.Notices()
	d.Changed()
	return nil
}

// View reads for a page.
func (d *Desk) View(ctx context.Context, read func(database.Tx) error) error {
	return d.DB.View(ctx, read)
}
