package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"strings"

	"lockerd/drivers/fingerprint/fingerprinttest"
	"lockerd/drivers/sandbox"
)

// sandboxWords hands one line of words to the running sandbox and prints its answer.
func sandboxWords(ctx context.Context, args []string) error {
	line, err := parse(flag.NewFlagSet("lockerd sandbox", flag.ContinueOnError), args)
	if err != nil {
		return err
	}
	if len(line.words) == 0 {
		return errors.New(`which words? For example: lockerd sandbox "finger ada", or: lockerd sandbox help`)
	}
	cfg, err := line.settings()
	if err != nil {
		return err
	}
	if cfg.Front.Listen == "" {
		return errors.New("these settings have no sandbox: front.listen is not set")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+cfg.Front.Listen+"/words", strings.NewReader(strings.Join(line.words, " ")))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "text/plain")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("cannot reach the sandbox (is it running?): %w", err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err != nil {
		return err
	}
	if text := strings.TrimSpace(string(answer)); response.StatusCode != http.StatusOK {
		return errors.New(text)
	} else {
		fmt.Println(text)
	}
	return nil
}

// serveModule serves the emulated fingerprint module alone, for outside clients.
func serveModule(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("lockerd sandbox module", flag.ContinueOnError)
	link := flags.String("link", "", "path of the symbolic link to the module's terminal")
	modelName := flags.String("model", string(fingerprinttest.R307), "r307 or r503")
	pace := flags.Bool("pace", false, "as slow as a real module")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *link == "" || flags.NArg() > 0 {
		return errors.New("where? lockerd sandbox module -link PATH [-model r307|r503] [-pace]")
	}
	model, err := fingerprinttest.ParseModel(*modelName)
	if err != nil {
		return err
	}
	return sandbox.ServeModule(ctx, *link, model, *pace, func() {
		fmt.Printf("the emulated %s answers at %s; Ctrl-C ends it\n", model, *link)
	})
}
