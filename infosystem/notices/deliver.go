package notices

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"lockerd/infosystem/database"
	"lockerd/infosystem/vault"
)

// MaxAttempts is after how many tries a notice is given up; with the pauses between them that is two days.
const MaxAttempts = 60

// Deliverer takes notices from the queue to a Notifier.
type Deliverer struct {
	DB       database.Database
	Box      *vault.Box
	Notifier Notifier
	Keep     bool // keep the texts of delivered notices, to show them in a sandbox
	Log      *slog.Logger
	Wake     chan struct{} // a word in it looks at the queue at once; buffered
	Idle     time.Duration // how often the queue is looked at anyway
}

// Run delivers until ctx ends.
func (d *Deliverer) Run(ctx context.Context) error {
	tick := time.NewTicker(d.Idle)
	defer tick.Stop()
	for {
		if err := d.once(ctx); err != nil && ctx.Err() == nil {
			d.Log.Error("cannot deliver notices", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-d.Wake:
		case <-tick.C:
		}
	}
}

// once tries every notice that is due, one after the other.
func (d *Deliverer) once(ctx context.Context) error {
	var waiting []int64
	err := d.DB.View(ctx, func(tx database.Tx) (err error) {
		waiting, err = due(tx, time.Now())
		return err
	})
	for _, number := range waiting {
		if err = d.deliver(ctx, number); err != nil || ctx.Err() != nil {
			break
		}
	}
	return err
}

// deliver tries one notice, unless it became void while those before it were on their way. One that cannot be opened is
// given up, so that it holds up no other.
func (d *Deliverer) deliver(ctx context.Context, number int64) error {
	var n Notice
	err := d.DB.View(ctx, func(tx database.Tx) (err error) {
		n, err = get(tx, d.Box, number)
		return err
	})
	if err != nil || n.State != Queued {
		return err
	}
	failed := n.damaged
	if failed == nil {
		failed = d.Notifier.Notify(ctx, n)
	}
	if ctx.Err() != nil {
		return nil
	}
	if err := d.DB.Update(ctx, func(tx database.Tx) error { return d.record(tx, n, failed) }); err != nil {
		return err
	}
	if failed != nil {
		d.Log.Warn("notice was not delivered", "number", n.Number, "kind", n.Kind, "attempt", n.Attempts+1, "err", failed)
	}
	return nil
}

func (d *Deliverer) record(tx database.Tx, n Notice, failed error) error {
	if failed == nil {
		forget := !d.Keep
		_, err := tx.Exec(`UPDATE notices SET state = 'sent', attempts = attempts + 1, problem = '',
			sealed = CASE WHEN ? = 1 THEN NULL ELSE sealed END WHERE number = ? AND state = 'queued'`, forget, n.Number)
		return err
	}
	state := Queued
	if n.Attempts+1 >= MaxAttempts || n.damaged != nil {
		state = Failed
	}
	_, err := tx.Exec(`UPDATE notices SET state = ?, attempts = attempts + 1, problem = ?, next = ? WHERE number = ? AND state = 'queued'`,
		string(state), failed.Error(), time.Now().Add(Pause(n.Attempts+1)).UnixMilli(), n.Number)
	return err
}

// Pause is how long to wait after so many failed attempts: 1 s, doubling up to an hour.
func Pause(attempts int) time.Duration {
	return min(time.Second<<min(attempts-1, 12), time.Hour)
}

// Outbox is the notifier of a sandbox: the notice stays in the database and a page shows it.
type Outbox struct{}

// Notify implements Notifier.
func (Outbox) Notify(context.Context, Notice) error { return nil }

// Webhook POSTs each notice as JSON to a URL. A repeated delivery has the same Idempotency-Key. Any 2xx
// answer means that it was taken. A redirect is not followed: it would lose the notice on the way, or hand it to
// whichever host the answer names.
type Webhook struct {
	URL    string
	Client *http.Client
}

// Notify implements Notifier. Its errors hold nothing of the notice and not the URL, in which a key may stand.
func (w Webhook) Notify(ctx context.Context, n Notice) error {
	body, err := json.Marshal(n)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("cannot make the webhook's request: %w", withoutURL(err))
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", "notice-"+strconv.FormatInt(n.Number, 10))
	client := *w.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("webhook does not answer: %w", withoutURL(err))
	}
	defer response.Body.Close()
	io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10))
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("webhook answered %s", response.Status)
	}
	return nil
}

// withoutURL is what went wrong, without the address that package net/url quotes.
func withoutURL(err error) error {
	if quoting := (*url.Error)(nil); errors.As(err, &quoting) {
		return quoting.Err
	}
	return err
}
