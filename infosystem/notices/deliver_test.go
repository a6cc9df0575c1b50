package notices_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lockerd/infosystem/database"
	"lockerd/infosystem/database/databasetest"
	"lockerd/infosystem/notices"
)

// deliverer delivers what is queued with a notifier, and logs to log.
func deliverer(t *testing.T, n notices.Notifier, log *bytes.Buffer) *notices.Deliverer {
	return &notices.Deliverer{DB: databasetest.Open(t), Box: box(t), Notifier: n, Log: slog.New(slog.NewTextHandler(log, nil)),
		Wake: make(chan struct{}, 1), Idle: 20 * time.Millisecond}
}

// TestRedirectTakesNoNotice: Go would follow some redirects without the body, and others with it to any host.
func TestRedirectTakesNoNotice(t *testing.T) {
	var asked atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer elsewhere.Close()
	for name, to := range map[string]http.Handler{
		"301 on the same host": http.RedirectHandler("/new", http.StatusMovedPermanently),
		"307 to another host":  http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect),
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			mux := http.NewServeMux()
			mux.Handle("/old", to)
			mux.HandleFunc("/new", func(http.ResponseWriter, *http.Request) { asked.Add(1) })
			hook := httptest.NewServer(mux)
			defer hook.Close()
			d := deliverer(t, notices.Webhook{URL: hook.URL + "/old", Client: hook.Client()}, &log)
			queue(t, d.DB, d.Box, notices.Code, "Your pickup code: 12345678.")
			deliver(t, d, func() bool { return list(t, d.DB, d.Box)[0].Attempts > 0 })
			if n := list(t, d.DB, d.Box)[0]; n.State != notices.Queued || !strings.Contains(n.Text, "12345678") || !strings.Contains(n.Problem, "30") {
				t.Errorf("after a redirect the notice is %+v; want it queued with its text", n)
			}
			if asked.Load() != 0 {
				t.Error("the redirect was followed")
			}
		})
	}
}

// TestWebhooksAddressStaysSecret: the key for a text message service is often part of the address.
func TestWebhooksAddressStaysSecret(t *testing.T) {
	hook := httptest.NewServer(nil)
	hook.Close()
	for _, url := range []string{hook.URL + "/send?key=opensesame", "http://opensesame\x7f/"} {
		var log bytes.Buffer
		d := deliverer(t, notices.Webhook{URL: url, Client: &http.Client{}}, &log)
		queue(t, d.DB, d.Box, notices.Arrival, "hello")
		deliver(t, d, func() bool { return list(t, d.DB, d.Box)[0].Attempts > 0 })
		problem := list(t, d.DB, d.Box)[0].Problem
		if problem == "" || strings.Contains(problem+log.String(), "opensesame") {
			t.Errorf("the notice's problem is %q, the log %s", problem, log.String())
		}
	}
}

func TestDamagedNoticeHoldsNoOtherUp(t *testing.T) {
	var log bytes.Buffer
	d := deliverer(t, notices.Outbox{}, &log)
	queue(t, d.DB, d.Box, notices.Arrival, "damaged")
	queue(t, d.DB, d.Box, notices.Arrival, "whole")
	databasetest.Update(t, d.DB, func(tx database.Tx) error {
		_, err := tx.Exec(`UPDATE notices SET sealed = ? WHERE number = 1`, []byte("a damaged record, long enough to have a nonce"))
		return err
	})
	deliver(t, d, func() bool { return list(t, d.DB, d.Box)[0].State == notices.Sent })
	if n := list(t, d.DB, d.Box)[1]; n.State != notices.Failed || n.Problem == "" || n.Text != "" {
		t.Errorf("the damaged notice is %+v", n)
	}
}

// hooked runs a function at the first notice.
type hooked struct {
	first func()
	told  []string
}

func (h *hooked) Notify(_ context.Context, n notices.Notice) error {
	if h.told = append(h.told, n.Text); len(h.told) == 1 {
		h.first()
	}
	return nil
}

func TestErasedWhileOthersAreTold(t *testing.T) {
	var log bytes.Buffer
	h := &hooked{}
	d := deliverer(t, h, &log)
	queue(t, d.DB, d.Box, notices.Arrival, "first")
	queue(t, d.DB, d.Box, notices.Arrival, "second")
	h.first = func() {
		databasetest.Update(t, d.DB, func(tx database.Tx) error { return notices.ForgetPerson(tx, "r-ada") })
	}
	d.Idle = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	for deadline := time.Now().Add(20 * time.Second); list(t, d.DB, d.Box)[0].State != notices.Void && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond)
	}
	d.Wake <- struct{}{} // taken once the first look at the queue is over
	d.Wake <- struct{}{}
	cancel()
	if err := <-ended; err != nil || len(h.told) != 1 {
		t.Errorf("told %q, %v; the second notice was void before it could leave", h.told, err)
	}
}
