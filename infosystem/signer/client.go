package signer

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// ErrUnreachable is returned when no signer answers on the socket.
var ErrUnreachable = errors.New("the signer does not answer")

// Client reaches a signer over its socket.
type Client struct{ http http.Client }

// Dial returns a client; it connects with the first request.
func Dial(socket string) *Client {
	dialer := net.Dialer{}
	return &Client{http.Client{
		Timeout: 10 * time.Second,
		Transport: &http.Transport{
			DisableKeepAlives: true,
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return dialer.DialContext(ctx, "unix", socket)
			},
		},
	}}
}

// Sign asks for a signed command.
func (c *Client) Sign(ctx context.Context, r Request) ([]byte, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	return c.do(ctx, http.MethodPost, "/sign", body)
}

// Key asks for the signer's public key.
func (c *Client) Key(ctx context.Context) (ed25519.PublicKey, error) {
	key, err := c.do(ctx, http.MethodGet, "/key", nil)
	if err == nil && len(key) != ed25519.PublicKeySize {
		err = fmt.Errorf("signer's key has %d bytes", len(key))
	}
	return key, err
}

// Await waits until the signer answers, or ctx ends.
func (c *Client) Await(ctx context.Context) (ed25519.PublicKey, error) {
	for {
		key, err := c.Key(ctx)
		if err == nil {
			return key, nil
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (c *Client) do(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, "http://signer"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	case response.StatusCode == http.StatusTooManyRequests:
		return nil, ErrCapped
	case response.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("signer refused: %s", strings.TrimSpace(string(answer)))
	}
	return answer, nil
}
