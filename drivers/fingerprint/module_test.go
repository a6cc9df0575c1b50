package fingerprint_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/drivers/fingerprint"
	"lockerd/drivers/fingerprint/fingerprinttest"
)

// stripes is a finger that is easy to check: its identity is the width of its stripes.
type stripes uint64

func (s stripes) Identity() uint64 { return uint64(s) }

func (s stripes) Impression(n uint64, width, height int) []byte {
	pix := make([]byte, width*height)
	for i := range pix {
		if (i%width+int(n))/int(s)%2 == 1 {
			pix[i] = 255
		}
	}
	return pix
}

// connect returns an emulated module and the driver that talks to it over a pipe.
func connect(t *testing.T, emulated fingerprinttest.Options, o fingerprint.Options) (*fingerprinttest.Module, *fingerprint.Module) {
	t.Helper()
	host, module := net.Pipe()
	m := fingerprinttest.New(emulated)
	ctx, cancel := context.WithCancel(t.Context())
	served := new(sync.WaitGroup)
	served.Go(func() {
		if err := m.Serve(ctx, module); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("emulator ended: %v", err)
		}
	})
	t.Cleanup(func() { cancel(); host.Close(); served.Wait() })
	o.Poll = time.Millisecond
	return m, fingerprint.New(pipe{host}, o)
}

// pipe hides everything of a net.Conn but the bus.
type pipe struct{ net.Conn }

func TestHandshake(t *testing.T) {
	for model, want := range map[fingerprinttest.Model]fingerprint.Info{
		fingerprinttest.R307: {Model: "ZFM-20", Width: 256, Height: 288, Capacity: 1000, TemplateSize: 512,
			PacketSize: 128, Baud: 57600, Security: 3, Meeting: 1},
		fingerprinttest.R503: {Model: "R503", Width: 192, Height: 192, Capacity: 200, TemplateSize: 1536,
			PacketSize: 128, Baud: 57600, Security: 3, Meeting: 1},
	} {
		_, m := connect(t, fingerprinttest.Options{Model: model}, fingerprint.Options{})
		got, err := m.Handshake(t.Context())
		if err != nil || got != want {
			t.Errorf("%s: handshake gives %+v, %v; want %+v", model, got, err, want)
		}
	}
}

func TestCaptureDeliversRows(t *testing.T) {
	for _, model := range []fingerprinttest.Model{fingerprinttest.R307, fingerprinttest.R503} {
		emulated, m := connect(t, fingerprinttest.Options{Model: model}, fingerprint.Options{})
		emulated.Put(stripes(5), 2)
		var rows []byte
		touched := false
		image, err := m.Capture(t.Context(), fingerprint.Progress{
			Touched: func() { touched = true },
			Row: func(y int, row []byte) {
				if y*len(row) != len(rows) {
					t.Errorf("row %d came after %d pixels", y, len(rows))
				}
				rows = append(rows, row...)
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		want := stripes(5).Impression(2, image.Width, image.Height)
		if !slices.Equal(image.Pix, want) || !slices.Equal(rows, want) || !touched || image.DPI != 500 {
			t.Errorf("%s: image of %d × %d differs from what lay on the glass (touched %v)", model, image.Width, image.Height, touched)
		}
	}
}

func TestEnrolSearchAndProvision(t *testing.T) { synctest.Test(t, testEnrolSearchAndProvision) }

func testEnrolSearchAndProvision(t *testing.T) {
	ctx := t.Context()
	emulated, m := connect(t, fingerprinttest.Options{Model: fingerprinttest.R307}, fingerprint.Options{})
	for page, finger := range []stripes{3, 4, 6} {
		emulated.Put(finger, 0)
		lifts := 0
		err := m.Enrol(ctx, page*300, fingerprint.Progress{Touched: func() {
			lifts++
			n := uint64(lifts)
			emulated.Lift()
			go func() { // the finger comes back once the driver has seen the empty glass
				time.Sleep(20 * time.Millisecond)
				emulated.Put(finger, n)
			}()
		}})
		if err != nil || lifts != 2 {
			t.Fatalf("enrol finger %d: %v, %d touches", finger, err, lifts)
		}
		time.Sleep(25 * time.Millisecond)
	}
	pages, err := m.Pages(ctx)
	if err != nil || !slices.Equal(pages, []int{0, 300, 600}) {
		t.Fatalf("pages %v, %v", pages, err)
	}
	emulated.Put(stripes(4), 77)
	answer, err := m.CaptureSearch(ctx, 0, 1000, fingerprint.Progress{})
	if err != nil || !answer.Found || answer.Page != 300 || answer.Score < 100 {
		t.Errorf("own finger: %+v, %v", answer, err)
	}
	if answer, err := m.CaptureSearch(ctx, 301, 699, fingerprint.Progress{}); err != nil || answer.Found {
		t.Errorf("own finger outside its pages: %+v, %v", answer, err)
	}
	emulated.Put(stripes(9), 1)
	if answer, err := m.CaptureSearch(ctx, 0, 1000, fingerprint.Progress{}); err != nil || answer.Found {
		t.Errorf("stranger: %+v, %v", answer, err)
	}
	testTemplatesTravel(t, emulated, m)
}

// testTemplatesTravel takes the template of page 300 through the host into page 999.
func testTemplatesTravel(t *testing.T, emulated *fingerprinttest.Module, m *fingerprint.Module) {
	ctx := t.Context()
	if err := m.LoadTemplate(ctx, 2, 300); err != nil {
		t.Fatal(err)
	}
	template, err := m.UploadTemplate(ctx, 2)
	if err != nil || len(template) != 512 {
		t.Fatalf("template of %d bytes, %v", len(template), err)
	}
	if err := m.Empty(ctx); err != nil {
		t.Fatal(err)
	}
	if n, err := m.Count(ctx); n != 0 || err != nil {
		t.Fatalf("%d templates after Empty, %v", n, err)
	}
	if err := m.Provision(ctx, 999, template); err != nil {
		t.Fatal(err)
	}
	emulated.Put(stripes(4), 5)
	answer, err := m.CaptureSearch(ctx, 0, 1000, fingerprint.Progress{})
	if err != nil || answer.Page != 999 || !answer.Found {
		t.Errorf("provisioned finger: %+v, %v", answer, err)
	}
	if err := m.Delete(ctx, 999, 1); err != nil {
		t.Fatal(err)
	}
	if n, err := m.Count(ctx); n != 0 || err != nil {
		t.Errorf("%d templates after Delete, %v", n, err)
	}
}

// TestOthersUseTheModuleWhileAFingerIsAwaited: a technician's test must not wait for the next recipient.
func TestOthersUseTheModuleWhileAFingerIsAwaited(t *testing.T) {
	_, m := connect(t, fingerprinttest.Options{Model: fingerprinttest.R503}, fingerprint.Options{})
	ctx, stop := context.WithCancel(t.Context())
	captured := make(chan error, 1)
	go func() {
		_, err := m.Capture(ctx, fingerprint.Progress{})
		captured <- err
	}()
	patience, end := context.WithTimeout(t.Context(), 10*time.Second)
	defer end()
	for range 3 {
		if _, err := m.Parameters(patience); err != nil {
			t.Errorf("while a finger is awaited the module does not answer: %v", err)
		}
	}
	stop()
	if err := <-captured; !errors.Is(err, context.Canceled) {
		t.Errorf("the capture ended with %v", err)
	}
}
