package notices

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
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
			d.Log.Error("cannot deliver notices", "error", err)
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
	var waiting []Notice
	err := d.DB.View(ctx, func(tx database.Tx) (err error) {
		waiting, err = due(tx, d.Box, time.Now())
		return err
	})
	if err != nil {
		return err
	}
	for _, n := range waiting {
		failed := d.Notifier.Notify(ctx, n)
		if ctx.Err() != nil {
			return nil
		}
		if err := d.DB.Update(ctx, func(tx database.Tx) error { return d.record(tx, n, failed) }); err != nil {
			return err
		}
		if failed != nil {
			d.Log.Warn("notice was not delivered", "number", n.Number, "kind", n.Kind, "attempt", n.Attempts+1, "error", failed)
		}
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
	if n.Attempts+1 >= MaxAttempts {
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
// answer means that it was taken.
type Webhook struct {
	URL    string
	Client *http.Client
}

// Notify implements Notifier. Its errors hold nothing of the notice.
func (w Webhook) Notify(ctx context.Context, n Notice) error {
	body, err := json.Marshal(n)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("cannot make the webhook's request: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", "notice-"+strconv.FormatInt(n.Number, 10))
	response, err := w.Client.Do(request)
	if err != nil {
		return fmt.Errorf("webhook does not answer: %w", err)
	}
	defer response.Body.Close()
	io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10))
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("webhook answered %s", response.Status)
	}
	return nil
}
