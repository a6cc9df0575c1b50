package sandbox_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"lockerd/drivers/microphone"
	"lockerd/drivers/sandbox"
	"lockerd/matcher/voice/synthetic"
)

// hears records until the speaker has stopped, and returns what lies between the silences around it.
func hears(t *testing.T, c *sandbox.Cabinet) []byte {
	t.Helper()
	pcm, err := c.Microphone().Listen(t.Context(), 9*time.Second, 400*time.Millisecond, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := microphone.Judge(pcm); err != nil {
		t.Errorf("what was recorded cannot be used: %v", err)
	}
	return bytes.Trim(pcm, "\x00")
}

// A voice is heard as it was said, by arecord where it is installed; it says nothing twice the same way, over
// restarts, too; only what is said again is.
func TestSay(t *testing.T) {
	t.Parallel() // it takes the time that speaking takes
	options := sandbox.Options{Dir: t.TempDir()}
	c, stop := start(t, options)
	if _, err := c.Words("say again"); err == nil {
		t.Error("something was said again before anything was said")
	}
	say(t, c, "say ada 402")
	first := hears(t, c)
	if least := len(synthetic.New(1).Say("402", microphone.Rate, 1)) / 2; len(first) < least {
		t.Errorf("%d bytes were heard of three digits, want %d at least", len(first), least)
	}
	say(t, c, "say again")
	if !bytes.Equal(hears(t, c), first) {
		t.Error("what was said again sounds otherwise")
	}
	say(t, c, "say ada 402")
	second := hears(t, c)
	stop()
	c, _ = start(t, options)
	say(t, c, "say again")
	if !bytes.Equal(hears(t, c), second) {
		t.Error("what was said again after a restart sounds otherwise")
	}
	say(t, c, "say ada 402")
	third := hears(t, c)
	if bytes.Equal(first, second) || bytes.Equal(second, third) || bytes.Equal(first, third) {
		t.Error("a voice says the same twice in the same way")
	}
	for _, words := range []string{"say ada forty", "say nobody.wav", "say"} {
		if _, err := c.Words(words); err == nil {
			t.Errorf("%q is done", words)
		}
	}
}

// A microphone that is pulled out while it records is gone; plugged in again, it hears.
func TestMicrophonePulledOut(t *testing.T) {
	t.Parallel()
	c, _ := start(t, sandbox.Options{})
	heard := func(fraction, _ float64) {
		if fraction > 0.1 {
			c.Words("unplug microphone")
		}
	}
	if _, err := c.Microphone().Record(t.Context(), 3*time.Second, heard); !errors.Is(err, microphone.ErrGone) {
		t.Errorf("pulled out: %v, want %v", err, microphone.ErrGone)
	}
	if _, err := c.Microphone().Record(t.Context(), time.Second, nil); !errors.Is(err, microphone.ErrGone) {
		t.Errorf("not there: %v, want %v", err, microphone.ErrGone)
	}
	say(t, c, "plug microphone")
	say(t, c, "say bo 1234")
	hears(t, c)
}
