package controller

import (
	"context"
	"errors"
	"slices"
	"time"

	"lockerd/matcher"
)

// sensing returns a source for every sensor of the kinds.
func (c *Controller) sensing(purpose Purpose, kinds ...matcher.Kind) []source {
	var sources []source
	for _, sensor := range c.parts.Sensors {
		if slices.Contains(kinds, sensor.Kind()) && !slices.Contains(c.inForce().Off, sensor.Kind()) {
			sources = append(sources, func(ctx context.Context, view uint64) (input, bool) {
				return c.capture(ctx, view, sensor, purpose)
			})
		}
	}
	return sources
}

// capture waits for a sample, or for a poor one that a person must be told about. A sensor that does not
// answer is noted once and tried again, since it may be plugged in any moment.
func (c *Controller) capture(ctx context.Context, view uint64, sensor Sensor, purpose Purpose) (input, bool) {
	for ctx.Err() == nil {
		missed := false
		sample, err := sensor.Capture(ctx, purpose, func(p Progress) {
			missed = missed || p.Missed
			c.sensorAnswers(sensor.Kind(), true, nil)
			c.progress(view, p)
		})
		if missed && (err != nil || ctx.Err() != nil) { // compared by the module, and taken away before the image came
			if _, err := c.attempt(fingerTries); err != nil && !errors.Is(err, ErrWait) {
				c.log.Error("a finger that the module did not know is not counted", "err", err)
			}
		}
		if err != nil || ctx.Err() != nil { // of a poor capture the error alone counts
			sample.Zero()
		}
		if ctx.Err() != nil {
			break
		}
		var quality *matcher.QualityError
		usable := err == nil || errors.As(err, &quality)
		c.sensorAnswers(sensor.Kind(), usable, err)
		if usable {
			return input{sample: sample, err: err}, true
		}
		pause(ctx, time.Second)
	}
	return input{}, false
}

// Silent lists the kinds whose sensor does not answer now.
func (c *Controller) Silent() []matcher.Kind {
	c.mu.Lock()
	defer c.mu.Unlock()
	var kinds []matcher.Kind
	for _, kind := range matcher.Kinds {
		if c.gone[kind] {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// progress shows how far a capture is, if its view is still the one that is shown.
func (c *Controller) progress(view uint64, p Progress) {
	c.mu.Lock()
	current := c.view.Number
	c.mu.Unlock()
	if current == view {
		c.reshow(func(v *View) { v.Touched, v.Fraction, v.Level = p.Touched, p.Fraction, p.Level })
	}
}

// sensorAnswers notes when a sensor falls silent or comes back, and offers its kind accordingly.
func (c *Controller) sensorAnswers(kind matcher.Kind, answers bool, reason error) {
	c.mu.Lock()
	changed := c.gone[kind] == answers
	c.gone[kind] = !answers
	c.mu.Unlock()
	if !changed {
		return
	}
	what := SensorGone
	if answers {
		what = SensorBack
	} else {
		c.log.Warn("sensor does not answer", "kind", kind, "err", reason)
	}
	c.note(Entry{What: what, Detail: string(kind)})
	c.reshow(func(v *View) {
		v.Offers = slices.DeleteFunc(slices.Clone(v.Offers), func(k matcher.Kind) bool { return k == kind })
		if answers {
			v.Offers = append(v.Offers, kind)
		}
		switch {
		case v.Screen == Home: // it is refreshed
		case answers:
			v.Note = ""
		case kind == matcher.Fingerprint:
			v.Note = SensorMissing
		}
	})
	c.refresh()
}
