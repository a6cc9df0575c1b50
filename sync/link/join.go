package link

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"lockerd/sync/wire"
)

// ErrJoinRefused is returned when the information system does not take the one-time code.
var ErrJoinRefused = errors.New("the information system refuses the one-time code")

const (
	joinPath   = "/api/v1/join"
	joinTime   = 30 * time.Second
	joinAnswer = 64 << 10 // bytes read of an answer
)

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
		answer, again, err := l.ask(ctx, client, request)
		if err == nil || !again {
			return answer, err
		}
		l.trouble("cannot join yet", err)
		if !pause(ctx, fullJitter(attempt)) {
			return answer, ctx.Err()
		}
	}
}

// ask posts one request. again tells whether a failure may pass by itself.
func (l *Link) ask(ctx context.Context, client *http.Client, join wire.JoinRequest) (answer wire.JoinAnswer, again bool, err error) {
	body, err := json.Marshal(join)
	if err != nil {
		return answer, false, fmt.Errorf("cannot encode the request: %w", err)
	}
	url := strings.TrimRight(l.options.URL, "/") + joinPath
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return answer, false, fmt.Errorf("cannot make the request: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return answer, true, fmt.Errorf("cannot reach the information system: %w", err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, joinAnswer))
	if err != nil {
		return answer, true, fmt.Errorf("cannot read the information system's answer: %w", err)
	}
	switch status := response.StatusCode; {
	case status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout:
		return answer, true, fmt.Errorf("the information system is in trouble: %s", response.Status)
	case status == http.StatusBadRequest || status == http.StatusConflict:
		if err := refusal(response.Status, content); err != nil {
			return answer, false, err
		}
		fallthrough
	case status != http.StatusOK && status != http.StatusCreated:
		return answer, true, fmt.Errorf("what answers is not the information system: %s", response.Status)
	}
	if err := json.Unmarshal(content, &answer); err != nil {
		return answer, false, fmt.Errorf("cannot read the information system's answer: %w", err)
	}
	if err := checkAnswer(answer, l.options.AllowPlain); err != nil {
		return answer, false, fmt.Errorf("cannot use the information system's answer: %w", err)
	}
	return answer, false, nil
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
