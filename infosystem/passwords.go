package infosystem

import (
	"context"
	"path/filepath"
	"sync"
	"time"

	"lockerd/infosystem/broker"
	"lockerd/infosystem/cabinets"
	"lockerd/infosystem/database"
)

// passwords is the state of the file by which a broker elsewhere knows who may connect.
type passwords struct {
	writing sync.Mutex    // held from reading the hashes until the file is in place: an older file never replaces a newer one
	late    chan struct{} // holds a sign when the file could not be written
}

// brokerUser is the information system's name at a broker elsewhere. No cabinet has an id with that sign.
func (s *System) brokerUser() string { return "infosystem@" + s.options.Tenant }

// tellBroker writes down for a broker elsewhere who may connect.
func (s *System) tellBroker() error {
	s.passwords.writing.Lock()
	defer s.passwords.writing.Unlock()
	own, err := cabinets.BrokerHash(s.keys.broker)
	if err != nil {
		return err
	}
	var hashes map[string]string
	err = s.db.View(context.Background(), func(tx database.Tx) (err error) {
		hashes, err = cabinets.BrokerHashes(tx)
		return err
	})
	if err != nil {
		return err
	}
	hashes[s.brokerUser()] = own
	return broker.WritePasswords(filepath.Join(s.options.Dir, "broker.passwords"), hashes)
}

// joined is called when a cabinet joined.
func (s *System) joined() {
	if s.options.BrokerURL == "" {
		return
	}
	if err := s.tellBroker(); err != nil {
		s.options.Log.Error("the broker does not learn yet of a cabinet that joined", "err", err)
		select {
		case s.passwords.late <- struct{}{}:
		default: // it is known already
		}
	}
}

// keepBrokerTold writes the file that could not be written, after a second and then ever more rarely, up to once a minute.
func (s *System) keepBrokerTold(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.passwords.late:
		}
		for wait, late := time.Second, true; late; wait = min(2*wait, time.Minute) {
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(wait):
			}
			late = s.tellBroker() != nil
		}
	}
}
