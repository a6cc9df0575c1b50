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
	Found bool
	Page  int // the template page that matched
	Score int // the module's own score, without unit
}

// Capture waits for a finger, without limit but ctx, and uploads its image. At 57600 baud the upload of 256 ×
// 288 pixels takes about 7 s; rows are told as they arrive.
func (m *Module) Capture(ctx context.Context, p Progress) (Image, error) {
	var image Image
	err := m.talk(ctx, func(ctx context.Context) error {
		err := m.awaitFinger(ctx)
		if err != nil {
			return err
		}
		if p.Touched != nil {
			p.Touched()
		}
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
	err := m.talk(ctx, func(ctx context.Context) error {
		if err := m.featuresOfFinger(ctx, 1, p); err != nil {
			return err
		}
		var err error
		answer, err = m.search(ctx, start, count)
		return err
	})
	if err != nil {
		return Answer{}, fmt.Errorf("cannot search for a finger: %w", err)
	}
	return answer, nil
}

// Enrol waits for a finger twice, lifted in between, and stores the module's own template of it in a page.
func (m *Module) Enrol(ctx context.Context, page int, p Progress) error {
	err := m.talk(ctx, func(ctx context.Context) error {
		if err := m.featuresOfFinger(ctx, 1, p); err != nil {
			return err
		}
		if err := m.awaitLift(ctx); err != nil {
			return err
		}
		if err := m.featuresOfFinger(ctx, 2, p); err != nil {
			return err
		}
		if _, err := m.ask(ctx, RegModel); err != nil {
			return err
		}
		_, err := m.ask(ctx, Store, bufferAndPage(1, page)...)
		return err
	})
	if err != nil {
		return fmt.Errorf("cannot enrol a finger in page %d: %w", page, err)
	}
	return nil
}

// WaitLift waits until nothing lies on the glass.
func (m *Module) WaitLift(ctx context.Context) error {
	return m.talk(ctx, m.awaitLift)
}

// Look takes an image of what lies on the glass now. An empty glass is ErrNoFinger.
func (m *Module) Look(ctx context.Context) error {
	return m.talk(ctx, func(ctx context.Context) error {
		_, err := m.ask(ctx, GenImg)
		return err
	})
}

// featuresOfFinger waits for a finger and extracts its features into a buffer of the module.
func (m *Module) featuresOfFinger(ctx context.Context, buffer byte, p Progress) error {
	if err := m.awaitFinger(ctx); err != nil {
		return err
	}
	if p.Touched != nil {
		p.Touched()
	}
	_, err := m.ask(ctx, Img2Tz, buffer)
	return err
}

// awaitFinger returns once the module has taken an image of a finger. An image that failed is taken again:
// the finger was still moving.
func (m *Module) awaitFinger(ctx context.Context) error {
	for {
		if m.touched() {
			_, err := m.ask(ctx, GenImg)
			if !errors.Is(err, ErrNoFinger) && !isCode(err, ImageFailed) {
				return err
			}
		}
		if err := pause(ctx, m.options.Poll); err != nil {
			return err
		}
	}
}

func (m *Module) awaitLift(ctx context.Context) error {
	for {
		_, err := m.ask(ctx, GenImg)
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
	if len(answer) < 4 {
		return Answer{}, fmt.Errorf("%w: answer to Search of %d bytes", ErrGarbled, len(answer))
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
