package fingerprint

import (
	"encoding/binary"
	"fmt"

	"lockerd/matcher"
)

// A record is ISO/IEC 19794-2:2005, "finger minutiae record format", big endian:
//
//	"FMR\0" " 20\0" length:4 device:2 width:2 height:2 xres:2 yres:2 views:1 0:1
//	each view: position:1 number<<4|impression:1 quality:1 minutiae:1
//	           each minutia: type<<14|x:2 y:2 angle:1 quality:1
//	           extended length:2, each block: identifier:2 length:2 data
//
// The views of one of our records are the extractions of one image; they share finger position and the numbers
// 0, 1. The first view's extended data carries the ridge map, for which the standard has no field.
const (
	recordHeader = 24
	viewHeader   = 4
	minutiaSize  = 6
	perCM        = 197 // pixels a centimetre at 500 dpi
	ridgeMapID   = 0x4c52
	liveScan     = 0 // impression type: live-scan plain
	mostViews    = 2
	unreported   = 50 // taken for the quality of a minutia whose record says 0: not reported
)

// Bounds of what a record may hold.
const (
	farthest        = 2 * maxSide // pixels at 500 dpi from the image's corner
	leastResolution = 99          // pixels a centimetre, as the standard asks
	mostResolution  = 500         // pixels a centimetre
)

// appendRecord appends the impression as a record.
func appendRecord(b []byte, p *impression) []byte {
	start := len(b)
	b = append(b, "FMR\x00 20\x00\x00\x00\x00\x00\x00\x00"...)
	b = binary.BigEndian.AppendUint16(b, uint16(p.w))
	b = binary.BigEndian.AppendUint16(b, uint16(p.h))
	b = binary.BigEndian.AppendUint16(b, perCM)
	b = binary.BigEndian.AppendUint16(b, perCM)
	b = append(b, byte(len(p.views)), 0)
	for i, v := range p.views {
		b = append(b, 0, byte(i<<4|liveScan), p.grade, byte(len(v)))
		for _, m := range v {
			b = binary.BigEndian.AppendUint16(b, uint16(m.Type)<<14|uint16(m.X))
			b = binary.BigEndian.AppendUint16(b, uint16(m.Y))
			b = append(b, m.Angle, m.Quality)
		}
		if i == 0 && len(p.ridge.cells) > 0 {
			extended := appendRidgeMap(nil, &p.ridge)
			b = binary.BigEndian.AppendUint16(b, uint16(len(extended)+4))
			b = binary.BigEndian.AppendUint16(b, ridgeMapID)
			b = binary.BigEndian.AppendUint16(b, uint16(len(extended)+4))
			b = append(b, extended...)
		} else {
			b = append(b, 0, 0)
		}
	}
	binary.BigEndian.PutUint32(b[start+8:], uint32(len(b)-start))
	return b
}

// appendRidgeMap appends x, y, width and height in cells, a bit for each cell (1 = ridges), and a byte for
// each cell with ridges.
func appendRidgeMap(b []byte, r *ridgeMap) []byte {
	b = append(b, byte(r.x), byte(r.y), byte(r.w), byte(r.h))
	bits := len(b)
	b = append(b, make([]byte, (len(r.cells)+7)/8)...)
	for i, v := range r.cells {
		if v != none {
			b[bits+i/8] |= 0x80 >> (i % 8)
			b = append(b, v)
		}
	}
	return b
}

// parseRecord reads one record. Ours is one impression, whose views are its extractions. Another vendor's has
// a view for each impression, perhaps of several fingers: those of the first view's finger are returned.
func parseRecord(b []byte) ([]*impression, error) {
	if len(b) < recordHeader || string(b[:8]) != "FMR\x00 20\x00" {
		return nil, fmt.Errorf("%w: not an ISO/IEC 19794-2:2005 record", matcher.ErrDamaged)
	}
	if n := binary.BigEndian.Uint32(b[8:]); uint64(n) != uint64(len(b)) {
		return nil, fmt.Errorf("%w: the record says %d bytes and has %d", matcher.ErrDamaged, n, len(b))
	}
	xres, yres := int(binary.BigEndian.Uint16(b[18:])), int(binary.BigEndian.Uint16(b[20:]))
	if xres < leastResolution || xres > mostResolution || yres < leastResolution || yres > mostResolution {
		return nil, fmt.Errorf("%w: resolution %d × %d pixels a centimetre", matcher.ErrDamaged, xres, yres)
	}
	w, h := int(binary.BigEndian.Uint16(b[14:]))*perCM/xres, int(binary.BigEndian.Uint16(b[16:]))*perCM/yres
	views := int(b[22])
	if views == 0 {
		return nil, fmt.Errorf("%w: a record without a view", matcher.ErrDamaged)
	}
	finger := b[recordHeader:]
	var impressions []*impression
	for rest := finger; views > 0; views-- {
		p := &impression{w: w, h: h}
		position := rest
		var err error
		if rest, err = p.parseView(rest, xres, yres); err != nil {
			return nil, err
		}
		switch first := len(impressions) == 0; {
		case first || len(impressions[0].ridge.cells) == 0 && position[0] == finger[0] && len(impressions) < mostImpressions:
			impressions = append(impressions, p)
		case len(impressions[0].ridge.cells) > 0 && len(impressions[0].views) < mostViews:
			impressions[0].views = append(impressions[0].views, p.views[0])
		}
	}
	for _, p := range impressions {
		if len(p.ridge.cells) == 0 {
			p.ridge = surroundings(p.views[0])
		}
	}
	return impressions, nil
}

