package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"lockerd/controller"
)

// screen is a browser at the touchscreen, without the picture: it follows the views that the kiosk sends
// and answers them.
type screen struct {
	base   string
	client *http.Client
	close  context.CancelFunc

	mu      sync.Mutex
	view    view
	changed chan struct{} // closed when the view changes
}

// view is what is shown.
type view struct {
	number uint64
	screen controller.Screen
	slot   int
	text   string // what a person reads
	prompt string // the digits to say
}

// watchScreen loads the page at entry, which sets the cookie, and follows the views.
func watchScreen(ctx context.Context, base, entry string) (*screen, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &screen{base: base, client: &http.Client{Jar: jar}, close: cancel, changed: make(chan struct{})}
	stream, err := s.connect(ctx, entry)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("cannot reach the touchscreen: %w", err)
	}
	go s.follow(stream)
	return s, nil
}

func (s *screen) connect(ctx context.Context, entry string) (io.ReadCloser, error) {
	page, err := s.client.Get(s.base + entry)
	if err != nil {
		return nil, err
	}
	page.Body.Close()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/view", nil)
	if err != nil {
		return nil, err
	}
	response, err := s.client.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, errors.New(response.Status)
	}
	return response.Body, nil
}

// follow reads server-sent events until the stream ends.
func (s *screen) follow(stream io.ReadCloser) {
	defer stream.Close()
	lines := bufio.NewReader(stream)
	var fragment bytes.Buffer
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		switch data, isData := strings.CutPrefix(line, "data: "); {
		case isData:
			fragment.WriteString(data)
		case line == "\n" && fragment.Len() > 0:
			s.show(parseView(fragment.String()))
			fragment.Reset()
		}
	}
}

var (
	viewHead = regexp.MustCompile(`class="screen[a-z ]* screen-([a-z-]+)" data-view="(\d+)"`)
	openSlot = regexp.MustCompile(`class="huge">(\d+)<`)
	toSay    = regexp.MustCompile(`<b>(\d)<small>`)
	mainPart = regexp.MustCompile(`(?s)<main>(.*)</main>`)
	tags     = regexp.MustCompile(`(?s)<[^>]*>`)
)

func parseView(fragment string) view {
	var v view
	if head := viewHead.FindStringSubmatch(fragment); head != nil {
		v.screen = controller.Screen(head[1])
		v.number, _ = strconv.ParseUint(head[2], 10, 64)
	}
	if slot := openSlot.FindStringSubmatch(fragment); slot != nil {
		v.slot, _ = strconv.Atoi(slot[1])
	}
	for _, digit := range toSay.FindAllStringSubmatch(fragment, -1) {
		v.prompt += digit[1]
	}
	if part := mainPart.FindStringSubmatch(fragment); part != nil {
		v.text = strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(part[1], " "))), " ")
	}
	return v
}

func (s *screen) show(v view) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.view = v
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *screen) now() (view, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view, s.changed
}

// sees waits for one of the screens.
func (s *screen) sees(ctx context.Context, wanted ...controller.Screen) (view, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for {
		v, changed := s.now()
		for _, w := range wanted {
			if v.screen == w {
				return v, nil
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return v, fmt.Errorf("the touchscreen shows %q (%s), not %v", v.screen, v.text, wanted)
		}
	}
}

// does answers the view that is shown.
func (s *screen) does(act controller.Act, text string) error {
	v, _ := s.now()
	body, err := json.Marshal(map[string]any{"view": v.number, "act": act, "text": text})
	if err != nil {
		return err
	}
	response, err := s.client.Post(s.base+"/answer", "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		reason, _ := io.ReadAll(response.Body)
		return fmt.Errorf("%s %q at %s: %s: %s", act, text, v.screen, response.Status, bytes.TrimSpace(reason))
	}
	return nil
}

// at waits for a screen and answers it, then waits until something else is shown.
func (s *screen) at(ctx context.Context, want controller.Screen, act controller.Act, text string) error {
	v, err := s.sees(ctx, want)
	if err != nil {
		return err
	}
	if err := s.does(act, text); err != nil {
		return err
	}
	if _, err = s.after(ctx, v); err != nil {
		return fmt.Errorf("%s: %w", act, err)
	}
	return nil
}

// after waits until something else than v is shown.
func (s *screen) after(ctx context.Context, v view) (view, error) {
	for deadline := time.After(20 * time.Second); ; {
		now, changed := s.now()
		if now.number != v.number {
			return now, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return now, ctx.Err()
		case <-deadline:
			return now, fmt.Errorf("the touchscreen still shows %q (%s)", v.screen, now.text)
		}
	}
}
