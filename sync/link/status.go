package link

import (
	"time"

	"lockerd/sync/wire"
)

// Status is how the connection stands, for screens and the console.
type Status struct {
	Joined    bool
	Address   wire.Address // empty until joined
	Connected bool         // the information system answered on this connection
	Since     time.Time    // when Connected last changed
	LastAck   time.Time    // when the information system last acknowledged events
	LastError string       // why the last connection, joining or change failed; empty when all is well
	Version   uint64       // of the desired state that is applied here
	Latest    uint64       // of the newest that the information system spoke of
	Backlog   uint64       // events that are not acknowledged
	Bad       uint64       // messages that were dropped since the start
}

// Status returns how the connection stands now.
func (l *Link) Status() Status {
	l.mu.Lock()
	status := l.status
	l.mu.Unlock()
	if waiting, err := l.options.Journal.Unacknowledged(); err == nil {
		status.Backlog = waiting
	}
	return status
}

// Online tells whether the information system is reached.
func (l *Link) Online() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.status.Connected
}

func (l *Link) update(change func(*Status)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(&l.status)
}

func (l *Link) connected() {
	l.update(func(s *Status) {
		if !s.Connected {
			s.Connected, s.Since = true, time.Now()
		}
		s.LastError = ""
	})
}

func (l *Link) disconnected(reason error) {
	l.log.Warn("not connected to the information system", "reason", reason)
	l.update(func(s *Status) {
		if s.Connected {
			s.Connected, s.Since = false, time.Now()
		}
		s.LastError = reason.Error()
	})
}

// trouble says what went wrong without ending the connection.
func (l *Link) trouble(what string, err error) {
	l.log.Error(what, "err", err)
	l.update(func(s *Status) { s.LastError = what + ": " + err.Error() })
}
