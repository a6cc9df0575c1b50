package fingerprint

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// Progress is told while a capture runs. Either function may be nil; both return quickly.
type Progress struct {
	Touched func()                  // a finger lies on the glass and an image was taken
	Row     func(y int, row []byte) // row y of the image arrived: 8-bit grey, 0 = ridge
}

// Answer is what the module's own search said.
type Answer struct {
	Found   bool
	Page    int // the template page that matched
	Score   int // the module's own score, without unit
	Meeting int // the handshake under which it searched: Info.Meeting of whose pages it speaks
}

// Capture waits for a finger, without limit but ctx, and uploads its image. At 57600 baud the upload of 256 ×
// 288 pixels takes about 7 s; rows are told as they arrive. While it waits, others may use the module.
func (m *Module) Capture(ctx context.Context, p Progress) (Image, error) {
	var image Image
	err := m.whenTouched(ctx, p, func(ctx context.Context) (err error) {
		image, err = m.upload(ctx, p.Row)
		return err
	})
	if err != nil {
		return Image{}, fmt.Errorf("cannot capture a finger: %w", err)
	}
	return image, nil
}

// CaptureSearch waits for a finger and has the module search its own pages start … start+count-1 for it.
func (m *Module) CaptureSearch(ctx context.Context, start, count int, p Progress) (Answer, error) {
	var answer Answer
	err := m.whenTouched(ctx, p, func(ctx context.Context) (err error) {
		if _, err = m.ask(ctx, Img2Tz, 1); err == nil {
			answer, err = m.search(ctx, start, count)
		}
		answer.Meeting = m.info.Meeting
		return err
	})
	if err != nil {
		return Answer{}, fmt.Errorf("cannot search for a finger: %w", err)
	}
	return answer, nil
}

// Enrol waits for a finger twice, lifted in between, and stores the module's own template of it in a page.
// Nobody else may use the module's buffers meanwhile.
func (m *Module) Enrol(ctx context.Context, page int, p Progress) error {
	features := func(buffer byte) error {
		return m.whenTouched(ctx, p, func(ctx context.Context) error {
			_, err := m.ask(ctx, Img2Tz, buffer)
			return err
		})
	}
	err := features(1)
	if err == nil {
		err = m.WaitLift(ctx)
	}
	if err == nil {
		err = features(2)
	}
	if err == nil {
		err = m.talk(ctx, func(ctx context.Context) error {
			if _, err := m.ask(ctx, RegModel); err != nil {
				return err
			}
			_, err := m.ask(ctx, Store, bufferAndPage(1, page)...)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("cannot enrol a finger in page %d: %w", page, err)
	}
	return nil
}

// WaitLift waits until nothing lies on the glass. While it waits, others may use the module.
func (m *Module) WaitLift(ctx context.Context) error {
	for {
		err := m.Look(ctx)
		if errors.Is(err, ErrNoFinger) {
			return nil
		}
		if err != nil && !errors.Is(err, ErrPoor) {
			return err
		}
		if err := pause(ctx, m.options.Poll); err != nil {
			return err
		}
	}
}

// whenTouched looks for a finger again and again and, in the same turn as it is there, does what is to be
// done with it.
func (m *Module) whenTouched(ctx context.Context, p Progress, do func(context.Context) error) error {
	for {
		touched := false
		if m.touched() {
			err := m.talk(ctx, func(ctx context.Context) error {
				if _, err := m.ask(ctx, GenImg); err != nil {
					return err
				}
				touched = true
				if p.Touched != nil {
					p.Touched()
				}
				return do(ctx)
			})
			if touched || !errors.Is(err, ErrNoFinger) && !isCode(err, ImageFailed) {
				return err
			}
		}
		if err := pause(ctx, m.options.Poll); err != nil {
			return err
		}
	}
}

// Look takes an image of what lies on the glass now. An empty glass is ErrNoFinger.
func (m *Module) Look(ctx context.Context) error {
	return m.talk(ctx, func(ctx context.Context) error {
		_, err := m.ask(ctx, GenImg)
		return err
	})
}

// touched tells whether it is worth looking for a finger: always, where there is no touch line.
func (m *Module) touched() bool {
	return m.options.Touch == nil || m.options.Touch.Read() == m.options.TouchLevel
}

// upload reads the image that the module took.
func (m *Module) upload(ctx context.Context, seen func(int, []byte)) (Image, error) {
	a, err := NewAssembler(m.info.Width, m.info.Height, seen)
	if err != nil {
		return Image{}, err
	}
	if _, err := m.ask(ctx, UpImage); err != nil {
		return Image{}, err
	}
	if err := m.line.receiveData(ctx, a.Add); err != nil {
		a.image.Zero()
		return Image{}, err
	}
	return a.Image()
}

// search compares buffer 1 with the stored pages.
func (m *Module) search(ctx context.Context, start, count int) (Answer, error) {
	args := binary.BigEndian.AppendUint16([]byte{1}, uint16(start))
	answer, err := m.ask(ctx, Search, binary.BigEndian.AppendUint16(args, uint16(count))...)
	if isCode(err, NotFound) {
		return Answer{}, nil
	}
	if err != nil {
		return Answer{}, err
	}
	return Answer{
		Found: true,
		Page:  int(binary.BigEndian.Uint16(answer)),
		Score: int(binary.BigEndian.Uint16(answer[2:])),
	}, nil
}

// pause waits for d or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
