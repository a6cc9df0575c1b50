package fingerprint

import (
	"encoding/binary"
	"reflect"
	"testing"

	"lockerd/matcher"
)

func TestRecordRoundTrip(t *testing.T) {
	p, _, err := extract(sample(3, 0))
	if err != nil {
		t.Fatal(err)
	}
	record := appendRecord(nil, p)
	if len(record) > MaxTemplate {
		t.Errorf("the record has %d bytes, more than %d", len(record), MaxTemplate)
	}
	got, err := parseRecord(record)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, []*impression{p}) {
		t.Error("a record read back differs from what was written")
	}
}

// TestForeignRecord reads a record with one minutia at another resolution, byte by byte after the
// standard.
func TestForeignRecord(t *testing.T) {
	record := []byte("FMR\x00 20\x00" +
		"\x00\x00\x00\x24" + // 36 bytes
		"\x12\x34" + // capture equipment
		"\x01\x00\x01\x00" + // 256 × 256 pixels
		"\x01\x8a\x01\x8a" + // 394 pixels a centimetre
		"\x01\x00" + // one view
		"\x07\x00\x50\x01" + // left thumb, view 0, quality 80, one minutia
		"\x40\x64\x00\xc8\x40\x3c" + // ending at 100, 200, a quarter turn, quality 60
		"\x00\x00") // no extended data
	impressions, err := parseRecord(record)
	if err != nil {
		t.Fatal(err)
	}
	p := impressions[0]
	want := Minutia{X: 50, Y: 100, Angle: 64, Type: Ending, Quality: 60}
	if got := p.views[0][0]; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if !p.ridge.ridged(50, 100) || p.ridge.ridged(200, 100) {
		t.Error("the ridge map does not surround the minutia")
	}
}

// TestMinutiaDirection checks position, direction and type with a ridge that ends: the direction points
// along the ridge, to the right.
func TestMinutiaDirection(t *testing.T) {
	const period, end = 10, 100
	s := painted(200, 200, func(x, y int) byte {
		row := y - 100
		if x > end { // one ridge more to the right, squeezed in over 60 pixels on either side
			if d := max(row, -row); d < 60 {
				return wave(row*7/6, period, true)
			}
		}
		return wave(row, period, false)
	})
	p, _, err := extract(s)
	if err != nil {
		t.Fatal(err)
	}
	nearest, distance := Minutia{}, 1<<30
	for _, m := range p.views[0] {
		if d := (int(m.X)-end)*(int(m.X)-end) + (int(m.Y)-100)*(int(m.Y)-100); d < distance {
			nearest, distance = m, d
		}
	}
	if distance > 15*15 || size(nearest.Angle) > 16 {
		t.Errorf("nearest minutia to (%d, 100) is %+v, want one that looks right", end, nearest)
	}
}

// wave paints horizontal ridges; with ridge a ridge lies in row 0, else a valley.
func wave(row, period int, ridge bool) byte {
	phase := uint8(row * 256 / period)
	if ridge {
		phase += 128
	}
	return byte(128 + cos(phase)*100/unit)
}

func TestExportIsReadByImport(t *testing.T) {
	m := New(Options{})
	id, err := m.Extract(sample(1, 0))
	if err != nil {
		t.Fatal(err)
	}
	records, err := Export(id)
	if err != nil {
		t.Fatal(err)
	}
	if n := binary.BigEndian.Uint32(records[0][8:]); int(n) != len(records[0]) {
		t.Errorf("the record says %d bytes and has %d", n, len(records[0]))
	}
	back, err := Import("thumb", records...)
	if err != nil {
		t.Fatal(err)
	}
	v, err := m.Compare(back, id)
	if err != nil || !v.Match {
		t.Errorf("an exported and imported finger does not match itself: %+v, %v", v, err)
	}
	if _, err := m.Compare(back, matcher.Identification{Kind: matcher.Voice}); err == nil {
		t.Error("a voice was compared with a finger")
	}
}

// TestForeignRecordOfSeveralImpressions reads what another vendor would write of two impressions of a finger
// and one of another: a view each, minutiae without quality, no extended data.
func TestForeignRecordOfSeveralImpressions(t *testing.T) {
	m := New(Options{})
	record := []byte("FMR\x00 20\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01\x20\x00\xc5\x00\xc5\x03\x00")
	for i, s := range []matcher.Sample{sample(1, 0), sample(2, 0), sample(1, 1)} {
		p, _, err := extract(s)
		if err != nil {
			t.Fatal(err)
		}
		position, number := byte(1+i%2), byte(i/2)
		record = append(record, position, number<<4, 80, byte(len(p.views[0])))
		for _, m := range p.views[0] {
			record = binary.BigEndian.AppendUint16(record, uint16(m.Type)<<14|uint16(m.X))
			record = binary.BigEndian.AppendUint16(record, uint16(m.Y))
			record = append(record, m.Angle, 0)
		}
		record = append(record, 0, 0)
	}
	binary.BigEndian.PutUint32(record[8:], uint32(len(record)))
	first, err := Import("thumb", record)
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := Export(first); err != nil || len(kept) != 2 {
		t.Fatalf("%d impressions, %v; want the two of the first finger", len(kept), err)
	}
	for seed, want := range map[uint64]bool{1: true, 2: false} {
		second, err := m.Extract(sample(seed, 3))
		if err != nil {
			t.Fatal(err)
		}
		if v, err := m.Compare(first, second); err != nil || v.Match != want {
			t.Errorf("finger %d: %+v, %v; want match %v", seed, v, err, want)
		}
	}
}
