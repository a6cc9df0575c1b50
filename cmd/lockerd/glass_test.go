package main

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"lockerd/controller"
)

// glass is the touchscreen's page in a real Chromium. Stories that begin with "in a browser" touch it:
//
//	in a browser [WIDTHxHEIGHT]    opens the page, on 1024x600
//	press ACT [TEXT]               the button of that act; "press twice" does so as fast as a machine can
//	press digits DIGITS            keys of the number pad, and OK
//	press NAME's code              the same with the code that was sent
//	draw DOTS                      a pattern with the finger, for example 0158
//	reload                         loads the page anew
//	keep NAME                      a picture into the folder KIOSK_SHOTS, where that is set
//	tapped N                       so many taps so far, digits not counted; then counts from 0
type glass struct {
	page context.Context
	name string // of the story, for its pictures
	taps int
}

// inABrowser opens the page of the cabinet that runs.
func (s *story) inABrowser(rest string) error {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		s.t.Skip("skipped: there is no chromium here (Debian: apt-get install chromium)")
	}
	width, height := int64(1024), int64(600)
	if rest != "" {
		if _, err := fmt.Sscanf(rest, "%dx%d", &width, &height); err != nil {
			return err
		}
	}
	server := httptest.NewServer(s.d.kiosk)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser), chromedp.NoSandbox,
		chromedp.UserDataDir(s.t.TempDir()), chromedp.Flag("disable-component-update", true), chromedp.WSURLReadTimeout(time.Minute))
	ctx, stop := chromedp.NewExecAllocator(s.t.Context(), options...)
	ctx, cancel := chromedp.NewContext(ctx)
	s.t.Cleanup(func() { cancel(); stop(); server.CloseClientConnections(); server.Close() })
	s.glass = &glass{page: ctx, name: strings.ReplaceAll(strings.TrimPrefix(s.t.Name(), "TestStories/"), "/", ".")}
	// The browser lives as long as the context that starts it.
	return chromedp.Do(ctx, chromedp.EmulateViewport(width, height), chromedp.Navigate(server.URL))
}

// do carries out actions within the patience of stories.
func (g *glass) do(actions ...chromedp.Action[chromedp.Void]) error {
	ctx, cancel := context.WithTimeout(g.page, patience)
	defer cancel()
	return chromedp.Do(ctx, actions...)
}

// touch clicks what a selector finds once it can be seen and nothing covers it: all at once, since a mouse button
// that is let go after a redraw clicks nothing.
const touch = `((selector) => {
	const button = document.querySelector(selector);
	if (!button || button.disabled) return false;
	button.scrollIntoView({block: "nearest"});
	const box = button.getBoundingClientRect();
	if (!button.contains(document.elementFromPoint(box.x + box.width/2, box.y + box.height/2))) return false;
	button.click();
	return true;
})(%q)`

// click taps what a selector finds.
func (g *glass) click(selector string) error {
	return g.do(chromedp.Poll[chromedp.Void](fmt.Sprintf(touch, selector)))
}

// shows waits until the page has the newest view, and remembers that view as answered.
func (s *story) shows() error {
	if s.glass == nil {
		return errors.New(`say "in a browser" first`)
	}
	return eventually(func() error {
		v, _ := s.screen.now()
		s.answers = v.Number
		ctx, cancel := context.WithTimeout(s.glass.page, patience)
		defer cancel()
		there, err := chromedp.Run(ctx, chromedp.Evaluate[bool](fmt.Sprintf(`document.querySelector('[data-view="%d"]') !== null`, v.Number)))
		if err == nil && !there {
			err = fmt.Errorf("the page does not show %s", describe(v))
		}
		return err
	})
}

// pressed touches what the words name.
func (s *story) pressed(rest string, times int) error {
	if err := s.shows(); err != nil {
		return err
	}
	if name, ok := strings.CutSuffix(rest, "'s code"); ok {
		rest = "digits " + s.post.code(controller.ParcelID(s.newest[name]))
	}
	act, text, _ := strings.Cut(rest, " ")
	if act == "digits" {
		for _, digit := range text {
			if err := s.glass.click(fmt.Sprintf(`[data-digit="%c"]`, digit)); err != nil {
				return err
			}
		}
		s.glass.taps++
		return s.glass.click(`[data-send]`)
	}
	button := fmt.Sprintf(`main [data-act="%s"], footer [data-act="%s"], header [data-act="%s"]`, act, act, act)
	if text != "" {
		button = fmt.Sprintf(`[data-act="%s"][data-text="%s"]`, act, text)
	}
	s.glass.taps++
	if times == 1 {
		return s.glass.click(button)
	}
	return s.glass.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`for (let i = 0; i < %d; i++) document.querySelector(%q).click()`, times, button)))
}

// drawn moves a finger over the dots of a pattern.
func (s *story) drawn(dots string) error {
	if err := s.shows(); err != nil {
		return err
	}
	places, err := chromedp.Run(s.glass.page, chromedp.Evaluate[[]struct{ X, Y float64 }](`[...document.querySelectorAll(".dot")].map((d) => {
		const box = d.getBoundingClientRect(); return {X: box.x + box.width/2, Y: box.y + box.height/2} })`))
	if err != nil || len(places) != 9 {
		return fmt.Errorf("%d dots are on the screen: %w", len(places), err)
	}
	s.glass.taps++
	kind := input.DispatchMouseEventTypeMousePressed
	for _, dot := range dots {
		at := places[dot-'0']
		if err := s.glass.do(chromedp.MouseEvent(kind, at.X, at.Y, chromedp.ButtonLeft)); err != nil {
			return err
		}
		kind = input.DispatchMouseEventTypeMouseMoved
	}
	last := places[dots[len(dots)-1]-'0']
	return s.glass.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseReleased, last.X, last.Y, chromedp.ButtonLeft))
}

func (s *story) reload(string) error {
	return errors.Join(s.glass.do(chromedp.Reload()), s.shows())
}

// keep writes a picture of the page, once it shows what is to be shown.
func (s *story) keep(name string) error {
	folder, answered := os.Getenv("KIOSK_SHOTS"), s.answers
	err := s.shows()
	s.answers = answered
	if err != nil || folder == "" {
		return err
	}
	picture, err := chromedp.Run(s.glass.page, chromedp.CaptureScreenshot())
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, s.glass.name+"."+name+".png"), picture, 0o644)
}

func (s *story) tappedSoFar(rest string) error {
	want, err := strconv.Atoi(rest)
	if err == nil && s.glass.taps != want {
		err = fmt.Errorf("it were %d taps", s.glass.taps)
	}
	s.glass.taps = 0
	return err
}