// parseView reads one view and returns what follows it.
func (p *impression) parseView(b []byte, xres, yres int) ([]byte, error) {
	if len(b) < viewHeader || len(b) < viewHeader+int(b[3])*minutiaSize+2 {
		return nil, fmt.Errorf("%w: a view is cut short", matcher.ErrDamaged)
	}
	p.grade = min(b[2], 100)
	n := int(b[3])
	b = b[viewHeader:]
	minutiae := make([]Minutia, n)
	for i := range minutiae {
		x, y := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
		minutiae[i] = Minutia{
			X:       int16(int(x&0x3fff) * perCM / xres),
			Y:       int16(int(y&0x3fff) * perCM / yres),
			Angle:   b[4],
			Type:    Type(x >> 14),
			Quality: min(b[5], 100),
		}
		if b[5] == 0 {
			minutiae[i].Quality = unreported
		}
		if m := minutiae[i]; m.X > farthest || m.Y > farthest {
			return nil, fmt.Errorf("%w: a minutia at %d, %d", matcher.ErrDamaged, m.X, m.Y)
		}
		b = b[minutiaSize:]
	}
	p.views = append(p.views, minutiae[:min(n, mostMinutiae)])
	size := int(binary.BigEndian.Uint16(b))
	b = b[2:]
	if size > len(b) {
		return nil, fmt.Errorf("%w: extended data is cut short", matcher.ErrDamaged)
	}
	if err := p.parseExtended(b[:size]); err != nil {
		return nil, err
	}
	return b[size:], nil
}

// parseExtended reads extended data and takes the ridge map from it.
func (p *impression) parseExtended(b []byte) error {
	for len(b) > 0 {
		if len(b) < 4 {
			return fmt.Errorf("%w: extended data is cut short", matcher.ErrDamaged)
		}
		id, size := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
		if size < 4 || size > len(b) {
			return fmt.Errorf("%w: extended data says %d bytes", matcher.ErrDamaged, size)
		}
		if id == ridgeMapID {
			r, ok := parseRidgeMap(b[4:size])
			if !ok {
				return fmt.Errorf("%w: ridge map", matcher.ErrDamaged)
			}
			p.ridge = r
		}
		b = b[size:]
	}
	return nil
}

// parseRidgeMap reads what appendRidgeMap wrote.
func parseRidgeMap(b []byte) (r ridgeMap, ok bool) {
	if len(b) < 4 {
		return r, false
	}
	r = ridgeMap{x: int(b[0]), y: int(b[1]), w: int(b[2]), h: int(b[3])}
	n := r.w * r.h
	bits := b[4:]
	if n == 0 || r.w > mostWide || r.h > mostHigh || len(bits) < (n+7)/8 {
		return r, false
	}
	values := bits[(n+7)/8:]
	r.cells = make([]uint8, n)
	for i := range r.cells {
		r.cells[i] = none
		if bits[i/8]&(0x80>>(i%8)) != 0 {
			if len(values) == 0 || values[0] == none {
				return r, false
			}
			r.cells[i], values = values[0], values[1:]
		}
	}
	return r, len(values) == 0
}

// surroundings stands in for the ridge map of a record without one: the cells near a minutia, with the
// minutia's direction and a usual period.
func surroundings(minutiae []Minutia) ridgeMap {
	const radius = 3 * ridgeCell
	left, top, right, bottom := 1<<15, 1<<15, -1, -1
	for _, m := range minutiae {
		left, right = min(left, int(m.X)/ridgeCell-3), max(right, int(m.X)/ridgeCell+3)
		top, bottom = min(top, int(m.Y)/ridgeCell-3), max(bottom, int(m.Y)/ridgeCell+3)
	}
	if right < 0 {
		return ridgeMap{}
	}
	left, right = within(max(left, 0), right, mostWide)
	top, bottom = within(max(top, 0), bottom, mostHigh)
	r := ridgeMap{x: left, y: top, w: right - left + 1, h: bottom - top + 1}
	r.cells = make([]uint8, r.w*r.h)
	for i := range r.cells {
		x, y := (left+i%r.w)*ridgeCell+ridgeCell/2, (top+i/r.w)*ridgeCell+ridgeCell/2
		r.cells[i] = none
		nearest := radius * radius
		for _, m := range minutiae {
			dx, dy := int(m.X)-x, int(m.Y)-y
			if d := dx*dx + dy*dy; d <= nearest {
				nearest = d
				r.cells[i] = cellOf(m.Angle&127/(128/turns), 9*16)
			}
		}
	}
	return r
}
