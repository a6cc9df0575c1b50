package fingerprint_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/drivers/fingerprint"
	"lockerd/drivers/fingerprint/fingerprinttest"
)

// cable is a serial line whose host end has a speed.
type cable struct {
	net.Conn
	baud *atomic.Int64
}

func (c cable) SetBaud(baud int) error { c.baud.Store(int64(baud)); return nil }
func (c cable) Baud() int              { return int(c.baud.Load()) }

// A module of any speed of the family is found, in a bounded time, and found again after it was gone.
func TestOtherSpeed(t *testing.T) {
	for _, model := range []fingerprinttest.Model{fingerprinttest.R503, fingerprinttest.R307} {
		for _, baud := range []int{9600, 19200, 38400, 57600, 115200} {
			t.Run(fmt.Sprintf("%s at %d baud", model, baud), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { findSpeed(t, model, baud) })
			})
		}
	}
}

// findSpeed finds a module of a real one's pace at its speed, changes that, and finds it again.
func findSpeed(t *testing.T, model fingerprinttest.Model, baud int) {
	flash := fingerprinttest.NewFlash()
	flash.Baud = baud / 9600
	emulated := fingerprinttest.New(fingerprinttest.Options{Model: model, Flash: &flash, Pace: true})
	host, module := net.Pipe()
	speed := new(atomic.Int64)
	speed.Store(57600)
	go emulated.Serve(t.Context(), cable{module, speed})
	defer host.Close()
	m := fingerprint.New(cable{host, speed}, fingerprint.Options{})
	time.Sleep(time.Second)                                       // it has begun to listen
	emulated.Delay(fingerprint.ReadSysPara, 250*time.Millisecond) // some think for so long, at any speed
	begun := time.Now()
	info, err := m.Handshake(t.Context())
	if err != nil || info.Baud != baud || speed.Load() != int64(baud) {
		t.Fatalf("%d baud: %+v, %v", baud, info, err)
	}
	if took := time.Since(begun); took > 4*time.Second {
		t.Errorf("%d baud: found after %v", baud, took)
	}
	if err := m.SetBaud(t.Context(), 115200); err != nil {
		t.Fatal(err)
	}
	emulated.Fail(fingerprinttest.Silent)
	if _, err := m.Parameters(t.Context()); !errors.Is(err, fingerprint.ErrGone) {
		t.Errorf("silent: %v", err)
	}
	emulated.Fail(fingerprinttest.NoFault)
	begun = time.Now()
	if _, err := m.Handshake(t.Context()); err != nil || speed.Load() != 115200 {
		t.Errorf("back: %v at %d baud", err, speed.Load())
	}
	if took := time.Since(begun); took > time.Second {
		t.Errorf("back after %v", took)
	}
}

// A module that was unplugged from a port that does not tell, as the Pi's own serial port, is gone when it is
// silent, and back soon after it was plugged in; whoever needs it asks again after a second, as the cabinet does.
func TestSilentAndBack(t *testing.T) {
	var worst, silent time.Duration
	for phase := time.Duration(0); phase < 6*time.Second; phase += 70 * time.Millisecond {
		synctest.Test(t, func(t *testing.T) {
			emulated := fingerprinttest.New(fingerprinttest.Options{Model: fingerprinttest.R503, Pace: true})
			host, module := net.Pipe()
			speed := new(atomic.Int64)
			ctx, stop := context.WithCancel(t.Context())
			var serving sync.WaitGroup
			defer serving.Wait()
			defer host.Close()
			defer stop()
			serving.Go(func() { emulated.Serve(ctx, cable{module, speed}) })
			m := fingerprint.New(cable{host, speed}, fingerprint.Options{})
			if err := m.Look(ctx); !errors.Is(err, fingerprint.ErrNoFinger) {
				t.Fatal(err)
			}
			emulated.Fail(fingerprinttest.Silent)
			pulled := time.Now()
			if err := m.Look(ctx); !errors.Is(err, fingerprint.ErrGone) {
				t.Errorf("silent: %v", err)
			}
			silent = max(silent, time.Since(pulled))
			serving.Go(func() {
				time.Sleep(phase)
				emulated.Fail(fingerprinttest.NoFault)
			})
			plugged := time.Now().Add(phase)
			for errors.Is(m.Look(ctx), fingerprint.ErrGone) {
				time.Sleep(time.Second)
			}
			worst = max(worst, time.Since(plugged))
		})
	}
	t.Logf("seen after %v, back after at most %v", silent, worst)
	if silent > 3*time.Second || worst > 2*time.Second {
		t.Errorf("seen after %v, back after at most %v", silent, worst)
	}
}

