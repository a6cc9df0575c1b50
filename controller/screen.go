package controller

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"lockerd/matcher"
)

// session is one person at the screen, from the first touch until it goes home. Its place in the code is
// its state; its context is its end.
type session struct {
	c        *Controller
	language string
	large    bool   // text
	courier  bool   // somebody signed in as one
	scanned  string // a parcel that was scanned before its list was shown
	tried    []Slot // opened for the parcel at hand, which goes into another one
	tally    tally
}

// input is what ended a wait at the screen: an answer, a sample, an error of capture, or a door.
type input struct {
	answer  Answer
	sample  matcher.Sample
	err     error         // a *matcher.QualityError of the capture
	shut    bool          // the door that was waited for is shut
	silent  bool          // its switch does not answer any more
	arrived bool          // the parcel that was announced is here, or never will be
	expired bool          // what was shown is too old to be answered
	left    time.Duration // of the view's patience
}

// source waits for one input beside the screen's answers, under the number of the view that is shown.
// It returns false when ctx ended first.
type source func(ctx context.Context, view uint64) (input, bool)

// Errors that end a session's flow and lead home.
var (
	errLeft = errors.New("left")
	errIdle = errors.New("nobody answered")
	// errSignedOut ends a courier's work, where errLeft ends one task of it.
	errSignedOut = fmt.Errorf("signed out: %w", errLeft)
)

// ErrOldView is returned for an answer to a view that is not shown any more.
var ErrOldView = errors.New("the screen shows something else by now")

// Answer takes what a person did at the screen or keypad. It returns at once.
func (c *Controller) Answer(a Answer) error {
	c.mu.Lock()
	current := c.view.Number
	c.mu.Unlock()
	if a.View != 0 && a.View != current {
		return ErrOldView
	}
	a.View = current
	select {
	case c.answers <- a:
		return nil
	default:
		return ErrBusy
	}
}

// serve shows the home screen and carries out what the next person begins.
func (c *Controller) serve(ctx context.Context) {
	s := &session{c: c, language: c.parts.Language}
	home := View{Screen: Home, Offers: c.offers(direct), Again: c.again()}
	in, err := s.ask(ctx, home, c.sensing(ToCompare, direct...)...)
	if err != nil {
		return
	}
	if in.answer.Act != ActReopen {
		c.noneAgain()
	}
	c.begun()
	switch in.answer.Act {
	case ActReopen:
		err = s.openAgain(ctx, in.answer.Text)
	case ActDropOff, ActScan:
		err = s.dropOff(ctx, in.answer.Text)
	case ActEnrol:
		err = s.enrol(ctx)
	default:
		err = s.PickUpStep(ctx, in)
	}
	if err == nil || errors.Is(err, errLeft) || errors.Is(err, errIdle) || ctx.Err() != nil {
		return
	}
	c.log.Error("somebody at the screen could not be served", "err", err)
	s.courier = false // what is told now leads home
	s.tell(ctx, View{Screen: Message, Note: CannotStore})
}

// ask shows the view, listens to the sources, and returns the first thing that comes: an answer to this
// view or a source's input. The other sources are cancelled and awaited. No answer within the view's patience is
// errIdle, ActBack is errLeft; the home screen has no patience and cannot be left.
func (s *session) ask(ctx context.Context, v View, sources ...source) (input, error) {
	if v.Screen != Home && v.Patience == 0 {
		v.Patience = s.c.times.Patience
	}
	v = s.show(v)
	captured, stop := listen(ctx, v.Number, sources)
	defer func() {
		defer s.c.beatMeanwhile()()
		stop()
	}()
	left := cmp.Or(v.Left, v.Patience)
	idle, ends := time.NewTimer(left), time.Now().Add(left)
	defer idle.Stop()
	if v.Patience == 0 {
		idle.Stop()
	}
	for {
		select {
		case <-ctx.Done():
			return input{}, ctx.Err()
		case <-idle.C:
			return input{}, errIdle
		case s.c.beat <- struct{}{}:
		case in := <-captured:
			in.left = time.Until(ends)
			return in, nil
		case a := <-s.c.answers:
			if a.View != v.Number {
				continue // it was meant for a screen before
			}
			a = s.c.shown().meant(a)
			if v.Patience > 0 {
				idle.Reset(v.Patience)
				ends = time.Now().Add(v.Patience)
			} else if a.Act == ActLanguage || a.Act == ActText { // whoever did may walk away from the home screen
				idle.Reset(s.c.times.Patience)
			} else if a.Act == ActHelp { // whoever did reads, and may walk away, too
				idle.Reset(2 * s.c.times.Patience)
			}
			if done, err := s.take(a); done || err != nil {
				return input{answer: a}, err
			}
		}
	}
}

