package link

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"lockerd/sync/wire"
)

// ErrJoinRefused is returned when the information system does not take the one-time code.
var ErrJoinRefused = errors.New("the information system refuses the one-time code")

const (
	joinPath   = "/api/v1/join"
	joinTime   = 30 * time.Second
	joinAnswer = 64 << 10        // bytes read of an answer
	joinWait   = 5 * time.Minute // longest that is waited because an answer says so: somebody may stand there
)

// passing is a failure that may pass by itself.
type passing struct {
	error
	wait time.Duration // until it is of use to ask again, as far as somebody said so
}

// Join gives Run a one-time code to join with. It is an error when the cabinet has joined already.
func (l *Link) Join(code string) error {
	if l.Status().Joined {
		return errors.New("the cabinet has joined already")
	}
	if code = strings.TrimSpace(code); code == "" {
		return errors.New("the one-time code is empty")
	}
	select {
	case <-l.codes: // a newer code replaces one that nobody took
	default:
	}
	select {
	case l.codes <- code:
		return nil
	default:
		return errors.New("another code is being tried")
	}
}

// joined returns the cabinet's identity; where there is none it joins, and waits for a code if need be. One that has joined
// and was given another code joins anew.
func (l *Link) joined(ctx context.Context) (*identity, error) {
	who, err := loadIdentity(l.options.Vault)
	if err != nil {
		return nil, err
	}
	code := strings.TrimSpace(l.options.Code)
	if who.joined() {
		if who, err = l.tryAnew(ctx, who, code); err != nil {
			return nil, err
		}
	}
	for !who.joined() {
		if code == "" {
			l.update(func(s *Status) {
				if s.LastError == "" {
					s.LastError = ErrNotJoined.Error()
				}
			})
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case code = <-l.codes:
			}
		}
		if who == nil {
			if who, err = newIdentity(); err != nil {
				return nil, err
			}
			if err := who.store(l.options.Vault); err != nil {
				return nil, err
			}
		}
		answer, err := l.joinWith(ctx, who, code, wire.Address{})
		if err != nil {
			if ctx.Err() != nil {
				return nil, err
			}
			l.trouble("cannot join", err)
			code = ""
			continue
		}
		who.Answer = &answer
		who.spends(code)
		if err := who.store(l.options.Vault); err != nil {
			return nil, err
		}
		l.log.Info("joined the information system", "cabinet", who.address().String())
	}
	l.update(func(s *Status) { s.Joined, s.Address, s.LastError = true, who.address(), "" })
	return who, nil
}

// joinWith asks until there is an answer: a network that is down and a server in trouble are waited for, a
// refusal is not. Where the cabinet has joined, as says who it is.
func (l *Link) joinWith(ctx context.Context, who *identity, code string, as wire.Address) (wire.JoinAnswer, error) {
	client := &http.Client{
		Timeout:       joinTime,
		Transport:     &http.Transport{TLSClientConfig: l.options.TLS, Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	request := wire.JoinRequest{
		Tenant: as.Tenant, Cabinet: as.Cabinet,
		Code: code, SignKey: who.verifyingKey(), SealKey: who.SealKey, Slots: l.options.Slots, Software: l.options.Software,
	}
	for attempt := 0; ; attempt++ {
		answer, err := l.ask(ctx, client, request)
		var later passing
		if !errors.As(err, &later) {
			return answer, err
		}
		l.trouble("cannot join yet", err)
		if !pause(ctx, later.wait+fullJitter(attempt)) {
			return answer, ctx.Err()
		}
	}
}

// ask posts one request.
func (l *Link) ask(ctx context.Context, client *http.Client, join wire.JoinRequest) (answer wire.JoinAnswer, err error) {
	body, err := json.Marshal(join)
	if err != nil {
		return answer, fmt.Errorf("cannot encode the request: %w", err)
	}
	url := strings.TrimRight(l.options.URL, "/") + joinPath
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return answer, fmt.Errorf("cannot make the request: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return answer, passing{error: fmt.Errorf("cannot reach the information system: %w", err)}
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, joinAnswer))
	if err != nil {
		return answer, passing{error: fmt.Errorf("cannot read the information system's answer: %w", err)}
	}
	switch status := response.StatusCode; {
	case status == http.StatusTooManyRequests:
		return answer, passing{fmt.Errorf("the information system wants some time: %s", response.Status), retryAfter(response.Header)}
	case status >= 500 || status == http.StatusRequestTimeout:
		return answer, passing{fmt.Errorf("the information system is in trouble: %s", response.Status), retryAfter(response.Header)}
	case status == http.StatusBadRequest || status == http.StatusConflict:
		if err := refusal(response.Status, content); err != nil {
			return answer, err
		}
		fallthrough
	case status != http.StatusOK && status != http.StatusCreated:
		return answer, passing{error: fmt.Errorf("what answers is not the information system: %s", response.Status)}
	}
	if err := json.Unmarshal(content, &answer); err != nil {
		return answer, fmt.Errorf("cannot read the information system's answer: %w", err)
	}
	if err := checkAnswer(answer, l.options.AllowPlain); err != nil {
		return answer, fmt.Errorf("cannot use the information system's answer: %w", err)
	}
	return answer, nil
}

// retryAfter returns how long an answer wants to be waited for: in seconds or until a time (RFC 9110, section 10.2.3). The
// time is compared with the answer's own, since a clock here may be wrong. Nothing said, or nothing of sense, is 0.
func retryAfter(header http.Header) time.Duration {
	said := header.Get("Retry-After")
	wait := time.Duration(0)
	if seconds, err := strconv.ParseUint(said, 10, 31); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if until, err := http.ParseTime(said); err == nil {
		if now, err := http.ParseTime(header.Get("Date")); err == nil {
			wait = until.Sub(now)
		}
	}
	return max(0, min(wait, joinWait))
}

// refusal is an error with the information system's reason. Without one it was somebody on the way who answered, a proxy
// or a portal: the information system may have taken the keys before, so that they are not to be thrown away.
func refusal(status string, content []byte) error {
	var reason struct{ Error string }
	if json.Unmarshal(content, &reason) != nil || reason.Error == "" {
		return nil
	}
	return fmt.Errorf("%w: %s, %.300q", ErrJoinRefused, status, reason.Error)
}