// A module that is silent at first, because it gets its power late or was plugged in after the start, or that thinks for
// long about the first question, is found soon after it can answer, whatever was tried by then; whoever needs it asks
// again after a second, as the cabinet does.
func TestLateAtTheStart(t *testing.T) {
	for name, late := range map[string]struct {
		begin func(emulated *fingerprinttest.Module, by time.Duration)
		limit time.Duration
	}{
		"silent": {func(emulated *fingerprinttest.Module, by time.Duration) {
			emulated.Fail(fingerprinttest.Silent)
			time.AfterFunc(by, func() { emulated.Fail(fingerprinttest.NoFault) })
		}, 3 * time.Second},
		"its first answer takes long": {func(emulated *fingerprinttest.Module, by time.Duration) {
			emulated.Delay(fingerprint.ReadSysPara, by)
		}, 7 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			var worst time.Duration
			for by := 100 * time.Millisecond; by < 15*time.Second; by += 130 * time.Millisecond {
				synctest.Test(t, func(t *testing.T) { worst = max(worst, foundAfter(t, by, late.begin)) })
			}
			t.Logf("found at most %v after it could answer", worst)
			if worst > late.limit {
				t.Errorf("found %v after it could answer", worst)
			}
		})
	}
}

// foundAfter is how long it takes to find a module that can answer only after a while.
func foundAfter(t *testing.T, by time.Duration, begin func(*fingerprinttest.Module, time.Duration)) time.Duration {
	emulated := fingerprinttest.New(fingerprinttest.Options{Model: fingerprinttest.R307, Pace: true})
	host, module := net.Pipe()
	defer host.Close()
	speed := new(atomic.Int64)
	begin(emulated, by)
	able := time.Now().Add(by)
	go emulated.Serve(t.Context(), cable{module, speed})
	m := fingerprint.New(cable{host, speed}, fingerprint.Options{})
	for {
		_, err := m.Parameters(t.Context())
		if err == nil {
			return time.Since(able)
		}
		gone := errors.Is(err, fingerprint.ErrGone) || errors.Is(err, fingerprint.ErrGarbled)
		if !gone || time.Since(able) > time.Minute {
			t.Fatalf("late by %v: %v", by, err)
		}
		time.Sleep(time.Second)
	}
}

// Without a module every attempt ends soon, and says at which speeds nothing answered.
func TestNobodyThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host, other := net.Pipe()
		defer host.Close()
		go io.Copy(io.Discard, other)
		m := fingerprint.New(cable{host, new(atomic.Int64)}, fingerprint.Options{})
		begun := time.Now()
		_, err := m.Handshake(t.Context())
		if !errors.Is(err, fingerprint.ErrGone) || !strings.Contains(err.Error(), "115200") {
			t.Errorf("nobody there: %v", err)
		}
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("known after %v", took)
		}
	})
}

// A port at which something talks without end, a module of another make or noise, is given up in a bounded
// time and memory.
func TestNoiseWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host, other := net.Pipe()
		defer host.Close()
		ctx, stop := context.WithCancel(t.Context())
		var talking sync.WaitGroup
		defer talking.Wait()
		defer other.Close()
		defer stop()
		talking.Go(func() { io.Copy(io.Discard, other) })
		talking.Go(func() {
			random := rand.New(rand.NewPCG(1, 2))
			for ctx.Err() == nil {
				b := make([]byte, 64)
				for i := range b {
					b[i] = byte(random.Uint32())
				}
				other.Write(b)
				time.Sleep(11 * time.Millisecond) // 57600 baud
			}
		})
		m := fingerprint.New(cable{host, new(atomic.Int64)}, fingerprint.Options{})
		begun := time.Now()
		_, err := m.Handshake(t.Context())
		if !errors.Is(err, fingerprint.ErrGarbled) {
			t.Errorf("noise: %v", err)
		}
		if took := time.Since(begun); took > 15*time.Second {
			t.Errorf("known after %v", took)
		}
	})
}
