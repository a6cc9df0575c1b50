// Package signer signs commands to cabinets. It runs as a process of its own with a key of its own,
// because whoever has that key can open doors: the information system reaches it over a unix socket, and
// the signer checks every request, caps the rate and writes a log, whatever the information system asks.
//
// The protocol is HTTP over the socket: POST /sign with a Request as JSON gives the signed payload
// (COSE_Sign1); GET /key gives the public key. 429 is the answer beyond a cap.
package signer

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"lockerd/sync/wire"
)

// Request asks for a signed command to one cabinet.
type Request struct {
	Address wire.Address
	Command wire.Command
}

// Caps bound what is signed in any minute and hour, in commands.
type Caps struct {
	PerCabinetMinute int
	PerCabinetHour   int
	AllHour          int
}

// DefaultCaps are a bound for people who help people; a cabinet has caps of its own.
var DefaultCaps = Caps{PerCabinetMinute: 6, PerCabinetHour: 30, AllHour: 120}

// ErrCapped is returned when more was asked for than the caps allow.
var ErrCapped = errors.New("too many commands: wait before the next one")

// MaxTTL is the longest time to live that is signed.
const MaxTTL = time.Minute

// Signer signs commands under caps.
type Signer struct {
	key    ed25519.PrivateKey
	caps   Caps
	log    *slog.Logger
	mu     sync.Mutex
	signed []signed // of the last hour, oldest first
}

type signed struct {
	at      time.Time
	address wire.Address
}

// New returns a signer. The log gets a line for every request: what, where and by whom, never why.
func New(key ed25519.PrivateKey, caps Caps, log *slog.Logger) *Signer {
	return &Signer{key: key, caps: caps, log: log}
}

// Sign returns the signed payload for the command topic of the cabinet.
func (s *Signer) Sign(r Request) ([]byte, error) {
	c := r.Command
	log := s.log.With("command", c.ID, "cabinet", r.Address.String(), "action", c.Action, "slot", c.Slot, "by", c.By)
	if err := check(r); err != nil {
		log.Warn("refused", "err", err)
		return nil, err
	}
	if err := s.count(r.Address, time.Now()); err != nil {
		log.Warn("refused", "err", err)
		return nil, err
	}
	payload, err := wire.Sign(s.key, r.Address.Down(wire.TypeCommand), c)
	if err != nil {
		return nil, err
	}
	log.Info("signed")
	return payload, nil
}

func check(r Request) error {
	c := r.Command
	if err := r.Address.Check(); err != nil {
		return err
	}
	switch {
	case c.Action == wire.ActionOpen && c.Slot < 1:
		return errors.New("a command to open names one slot")
	case c.Action == wire.ActionRecode && c.Parcel == "":
		return errors.New("a command to issue a new code names one parcel")
	case c.Action != wire.ActionOpen && c.Action != wire.ActionRecode && c.Action != wire.ActionReboot:
		return fmt.Errorf("there is no action %.20q", c.Action)
	case c.ID == "" || c.By == "" || c.Reason == "":
		return errors.New("a command has an id, an operator and a reason")
	case c.Nonce == [16]byte{}:
		return errors.New("a command quotes the nonce of a session")
	case c.TTL < 1 || c.TTL > MaxTTL.Milliseconds():
		return fmt.Errorf("a command lives 1–%d ms, not %d", MaxTTL.Milliseconds(), c.TTL)
	}
	return nil
}

// count books one command, or returns ErrCapped.
func (s *Signer) count(address wire.Address, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.signed) > 0 && now.Sub(s.signed[0].at) > time.Hour {
		s.signed = s.signed[1:]
	}
	minute, hour := 0, 0
	for _, one := range s.signed {
		if one.address != address {
			continue
		}
		if hour++; now.Sub(one.at) < time.Minute {
			minute++
		}
	}
	if minute >= s.caps.PerCabinetMinute || hour >= s.caps.PerCabinetHour || len(s.signed) >= s.caps.AllHour {
		return ErrCapped
	}
	s.signed = append(s.signed, signed{now, address})
	return nil
}

// ServeHTTP implements the protocol of the package comment.
func (s *Signer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + r.URL.Path {
	case "GET /key":
		w.Write(s.key.Public().(ed25519.PublicKey))
	case "POST /sign":
		decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 16<<10))
		decoder.DisallowUnknownFields()
		var request Request
		if err := decoder.Decode(&request); err != nil {
			http.Error(w, "cannot read the request: "+err.Error(), http.StatusBadRequest)
			return
		}
		payload, err := s.Sign(request)
		switch {
		case errors.Is(err, ErrCapped):
			http.Error(w, err.Error(), http.StatusTooManyRequests)
		case err != nil:
			http.Error(w, err.Error(), http.StatusBadRequest)
		default:
			w.Write(payload)
		}
	default:
		http.NotFound(w, r)
	}
}
