package signer

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"lockerd/infosystem/keyfile"
)

// Serve runs a signer on a unix socket until ctx ends. The key file is made at the first start, when there is no log
// either; the log file gets one JSON object a line. Key and log belong to this user alone, the socket to the group, too.
func Serve(ctx context.Context, socket, keyFile, logFile string, caps Caps) error {
	for _, path := range []string{keyFile, logFile} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return fmt.Errorf("cannot make the signer's folder: %w", err)
		}
	}
	_, err := os.Stat(logFile)
	key, err := loadKey(keyFile, errors.Is(err, fs.ErrNotExist))
	if errors.Is(err, keyfile.ErrMissing) {
		return fmt.Errorf("%w: put it back from a copy, and see that its folder is mounted; if it is lost, move %s away (every cabinet then has to join again)", err, logFile)
	}
	if err != nil {
		return err
	}
	file, err := os.OpenFile(logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("cannot open the signer's log: %w", err)
	}
	defer file.Close()
	listener, err := listen(socket)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           New(key, caps, slog.New(slog.NewJSONHandler(file, nil))),
		ReadHeaderTimeout: 5 * time.Second,
		ErrorLog:          slog.NewLogLogger(slog.NewJSONHandler(io.Discard, nil), slog.LevelError),
	}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("signer stopped: %w", err)
	}
	return nil
}

// listen makes the socket for this user and group: as a service of its own the signer has a group that the
// information system is in. One that a dead signer left behind is removed; a live one
// is an error.
func listen(socket string) (net.Listener, error) {
	if conn, err := net.Dial("unix", socket); err == nil {
		conn.Close()
		return nil, fmt.Errorf("cannot serve on %s: another signer does", socket)
	}
	if err := os.Remove(socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cannot remove an old socket: %w", err)
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return nil, fmt.Errorf("cannot listen: %w", err)
	}
	if err := os.Chmod(socket, 0o660); err != nil {
		listener.Close()
		return nil, fmt.Errorf("cannot protect the socket: %w", err)
	}
	return listener, nil
}

// loadKey reads an Ed25519 seed, or makes one when fresh says that nothing was signed yet.
func loadKey(path string, fresh bool) (ed25519.PrivateKey, error) {
	seed, err := keyfile.Open(path, fresh, func() ([]byte, error) {
		seed := make([]byte, ed25519.SeedSize)
		rand.Read(seed)
		return seed, nil
	})
	if err != nil {
		return nil, fmt.Errorf("cannot open the signer's key: %w", err)
	}
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("cannot use %s: a key has %d bytes, this file has %d", path, ed25519.SeedSize, len(seed))
	}
	return ed25519.NewKeyFromSeed(seed), nil
}
