package fingerprint

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// do exchanges one instruction alone.
func (m *Module) do(ctx context.Context, in Instruction, args ...byte) ([]byte, error) {
	var answer []byte
	err := m.talk(ctx, func(ctx context.Context) error {
		got, err := m.ask(ctx, in, args...)
		answer = slices.Clone(got)
		return err
	})
	return answer, err
}

// Features extracts the features of the image that was taken last into a buffer of the module, from 1.
func (m *Module) Features(ctx context.Context, buffer int) error {
	_, err := m.do(ctx, Img2Tz, byte(buffer))
	return err
}

// Merge makes one template of buffers 1 and 2 and leaves it in both. Different fingers are ErrPoor.
func (m *Module) Merge(ctx context.Context) error {
	_, err := m.do(ctx, RegModel)
	return err
}

// Match compares buffers 1 and 2 and returns the module's score. Found is false when they differ.
func (m *Module) Match(ctx context.Context) (Answer, error) {
	b, err := m.do(ctx, Match)
	if isCode(err, NoMatch) {
		return Answer{}, nil
	}
	if err != nil {
		return Answer{}, err
	}
	return Answer{Found: true, Score: int(binary.BigEndian.Uint16(b))}, nil
}

// Search compares buffer 1 with the pages start … start+count-1.
func (m *Module) Search(ctx context.Context, start, count int) (Answer, error) {
	var answer Answer
	err := m.talk(ctx, func(ctx context.Context) error {
		var err error
		answer, err = m.search(ctx, start, count)
		return err
	})
	return answer, err
}

// StoreTemplate writes a buffer into a page of the library.
func (m *Module) StoreTemplate(ctx context.Context, buffer, page int) error {
	_, err := m.do(ctx, Store, bufferAndPage(buffer, page)...)
	return err
}

// LoadTemplate reads a page of the library into a buffer.
func (m *Module) LoadTemplate(ctx context.Context, buffer, page int) error {
	_, err := m.do(ctx, LoadChar, bufferAndPage(buffer, page)...)
	return err
}

// UploadTemplate returns what a buffer holds, in the module's own format.
func (m *Module) UploadTemplate(ctx context.Context, buffer int) ([]byte, error) {
	var template []byte
	err := m.talk(ctx, func(ctx context.Context) error {
		if _, err := m.ask(ctx, UpChar, byte(buffer)); err != nil {
			return err
		}
		return m.line.receiveData(ctx, func(content []byte) error {
			if len(template)+len(content) > 1<<14 {
				return fmt.Errorf("%w: template of more than 16 KiB", ErrGarbled)
			}
			template = append(template, content...)
			return nil
		})
	})
	if err != nil {
		clear(template)
		return nil, fmt.Errorf("cannot upload a template: %w", err)
	}
	return template, nil
}

// errEnough ends an upload of which nothing more is needed.
var errEnough = errors.New("nothing more is needed")

// TemplateHead returns the first n bytes of what a buffer holds, or all of it where that is less. It listens no longer
// than it takes.
func (m *Module) TemplateHead(ctx context.Context, buffer, n int) ([]byte, error) {
	var head []byte
	err := m.talk(ctx, func(ctx context.Context) error {
		if _, err := m.ask(ctx, UpChar, byte(buffer)); err != nil {
			return err
		}
		return m.line.receiveData(ctx, func(content []byte) error {
			if head = append(head, content[:min(len(content), n-len(head))]...); len(head) == n {
				return errEnough // the line comes back into step before the next question
			}
			return nil
		})
	})
	if err != nil && !errors.Is(err, errEnough) {
		clear(head)
		return nil, fmt.Errorf("cannot upload a template: %w", err)
	}
	return head, nil
}

// DownloadTemplate puts a template of the module's own format into a buffer.
func (m *Module) DownloadTemplate(ctx context.Context, buffer int, template []byte) error {
	err := m.talk(ctx, func(ctx context.Context) error { return m.download(ctx, buffer, template) })
	if err != nil {
		return fmt.Errorf("cannot download a template: %w", err)
	}
	return nil
}

// Provision puts a template into a buffer and from there into a page: how recipients with a parcel come
// into the module's library.
func (m *Module) Provision(ctx context.Context, page int, template []byte) error {
	err := m.talk(ctx, func(ctx context.Context) error {
		if err := m.download(ctx, 1, template); err != nil {
			return err
		}
		_, err := m.ask(ctx, Store, bufferAndPage(1, page)...)
		return err
	})
	if err != nil {
		return fmt.Errorf("cannot provision page %d: %w", page, err)
	}
	return nil
}

func (m *Module) download(ctx context.Context, buffer int, template []byte) error {
	if len(template) == 0 {
		return fmt.Errorf("the template is empty")
	}
	if _, err := m.ask(ctx, DownChar, byte(buffer)); err != nil {
		return err
	}
	return m.line.sendData(ctx, template, m.info.PacketSize)
}

// Delete clears count pages from page on.
func (m *Module) Delete(ctx context.Context, page, count int) error {
	args := binary.BigEndian.AppendUint16(nil, uint16(page))
	_, err := m.do(ctx, DeletChar, binary.BigEndian.AppendUint16(args, uint16(count))...)
	return err
}

// Empty clears the whole library.
func (m *Module) Empty(ctx context.Context) error {
	_, err := m.do(ctx, Empty)
	return err
}

// Count returns how many pages hold a template.
func (m *Module) Count(ctx context.Context) (int, error) {
	b, err := m.do(ctx, TempleteNum)
	if err != nil {
		return 0, err
	}
	return int(binary.BigEndian.Uint16(b)), nil
}

// Pages returns the pages that hold a template, ascending.
func (m *Module) Pages(ctx context.Context) ([]int, error) {
	var pages []int
	err := m.talk(ctx, func(ctx context.Context) error {
		for table := range (min(m.info.Capacity, 1024) + 255) / 256 {
			b, err := m.ask(ctx, ReadIndexTable, byte(table))
			if err != nil {
				return err
			}
			pages = append(pages, ParseIndexTable(table, b)...)
		}
		return nil
	})
	return pages, err
}

// bufferAndPage makes the arguments of Store and LoadChar.
func bufferAndPage(buffer, page int) []byte {
	return []byte{byte(buffer), byte(page >> 8), byte(page)}
}
