package link

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"lockerd/controller"
	"lockerd/sync/wire"
)

// heard is what the cloud heard, and how it answers.
type heard struct {
	cloud  *cloud
	answer func(wire.Announce, int) *wire.Announced // for the nth time it came, from 1; nil for silence
	all    []wire.Announce
}

func (h *heard) receive(m Message) {
	on(h.cloud, m, func(a wire.Announce) {
		h.cloud.mu.Lock()
		h.all = append(h.all, a)
		n := len(h.all)
		h.cloud.mu.Unlock()
		if answer := h.answer(a, n); answer != nil {
			h.cloud.send(wire.TypeAnnounced, *answer)
		}
	})
}

// announcing runs a link whose cloud answers announcements.
func announcing(t *testing.T, answer func(wire.Announce, int) *wire.Announced, tell func(*testing.T, *Link, *heard)) {
	joined(t, func(t *testing.T, s *shelf, c *cloud) {
		h := &heard{cloud: c, answer: answer}
		c.onAnnounce = h.receive
		l := start(t, c.options(s))
		after(time.Minute)
		tell(t, l, h)
	})
}

var example = controller.Announcement{ID: [16]byte{7}, Phone: "13800138000", Label: "SF1004", Courier: "1001"}

func TestAnnounce(t *testing.T) {
	answer := func(a wire.Announce, n int) *wire.Announced {
		if n < 3 {
			return nil // lost
		}
		return &wire.Announced{ID: a.ID, Parcel: "SF1004"}
	}
	announcing(t, answer, func(t *testing.T, l *Link, h *heard) {
		id, err := l.Announce(t.Context(), example)
		if err != nil || id != "SF1004" {
			t.Fatalf("got %q, %v", id, err)
		}
		if len(h.all) != 3 || h.all[0].ID != example.ID || !bytes.Equal(h.all[0].Sealed, h.all[2].Sealed) {
			t.Errorf("the cloud heard %d announcements, want the same three times", len(h.all))
		}
		if bytes.Contains(h.all[0].Sealed, []byte(example.Phone)) {
			t.Error("the phone number can be read on the way")
		}
		var body wire.AnnounceBody
		info := wire.EventInfo(h.cloud.address, "announce", hex.EncodeToString(example.ID[:]))
		if err := wire.Open(h.cloud.openKey, info, h.all[0].Sealed, &body); err != nil || body.Phone != example.Phone || body.Label != "SF1004" || body.Courier != "1001" {
			t.Errorf("it says %+v, %v", body, err)
		}
	})
}

func TestAnnouncementsRefused(t *testing.T) {
	for refusal, want := range map[wire.Refusal]error{
		wire.RefusedHere: controller.ErrForbidden, wire.RefusedPhone: controller.ErrNoPhone, wire.RefusedUnwanted: controller.ErrUnwanted,
		wire.RefusedLabel: controller.ErrLabelUsed, wire.RefusedFull: controller.ErrFull, "new": controller.ErrForbidden, "": controller.ErrForbidden,
	} {
		answer := func(a wire.Announce, _ int) *wire.Announced { return &wire.Announced{ID: a.ID, Refusal: refusal} }
		announcing(t, answer, func(t *testing.T, l *Link, _ *heard) {
			if id, err := l.Announce(t.Context(), example); id != "" || !errors.Is(err, want) {
				t.Errorf("refused as %q: %q, %v, want %v", refusal, id, err, want)
			}
		})
	}
}

// TestAnnouncementWithoutAnswer: silence and somebody else's answer end with the caller's patience.
func TestAnnouncementWithoutAnswer(t *testing.T) {
	for name, answer := range map[string]func(wire.Announce, int) *wire.Announced{
		"silence":   func(wire.Announce, int) *wire.Announced { return nil },
		"another's": func(wire.Announce, int) *wire.Announced { return &wire.Announced{ID: [16]byte{8}, Parcel: "p-1"} },
	} {
		announcing(t, answer, func(t *testing.T, l *Link, _ *heard) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			if _, err := l.Announce(ctx, example); !errors.Is(err, controller.ErrOffline) {
				t.Errorf("%s: %v", name, err)
			}
			l.mu.Lock()
			defer l.mu.Unlock()
			if len(l.awaited) != 0 {
				t.Errorf("%s: %d answers are still awaited", name, len(l.awaited))
			}
		})
	}
}

func TestAnnouncementBeforeTheCabinetJoined(t *testing.T) {
	s := newShelf()
	c := newCloud(t, s)
	options := c.options(s)
	options.Vault = newShelf()
	l, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Announce(t.Context(), example); !errors.Is(err, controller.ErrOffline) {
		t.Errorf("got %v", err)
	}
}
