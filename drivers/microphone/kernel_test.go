package microphone

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os/exec"
	"testing"
	"time"

	"lockerd/drivers/kerneltest"
)

// loop is the kernel's loopback card: what is played on its first device is recorded from its second.
const loop = "plughw:CARD=Loopback,DEV=1,SUBDEV=0,SUBDEV=0"

func needSound(t *testing.T) {
	t.Helper()
	kerneltest.Need(t)
	for _, program := range []string{"arecord", "aplay"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("skipped: %s is missing (Debian package alsa-utils)", program)
		}
	}
}

// play plays samples again and again until the test ends.
func play(t *testing.T, pcm []byte) {
	t.Helper()
	player := exec.Command("aplay", "-q", "-t", "raw", "-f", "S16_LE", "-r", "16000", "-c", "1", "-D", "plughw:CARD=Loopback,DEV=0,SUBDEV=0")
	player.Stdin = bytes.NewReader(bytes.Repeat(pcm, 60))
	if err := player.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { player.Process.Kill(); player.Wait() })
}

// share is how much of a recording's energy lies at one frequency, 0–1 (Goertzel's sum over 100 ms pieces).
func share(pcm []byte, hertz float64) float64 {
	const piece = Rate / 10
	at, all := 0.0, 0.0
	for start := 0; start+piece <= len(pcm)/2; start += piece {
		var re, im float64
		for i := range piece {
			v := float64(int16(binary.LittleEndian.Uint16(pcm[2*(start+i):])))
			sin, cos := math.Sincos(2 * math.Pi * hertz * float64(i) / Rate)
			re, im, all = re+v*cos, im+v*sin, all+v*v
		}
		at += 2 * (re*re + im*im) / piece
	}
	return at / max(all, 1)
}

// arecord on a real sound card: what is played is what is recorded, at its rate and level.
func TestKernelMicrophone(t *testing.T) {
	needSound(t)
	const hertz = 1000
	second := make([]byte, 2*Rate)
	for i := range Rate {
		v := 8000 * math.Sin(2*math.Pi*hertz*float64(i)/Rate)
		binary.LittleEndian.PutUint16(second[2*i:], uint16(int16(v)))
	}
	play(t, second)
	m := Microphone{Source: Arecord(loop), NoData: 10 * time.Second}
	kerneltest.Until(t, "the tone is heard", func() bool {
		pcm, err := m.Record(t.Context(), time.Second, nil)
		if err != nil { // the loop takes no format while the other side is setting it
			t.Log(err)
			return false
		}
		if len(pcm) != 2*Rate {
			t.Fatalf("%d bytes, want %d", len(pcm), 2*Rate)
		}
		t.Logf("%.3f of the energy at %d Hz, level %.0f", share(pcm, hertz), hertz, rms(pcm))
		return share(pcm, hertz) > 0.9 && math.Abs(rms(pcm)-8000/math.Sqrt2) < 600
	})
}

func TestKernelMicrophoneFaults(t *testing.T) {
	needSound(t)
	m := Microphone{Source: Arecord(loop), NoData: 10 * time.Second}
	pcm, err := m.Record(t.Context(), 500*time.Millisecond, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := Judge(pcm); !errors.Is(err, ErrSilent) {
		t.Errorf("nobody speaks: %v, want %v", err, ErrSilent)
	}
	if _, err := (Microphone{Source: Arecord("plughw:CARD=None")}).Record(t.Context(), time.Second, nil); !errors.Is(err, ErrGone) {
		t.Errorf("a card that is not there: %v, want %v", err, ErrGone)
	}
	heard := make(chan struct{}, 10000)
	first := make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() {
		_, err := m.Record(ctx, time.Minute, func(float64, float64) { heard <- struct{}{} })
		first <- err
	}()
	<-heard
	if _, err := m.Record(t.Context(), time.Second, nil); !errors.Is(err, ErrBusy) {
		t.Errorf("while another program records: %v, want %v", err, ErrBusy)
	}
	stop()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("the first recording: %v, want %v", err, context.Canceled)
	}
}

// A microphone that is unplugged while it records is gone; plugged in again it works.
func TestKernelMicrophoneUnplugged(t *testing.T) {
	needSound(t)
	const driver = "/sys/bus/platform/drivers/snd_aloop"
	m := Microphone{Source: Arecord(loop), NoData: 10 * time.Second}
	for range 3 {
		heard := make(chan struct{}, 10000)
		end := make(chan error, 1)
		go func() {
			_, err := m.Record(t.Context(), time.Minute, func(float64, float64) { heard <- struct{}{} })
			end <- err
		}()
		<-heard
		pulled := time.Now()
		kerneltest.Write(t, "snd_aloop.0", driver, "unbind")
		select {
		case err := <-end:
			if !errors.Is(err, ErrGone) {
				t.Errorf("ended with %v, want %v", err, ErrGone)
			}
			t.Logf("seen %v after it was unplugged", time.Since(pulled).Round(time.Millisecond))
		case <-time.After(10 * time.Second):
			t.Fatal("the recording goes on without a microphone")
		}
		kerneltest.Write(t, "snd_aloop.0", driver, "bind")
	}
}
