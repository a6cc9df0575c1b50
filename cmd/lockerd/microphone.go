package main

import (
	"context"
	"errors"
	"time"

	"lockerd/controller"
	"lockerd/drivers/microphone"
	"lockerd/matcher"
)

const (
	hush      = 400 * time.Millisecond  // for which the microphone is deaf, since a spoken prompt may still sound
	listenFor = 10 * time.Second        // how long a person has to say eight digits
	endOfTalk = 1100 * time.Millisecond // of quiet after them
)

// speech makes a microphone the controller's sensor.
type speech struct{ microphone microphone.Microphone }

// Kind returns matcher.Voice.
func (v speech) Kind() matcher.Kind { return matcher.Voice }

// Capture records what is said, until it has been said.
func (v speech) Capture(ctx context.Context, _ controller.Purpose, seen func(controller.Progress)) (matcher.Sample, error) {
	select {
	case <-ctx.Done():
		return matcher.Sample{}, ctx.Err()
	case <-time.After(hush):
	}
	heard := false
	pcm, err := v.microphone.Listen(ctx, listenFor, endOfTalk, func(fraction, level float64) {
		heard = heard || level > 0.05
		seen(controller.Progress{Touched: heard, Fraction: fraction, Level: level})
	})
	if err != nil {
		return matcher.Sample{}, errors.Join(controller.ErrSensorGone, err)
	}
	if err := microphone.Judge(pcm); err != nil {
		clear(pcm)
		return matcher.Sample{}, &matcher.QualityError{Advice: adviceOf(err), Detail: err.Error()}
	}
	return matcher.Sample{Kind: matcher.Voice, Bytes: pcm, Rate: microphone.Rate}, nil
}

func adviceOf(err error) matcher.Advice {
	switch {
	case errors.Is(err, microphone.ErrClipped):
		return matcher.SpeakSofter
	case errors.Is(err, microphone.ErrNoisy):
		return matcher.TooNoisy
	}
	return matcher.SpeakLouder
}
