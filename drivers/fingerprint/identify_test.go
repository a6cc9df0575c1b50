package fingerprint_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"testing/synctest"

	"lockerd/drivers/fingerprint"
	"lockerd/drivers/fingerprint/fingerprinttest"
)

// spoiled is a bus on which the first so many questions for the product's information do not arrive whole.
type spoiled struct {
	net.Conn
	times *int
	how   func(question []byte) []byte
}

func (s spoiled) Write(b []byte) (int, error) {
	p, _, err := fingerprint.ParsePacket(b)
	if err == nil && p.PID == fingerprint.Command && p.Content[0] == byte(fingerprint.ReadProdInfo) && *s.times > 0 {
		*s.times--
		if _, err := s.Conn.Write(s.how(bytes.Clone(b))); err != nil {
			return 0, err
		}
		return len(b), nil
	}
	return s.Conn.Write(b)
}

func damaged(question []byte) []byte { question[len(question)-1] ^= 1; return question }
func lost([]byte) []byte             { return nil }
func half(question []byte) []byte    { return question[:len(question)/2] }

// meet starts a module of that model behind a spoiled bus.
func meet(t *testing.T, model fingerprinttest.Model, times int, how func([]byte) []byte) (*fingerprinttest.Module, *fingerprint.Module) {
	t.Helper()
	host, module := net.Pipe()
	emulated := fingerprinttest.New(fingerprinttest.Options{Model: model})
	ctx, stop := context.WithCancel(context.Background())
	var serving sync.WaitGroup
	serving.Go(func() { emulated.Serve(ctx, module) })
	t.Cleanup(func() { stop(); host.Close(); serving.Wait() })
	return emulated, fingerprint.New(spoiled{host, &times, how}, fingerprint.Options{})
}

// A question that arrives damaged or not at all makes no older module of a new one.
func TestSpoiledQuestionForTheModel(t *testing.T) {
	for name, how := range map[string]func([]byte) []byte{"damaged": damaged, "lost": lost, "half": half} {
		for _, model := range []fingerprinttest.Model{fingerprinttest.R503, fingerprinttest.R307} {
			t.Run(name+" "+string(model), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					emulated, m := meet(t, model, 1, how)
					info, err := m.Handshake(t.Context())
					width, height := model.Size()
					if err != nil || info.Width != width || info.Height != height || (info.Model == "R503") != (model == fingerprinttest.R503) {
						t.Fatalf("%+v, %v", info, err)
					}
					emulated.Put(stripes(5), 0)
					if image, err := m.Capture(t.Context(), fingerprint.Progress{}); err != nil || len(image.Pix) != width*height {
						t.Errorf("image of %d bytes, %v", len(image.Pix), err)
					}
				})
			})
		}
	}
}

// A module that was taken for an older one all the same is asked anew when its image has another size: the next
// person is served.
func TestImageOfAnotherSize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		emulated, m := meet(t, fingerprinttest.R503, 3, damaged)
		if info, err := m.Handshake(t.Context()); err != nil || info.Model != "ZFM-20" {
			t.Fatalf("%+v, %v", info, err)
		}
		emulated.Put(stripes(5), 0)
		if _, err := m.Capture(t.Context(), fingerprint.Progress{}); !errors.Is(err, fingerprint.ErrGarbled) {
			t.Errorf("an image of another size: %v", err)
		}
		if image, err := m.Capture(t.Context(), fingerprint.Progress{}); err != nil || image.Width != 192 {
			t.Errorf("the next person's image is %d pixels wide, %v", image.Width, err)
		}
	})
}

// An older module that says nothing to what it does not know is met, and one that died at that moment is not.
func TestNoAnswerToTheModel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		emulated, m := meet(t, fingerprinttest.R307, 1000, lost)
		if info, err := m.Handshake(t.Context()); err != nil || info.Model != "ZFM-20" {
			t.Errorf("%+v, %v", info, err)
		}
		emulated.Put(stripes(5), 0)
		if _, err := m.Capture(t.Context(), fingerprint.Progress{}); err != nil {
			t.Error(err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		var emulated *fingerprinttest.Module
		var m *fingerprint.Module
		emulated, m = meet(t, fingerprinttest.R503, 1000, func([]byte) []byte {
			emulated.Fail(fingerprinttest.Silent)
			return nil
		})
		if info, err := m.Handshake(t.Context()); !errors.Is(err, fingerprint.ErrGone) {
			t.Errorf("a module that died during the handshake: %+v, %v", info, err)
		}
	})
}
