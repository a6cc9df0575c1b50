package fingerprint

import (
	"errors"
	"fmt"
)

// errSize marks an image of another size than the one that the handshake found out.
var errSize = errors.New("the image has another size than the module's")

// Image is one picture of a finger: 8-bit grey, row by row from the top, 0 = ridge, 255 = background.
type Image struct {
	Pix    []byte
	Width  int // pixels in a row
	Height int // rows
	DPI    int // pixels an inch
}

// Zero overwrites the pixels, which are personal data.
func (m *Image) Zero() {
	clear(m.Pix)
	m.Pix = nil
}

// Assembler puts an image together from the contents of data packets: 4 bits a pixel, the left pixel in the
// high nibble. Packets may end in the middle of a row.
type Assembler struct {
	image Image
	seen  func(y int, row []byte)
	done  int // pixels
	rows  int // rows that were handed on
}

// NewAssembler makes an assembler of an image of width × height pixels. Seen, where it is not nil, is called
// with each row as it becomes complete; the row belongs to the image.
func NewAssembler(width, height int, seen func(y int, row []byte)) (*Assembler, error) {
	if width < 2 || height < 1 || width%2 != 0 || width*height > maxPixels {
		return nil, fmt.Errorf("cannot read an image of %d × %d pixels", width, height)
	}
	return &Assembler{image: Image{Pix: make([]byte, width*height), Width: width, Height: height, DPI: 500}, seen: seen}, nil
}

// Add takes the content of the next data packet. More bytes than the image has are an error.
func (a *Assembler) Add(content []byte) error {
	if a.done+2*len(content) > len(a.image.Pix) {
		return fmt.Errorf("%w: %w: longer than %d × %d pixels", ErrGarbled, errSize, a.image.Width, a.image.Height)
	}
	for _, b := range content {
		a.image.Pix[a.done] = b >> 4 * 17
		a.image.Pix[a.done+1] = b & 15 * 17
		a.done += 2
	}
	for ; a.rows < a.done/a.image.Width; a.rows++ {
		if a.seen != nil {
			a.seen(a.rows, a.image.Pix[a.rows*a.image.Width:(a.rows+1)*a.image.Width])
		}
	}
	return nil
}

// Image returns the image, once every row arrived.
func (a *Assembler) Image() (Image, error) {
	if a.done != len(a.image.Pix) {
		return Image{}, fmt.Errorf("%w: %w: it ended after %d of %d pixels", ErrGarbled, errSize, a.done, len(a.image.Pix))
	}
	return a.image, nil
}

// PackNibbles turns 8-bit grey pixels into the 4 bits a pixel of the wire. A last odd pixel is dropped.
func PackNibbles(pix []byte) []byte {
	packed := make([]byte, len(pix)/2)
	for i := range packed {
		packed[i] = nibble(pix[2*i])<<4 | nibble(pix[2*i+1])
	}
	return packed
}

// nibble returns the nearest of the 16 greys that the wire knows.
func nibble(grey byte) byte { return byte((int(grey) + 8) / 17) }
