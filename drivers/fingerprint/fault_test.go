package fingerprint_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/drivers/fingerprint"
	"lockerd/drivers/fingerprint/fingerprinttest"
)

func TestFaults(t *testing.T) {
	for fault, want := range map[fingerprinttest.Fault]error{
		fingerprinttest.Silent:   fingerprint.ErrGone,
		fingerprinttest.Garbage:  fingerprint.ErrGarbled,
		fingerprinttest.Checksum: fingerprint.ErrGarbled,
		fingerprinttest.Cut:      fingerprint.ErrGone,
		fingerprinttest.Dead:     fingerprint.ErrSensor,
		fingerprinttest.Noise:    nil,
	} {
		t.Run(string(fault), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				emulated, m := connect(t, fingerprinttest.Options{Model: fingerprinttest.R503}, fingerprint.Options{})
				if _, err := m.Handshake(t.Context()); err != nil {
					t.Fatal(err)
				}
				emulated.Put(stripes(5), 0)
				emulated.Fail(fault)
				image, err := m.Capture(t.Context(), fingerprint.Progress{})
				if !errors.Is(err, want) || want != nil && image.Pix != nil {
					t.Errorf("%s: %v, want %v", fault, err, want)
				}
				emulated.Fail(fingerprinttest.NoFault)
				if _, err := m.Capture(t.Context(), fingerprint.Progress{}); err != nil {
					t.Errorf("after %s was repaired: %v", fault, err)
				}
			})
		})
	}
}

func TestPassword(t *testing.T) {
	flash := fingerprinttest.NewFlash()
	flash.Password = 0xC0FFEE
	_, wrong := connect(t, fingerprinttest.Options{Model: fingerprinttest.R307, Flash: &flash}, fingerprint.Options{})
	if err := wrong.Look(t.Context()); !errors.Is(err, fingerprint.ErrPassword) {
		t.Errorf("without the password: %v", err)
	}
	_, right := connect(t, fingerprinttest.Options{Model: fingerprinttest.R307, Flash: &flash}, fingerprint.Options{Password: 0xC0FFEE})
	if err := right.Look(t.Context()); !errors.Is(err, fingerprint.ErrNoFinger) {
		t.Errorf("with the password: %v", err)
	}
}

func TestAddressAndPacketSize(t *testing.T) {
	emulated, m := connect(t, fingerprinttest.Options{Model: fingerprinttest.R503}, fingerprint.Options{})
	for _, size := range []int{32, 64, 256} {
		if err := m.SetPacketSize(t.Context(), size); err != nil {
			t.Fatal(err)
		}
		emulated.Put(stripes(size), 0)
		if _, err := m.Capture(t.Context(), fingerprint.Progress{}); err != nil {
			t.Errorf("packets of %d bytes: %v", size, err)
		}
	}
	if err := m.SetAddress(t.Context(), 0x01020304); err != nil {
		t.Fatal(err)
	}
	if p, err := m.Parameters(t.Context()); err != nil || p.Address != 0x01020304 || p.PacketSize != 256 {
		t.Errorf("parameters %+v, %v", p, err)
	}
}

func TestCancelledUploadIsForgotten(t *testing.T) {
	emulated, m := connect(t, fingerprinttest.Options{Model: fingerprinttest.R307}, fingerprint.Options{})
	emulated.Put(stripes(7), 0)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := m.Capture(ctx, fingerprint.Progress{Row: func(y int, _ []byte) {
		if y == 20 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled: %v", err)
	}
	if image, err := m.Capture(t.Context(), fingerprint.Progress{}); err != nil || len(image.Pix) != 256*288 {
		t.Errorf("after a cancelled upload: %v", err)
	}
}

func TestWaitForFingerEndsWithContext(t *testing.T) {
	_, m := connect(t, fingerprinttest.Options{Model: fingerprinttest.R503}, fingerprint.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := m.Capture(ctx, fingerprint.Progress{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("nobody came: %v", err)
	}
}
