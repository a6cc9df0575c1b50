package fingerprint

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Parameters is the answer to ReadSysPara.
type Parameters struct {
	Status     uint16
	SystemID   uint16
	Capacity   int // template pages
	Security   int // 1–5
	Address    uint32
	PacketSize int // bytes of data a packet: 32, 64, 128 or 256
	Baud       int // bits a second
}

// ParseParameters reads the 16 bytes behind the confirmation of ReadSysPara: status 2, system id 2,
// capacity 2, security 2, address 4, packet code 2, baud rate / 9600 2.
func ParseParameters(b []byte) (Parameters, error) {
	if len(b) < 16 {
		return Parameters{}, fmt.Errorf("cannot read parameters: %d bytes instead of 16", len(b))
	}
	be := binary.BigEndian
	code, n := be.Uint16(b[12:]), int(be.Uint16(b[14:]))
	if code > 3 || n < 1 || n > 12 {
		return Parameters{}, fmt.Errorf("cannot read parameters: packet code %d, baud rate %d × 9600", code, n)
	}
	return Parameters{
		Status:     be.Uint16(b),
		SystemID:   be.Uint16(b[2:]),
		Capacity:   int(be.Uint16(b[4:])),
		Security:   int(be.Uint16(b[6:])),
		Address:    be.Uint32(b[8:]),
		PacketSize: 32 << code,
		Baud:       9600 * n,
	}, nil
}

// Product is the answer to ReadProdInfo, which only the R503 family gives.
type Product struct {
	Module       string // module model
	Sensor       string // sensor model
	Width        int    // pixels in a row of the image
	Height       int    // rows
	TemplateSize int    // bytes
	Capacity     int    // template pages
}

// ParseProduct reads the 46 bytes behind the confirmation of ReadProdInfo: module model 16, batch 4,
// serial number 8, hardware version 2, sensor model 8, width 2, height 2, template size 2, capacity 2.
func ParseProduct(b []byte) (Product, error) {
	if len(b) < 46 {
		return Product{}, fmt.Errorf("cannot read product information: %d bytes instead of 46", len(b))
	}
	be := binary.BigEndian
	p := Product{
		Module: text(b[:16]), Sensor: text(b[30:38]),
		Width: int(be.Uint16(b[38:])), Height: int(be.Uint16(b[40:])),
		TemplateSize: int(be.Uint16(b[42:])), Capacity: int(be.Uint16(b[44:])),
	}
	if p.Width < 32 || p.Height < 32 || p.Width%2 != 0 || p.Width*p.Height > maxPixels {
		return Product{}, fmt.Errorf("cannot read product information: image of %d × %d pixels", p.Width, p.Height)
	}
	return p, nil
}

// maxPixels bounds the memory that an image may take, whatever a module claims.
const maxPixels = 1 << 20

// text returns the printable ASCII up to the first zero.
func text(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(bytes.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, bytes.TrimSpace(b)))
}

// ParseIndexTable returns the used template pages of one answer to ReadIndexTable. Table is its number,
// 0–3; each has a bit for 256 pages, the lowest bit of a byte first.
func ParseIndexTable(table int, b []byte) []int {
	var pages []int
	for i, bits := range b[:min(len(b), 32)] {
		for bit := range 8 {
			if bits&(1<<bit) != 0 {
				pages = append(pages, table*256+i*8+bit)
			}
		}
	}
	return pages
}