// take deals with the acts that every screen knows and tells whether the act is for the flow.
func (s *session) take(a Answer) (bool, error) {
	switch a.Act {
	case ActLanguage:
		typed := s.c.shown().Digits
		if s.language = a.Text; a.Text == "" {
			s.language, typed = s.c.languageAfter(s.c.shown().Language), 0
		}
		s.c.reshow(func(v *View) { v.Language, v.Digits = s.language, typed })
		return false, nil
	case ActText:
		typed := s.c.shown().Digits
		if s.large = a.Text == "large" || a.Text == "" && !s.large; a.Text == "" {
			typed = 0
		}
		s.c.reshow(func(v *View) { v.Large, v.Digits = s.large, typed })
		return false, nil
	case ActTyping:
		digits, _ := strconv.Atoi(a.Text)
		s.c.reshow(func(v *View) { v.Digits = digits })
		return false, nil
	case ActMore:
		s.c.reshow(func(*View) {})
		return false, nil
	case ActHelp:
		s.c.reshow(func(v *View) { v.Help, v.Digits = !v.Help, 0 })
		return false, nil
	case ActBack:
		return true, errLeft
	}
	return true, nil
}

// languageAfter returns the display's next language, for a keypad, which has no button for each.
func (c *Controller) languageAfter(tag string) string {
	all := c.parts.Languages
	if len(all) == 0 {
		return tag
	}
	return all[(slices.Index(all, tag)+1)%len(all)]
}

// say shows a sentence until it is tapped away or nobody answers.
func (s *session) say(ctx context.Context, v View) error {
	_, err := s.ask(ctx, v)
	return ignoreIdle(err)
}

// ignoreIdle makes an unanswered or dismissed message no error.
func ignoreIdle(err error) error {
	if errors.Is(err, errIdle) || errors.Is(err, errLeft) {
		return nil
	}
	return err
}

// tell shows a last word for a moment, or until it is tapped away.
func (s *session) tell(ctx context.Context, v View) {
	v.Patience = max(v.Patience, s.c.times.Done)
	s.ask(ctx, v)
}

// Beat gives a value whenever the loop at the screen goes round, for a watchdog: a loop that hangs in a
// driver or a lock gives none.
func (c *Controller) Beat() <-chan struct{} { return c.beat }

// show shows a view as the person at the screen wants it.
func (s *session) show(v View) View {
	v.Language, v.Large, v.Staff = s.language, s.large, s.courier
	return s.c.show(v)
}

// show numbers a view, fills in what every view has, and shows it.
func (c *Controller) show(v View) View {
	look := c.look(&v)
	c.mu.Lock()
	v.Number = c.view.Number + 1
	overtaken := look < c.drawn // the view before showed the doors as they were seen later
	c.view, c.drawn = v, look
	c.parts.Display.Show(v)
	c.mu.Unlock()
	if overtaken {
		c.refresh()
	}
	return v
}

// reshow draws the view that is shown again, changed; its number stays, so that answers still fit.
func (c *Controller) reshow(change func(*View)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.view)
	c.parts.Display.Show(c.view)
}

// shown returns the view that is shown now.
func (c *Controller) shown() View {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.view
}

// listen waits for every source until stop is called or ctx ends; stop waits until all have ended.
func listen(ctx context.Context, view uint64, sources []source) (<-chan input, func()) {
	ctx, cancel := context.WithCancel(ctx)
	heard := make(chan input)
	var running sync.WaitGroup
	for _, wait := range sources {
		running.Go(func() {
			in, ok := wait(ctx, view)
			if !ok {
				return
			}
			select {
			case heard <- in:
			case <-ctx.Done():
				in.sample.Zero()
			}
		})
	}
	return heard, func() { cancel(); running.Wait() }
}
