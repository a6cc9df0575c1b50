package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/term"

	"lockerd/drivers/uart"
)

// leaveKey ends an attached console: Ctrl-].
const leaveKey = 0x1d

// attachConsole joins this terminal to the technician's side of the sandbox's serial console.
func attachConsole(ctx context.Context, args []string) error {
	cfg, err := settings("console", args)
	if err != nil {
		return err
	}
	port, err := uart.Open(filepath.Join(cfg.Dir, "console"), cfg.Console.Baud)
	if err != nil {
		return fmt.Errorf("cannot reach the console (is the sandbox running?): %w", err)
	}
	defer port.Close()
	context.AfterFunc(ctx, func() { port.Close() })
	if in := int(os.Stdin.Fd()); term.IsTerminal(in) {
		before, err := term.MakeRaw(in)
		if err != nil {
			return fmt.Errorf("cannot set up this terminal: %w", err)
		}
		defer term.Restore(in, before)
		fmt.Print("attached to the serial console; Ctrl-] leaves\r\n")
	}
	ended := make(chan error, 2)
	go func() { ended <- copyKeys(port, os.Stdin) }()
	go func() {
		_, err := io.Copy(os.Stdout, port)
		ended <- err
	}()
	if _, err := port.Write([]byte("\r")); err != nil {
		return err
	}
	if err := <-ended; err != nil && ctx.Err() == nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("the console is gone: %w", err)
	}
	return nil
}

// copyKeys hands on what is typed until the leave key or the end of the input.
func copyKeys(to io.Writer, from io.Reader) error {
	var keys [256]byte
	for {
		n, err := from.Read(keys[:])
		if i := bytes.IndexByte(keys[:n], leaveKey); i >= 0 {
			return nil
		}
		if _, err := to.Write(keys[:n]); err != nil {
			return err
		}
		if err != nil {
			return err
		}
	}
}
