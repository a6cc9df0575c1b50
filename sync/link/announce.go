package link

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"lockerd/controller"
	"lockerd/sync/wire"
)

// refusals says which of the controller's errors a refusal is.
var refusals = map[wire.Refusal]error{
	wire.RefusedHere: controller.ErrForbidden, wire.RefusedPhone: controller.ErrNoPhone, wire.RefusedUnwanted: controller.ErrUnwanted,
	wire.RefusedLabel: controller.ErrLabelUsed, wire.RefusedFull: controller.ErrFull,
}

// Announce asks the information system for a parcel that nobody assigned, again and again until it is answered or
// ctx ends; desired state brings the parcel. Its errors wrap one of the controller's for announcements. The phone
// number goes up sealed and stays nowhere.
func (l *Link) Announce(ctx context.Context, a controller.Announcement) (controller.ParcelID, error) {
	who, err := loadIdentity(l.options.Vault)
	if err != nil || !who.joined() {
		return "", fmt.Errorf("cannot announce a parcel: %w", controller.ErrOffline)
	}
	body := wire.AnnounceBody{Phone: a.Phone, Label: string(a.Label), Courier: a.Courier}
	sealed, err := wire.Seal(who.Answer.SealKey, wire.EventInfo(who.address(), "announce", hex.EncodeToString(a.ID[:])), body)
	if err != nil {
		return "", fmt.Errorf("cannot announce a parcel: %w", err)
	}
	answer := l.await(a.ID)
	defer l.forget(a.ID, answer)
	again := time.NewTicker(announceTime)
	defer again.Stop()
	for out := l.announces; ; {
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("cannot announce a parcel: %w", controller.ErrOffline)
		case out <- wire.Announce{ID: a.ID, Sealed: sealed}:
			out = nil // until it is time to send it again
		case <-again.C:
			out = l.announces
		case m := <-answer:
			return announced(m)
		}
	}
}

// announced is what an answer means.
func announced(m wire.Announced) (controller.ParcelID, error) {
	switch reason, known := refusals[m.Refusal]; {
	case known:
		return "", fmt.Errorf("cannot announce a parcel: %w", reason)
	case m.Refusal != "" || wire.CheckID(m.Parcel) != nil:
		return "", fmt.Errorf("cannot announce a parcel: the answer names no parcel: %w", controller.ErrForbidden)
	}
	return controller.ParcelID(m.Parcel), nil
}

func (l *Link) await(id [16]byte) chan wire.Announced {
	l.mu.Lock()
	defer l.mu.Unlock()
	answer := make(chan wire.Announced, 1)
	l.awaited[id] = answer
	return answer
}

// forget ends waiting, unless somebody waits for the same answer anew.
func (l *Link) forget(id [16]byte, answer chan wire.Announced) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.awaited[id] == answer {
		delete(l.awaited, id)
	}
}

// announcing gives what is to be announced, once the session has begun.
func (s *session) announcing() <-chan wire.Announce {
	if !s.greeting.answered {
		return nil
	}
	return s.announces
}

// onAnnounced hands an answer to who waits for it; an answer that nobody waits for is a repetition.
func (s *session) onAnnounced(_ context.Context, m wire.Announced) error {
	s.mu.Lock()
	answer := s.awaited[m.ID]
	s.mu.Unlock()
	if answer != nil {
		select {
		case answer <- m:
		default:
		}
	}
	return nil
}
