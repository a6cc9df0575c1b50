package notices_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"lockerd/infosystem/database"
	"lockerd/infosystem/database/databasetest"
	"lockerd/infosystem/notices"
	"lockerd/infosystem/vault"
)

func box(t *testing.T) *vault.Box {
	t.Helper()
	b, err := vault.NewBox(make([]byte, vault.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func queue(t *testing.T, db database.Database, b *vault.Box, kind notices.Kind, text string) {
	t.Helper()
	databasetest.Update(t, db, func(tx database.Tx) error {
		return notices.Queue(tx, b, notices.Notice{Kind: kind, Recipient: "r-ada", Parcel: "P-1", Cabinet: "lobby", At: time.Now(),
			Message: notices.Message{Phone: "+447700900123", Language: "en", Text: text}})
	})
}

func list(t *testing.T, db database.Database, b *vault.Box) (all []notices.Notice) {
	t.Helper()
	err := db.View(t.Context(), func(tx database.Tx) (err error) {
		all, err = notices.List(tx, b, notices.Query{}, 10)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// deliver runs a deliverer until done says so.
func deliver(t *testing.T, d *notices.Deliverer, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Error("never delivered")
			break
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestWebhookRetriesAndForgets(t *testing.T) {
	db, b := databasetest.Open(t), box(t)
	var mu sync.Mutex
	var keys []string
	var got notices.Notice
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if keys = append(keys, r.Header.Get("Idempotency-Key")); len(keys) == 1 {
			http.Error(w, "busy", http.StatusServiceUnavailable)
			return
		}
		raw, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Error(err)
		}
	}))
	defer hook.Close()
	var log bytes.Buffer
	queue(t, db, b, notices.Code, "Your pickup code: 12345678.")
	d := &notices.Deliverer{DB: db, Box: b, Notifier: notices.Webhook{URL: hook.URL, Client: hook.Client()}, Log: slog.New(slog.NewTextHandler(&log, nil)),
		Wake: make(chan struct{}, 1), Idle: 20 * time.Millisecond}
	deliver(t, d, func() bool { return list(t, db, b)[0].State == notices.Sent })
	if len(keys) != 2 || keys[0] != keys[1] || keys[0] == "" {
		t.Errorf("the hook was called with keys %q, want the same one twice", keys)
	}
	if got.Phone != "+447700900123" || !strings.Contains(got.Text, "12345678") || got.Kind != notices.Code {
		t.Errorf("the hook got %+v", got)
	}
	if n := list(t, db, b)[0]; n.Attempts != 2 || n.Text != "" || n.Phone != "" {
		t.Errorf("after the delivery the notice is %+v; want two attempts and no text", n)
	}
	if text := log.String(); strings.Contains(text, "12345678") || strings.Contains(text, "7700900123") || !strings.Contains(text, "503") {
		t.Errorf("the log is %s", text)
	}
}

// failing is a notifier that never delivers.
type failing struct{}

func (failing) Notify(context.Context, notices.Notice) error { return errors.New("no line") }

func TestGivenUpInTheEnd(t *testing.T) {
	db, b := databasetest.Open(t), box(t)
	queue(t, db, b, notices.Arrival, "hello")
	databasetest.Update(t, db, func(tx database.Tx) error {
		_, err := tx.Exec(`UPDATE notices SET attempts = ?`, notices.MaxAttempts-1)
		return err
	})
	d := &notices.Deliverer{DB: db, Box: b, Notifier: failing{}, Log: slog.New(slog.DiscardHandler), Wake: make(chan struct{}, 1), Idle: time.Hour}
	deliver(t, d, func() bool { return list(t, db, b)[0].State == notices.Failed })
	if n := list(t, db, b)[0]; n.Problem != "no line" || n.Text != "hello" {
		t.Errorf("the notice is %+v", n)
	}
}

func TestNewCodeAndForget(t *testing.T) {
	db, b := databasetest.Open(t), box(t)
	queue(t, db, b, notices.Code, "old")
	queue(t, db, b, notices.Arrival, "arrived")
	queue(t, db, b, notices.Code, "new")
	all := list(t, db, b)
	if len(all) != 3 || all[0].Text != "new" || all[1].State != notices.Queued || all[2].State != notices.Void || all[2].Text != "" {
		t.Errorf("after a new code: %+v", all)
	}
	databasetest.Update(t, db, func(tx database.Tx) error { return notices.ForgetPerson(tx, "r-ada") })
	for _, n := range list(t, db, b) {
		if n.State != notices.Void || n.Text != "" || n.Phone != "" {
			t.Errorf("after the person was forgotten there is %+v", n)
		}
	}
}

func TestPause(t *testing.T) {
	for attempts, want := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 13: time.Hour, 59: time.Hour} {
		if got := notices.Pause(attempts); got != want {
			t.Errorf("after %d attempts: %v, want %v", attempts, got, want)
		}
	}
}

func TestTexts(t *testing.T) {
	d := notices.Details{Name: "Ada", Place: "Lobby", Slot: 4, Code: "12345678", Expires: time.Unix(0, 0)}
	for _, language := range []string{"en", "zh-CN", ""} {
		for _, kind := range []notices.Kind{notices.Arrival, notices.Code, notices.Invitation, notices.Consent} {
			text, coded := notices.Text(kind, language, d), kind == notices.Code || kind == notices.Invitation
			if !strings.Contains(text, "Ada") || !strings.Contains(text, "Lobby") || strings.Contains(text, "12345678") != coded {
				t.Errorf("%s in %q: %s", kind, language, text)
			}
			nameless := d
			nameless.Name = ""
			first, _ := utf8.DecodeRuneInString(notices.Text(kind, language, nameless))
			if unicode.IsLower(first) || !unicode.IsLetter(first) {
				t.Errorf("%s in %q to nobody by name: %s", kind, language, notices.Text(kind, language, nameless))
			}
		}
	}
}
