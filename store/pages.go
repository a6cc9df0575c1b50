package store

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"math"
)

// The layout of a bbolt file (version 2), as far as it is read here without bbolt. Numbers are little endian.
//
//	page     id 8 | flags 2 | count 2 | overflow 4 | elements and data; goes on over `overflow` more pages
//	meta     page header | magic 4 | version 4 | page size 4 | flags 4 | root page 8 | sequence 8 |
//	         freelist page 8 | pages in use 8 | transaction 8 | FNV-1a of the 56 bytes before, 8
//	branch   elements: position 4 | key size 4 | page 8
//	leaf     elements: flags 4 | position 4 | key size 4 | value size 4; flag 1: the value is a bucket
//	bucket   root page 8 | sequence 8; with root page 0 a leaf page follows in the value
//	freelist page ids, 8 each; a count of 65535 says that the first 8 bytes are the count
//
// A position counts from its element; the data of elements follow each other without gaps.
const (
	pageHeader  = 16
	elementSize = 16
	metaSize    = 64

	branchPage   = 0x01
	leafPage     = 0x02
	freelistPage = 0x10
	noFreelist   = math.MaxUint64

	boltMagic   = 0xED0CDAED
	boltVersion = 2
)

// meta is what one of the two meta pages says.
type meta struct {
	pageSize    int64 // bytes
	root        uint64
	freelist    uint64
	pages       uint64 // in use: all ids are below
	transaction uint64
}

// readMetas returns the meta pages that are whole, the newest first. The two are written in turns, so that
// one of them survives a write that was cut.
func readMetas(file io.ReaderAt) ([]meta, error) {
	var metas []meta
	buffer := make([]byte, pageHeader+metaSize)
	for offset := int64(0); offset <= 64<<10; offset = max(1024, 2*offset) {
		if _, err := file.ReadAt(buffer, offset); err != nil {
			if err == io.EOF {
				break
			}
			return nil, err
		}
		m, ok := parseMeta(buffer[pageHeader:])
		if ok && (offset == 0 || offset == m.pageSize) {
			metas = append(metas, m)
		}
	}
	if len(metas) == 0 {
		return nil, fmt.Errorf("%w: neither of its first two pages is whole", ErrDamaged)
	}
	if len(metas) == 2 && metas[1].transaction > metas[0].transaction {
		metas[0], metas[1] = metas[1], metas[0]
	}
	return metas, nil
}

func parseMeta(b []byte) (meta, bool) {
	number := binary.LittleEndian
	sum := fnv.New64a()
	sum.Write(b[:56])
	whole := number.Uint32(b) == boltMagic && number.Uint32(b[4:]) == boltVersion && number.Uint64(b[56:]) == sum.Sum64()
	m := meta{
		pageSize: int64(number.Uint32(b[8:])), root: number.Uint64(b[16:]), freelist: number.Uint64(b[32:]),
		pages: number.Uint64(b[40:]), transaction: number.Uint64(b[48:]),
	}
	sane := m.pageSize >= 1024 && m.pageSize <= 64<<10 && m.pageSize&(m.pageSize-1) == 0 && m.pages < 1<<40
	return m, whole && sane
}

// page is one page with its overflow.
type page struct {
	id       uint64
	flags    uint16
	count    int
	overflow uint64
	body     []byte // what follows the header
}

func parsePage(b []byte) page {
	number := binary.LittleEndian
	return page{
		id: number.Uint64(b), flags: number.Uint16(b[8:]), count: int(number.Uint16(b[10:])),
		overflow: uint64(number.Uint32(b[12:])), body: b[pageHeader:],
	}
}

// readPage reads the page with that id. The buffer is used when it is large enough.
func (m meta) readPage(file io.ReaderAt, id uint64, buffer []byte) (page, []byte, error) {
	if id < 2 || id >= m.pages {
		return page{}, buffer, fmt.Errorf("%w: page %d is not one of its %d", ErrDamaged, id, m.pages)
	}
	buffer = sized(buffer, int(m.pageSize))
	if _, err := file.ReadAt(buffer, int64(id)*m.pageSize); err != nil {
		return page{}, buffer, fmt.Errorf("cannot read page %d: %w", id, err)
	}
	p := parsePage(buffer)
	switch {
	case p.id != id:
		return p, buffer, fmt.Errorf("%w: page %d says that it is page %d", ErrDamaged, id, p.id)
	case p.overflow == 0:
		return p, buffer, nil
	case id+p.overflow >= m.pages:
		return p, buffer, fmt.Errorf("%w: page %d goes on beyond the end", ErrDamaged, id)
	}
	buffer = sized(buffer, int(m.pageSize)*int(p.overflow+1))
	_, err := file.ReadAt(buffer, int64(id)*m.pageSize)
	return parsePage(buffer), buffer, err
}

func sized(buffer []byte, size int) []byte {
	if cap(buffer) < size {
		return make([]byte, size)
	}
	return buffer[:size]
}

// readFreelist returns the ids of free pages and the freelist's own page.
func (m meta) readFreelist(file io.ReaderAt) (free []uint64, own page, err error) {
	if m.freelist == noFreelist {
		return nil, page{}, nil
	}
	own, _, err = m.readPage(file, m.freelist, nil)
	if err != nil {
		return nil, own, err
	}
	ids, count := own.body, uint64(own.count)
	if own.count == math.MaxUint16 {
		ids, count = ids[8:], binary.LittleEndian.Uint64(ids)
	}
	if own.flags != freelistPage || count > uint64(len(ids)/8) {
		return nil, own, fmt.Errorf("%w: page %d is no list of free pages", ErrDamaged, own.id)
	}
	free = make([]uint64, count)
	for i := range free {
		free[i] = binary.LittleEndian.Uint64(ids[8*i:])
		if free[i] < 2 || free[i] >= m.pages || i > 0 && free[i] <= free[i-1] {
			return nil, own, fmt.Errorf("%w: the list of free pages is not in order", ErrDamaged)
		}
	}
	return free, own, nil
}

// element is one of a branch or leaf page.
type element struct {
	bucket     bool
	child      uint64
	key, value []byte
}

// elements reads a branch or leaf page, and refuses one whose elements do not fill it as bbolt does.
func (p page) elements() ([]element, error) {
	damaged := func(what string) ([]element, error) {
		return nil, fmt.Errorf("%w: page %d %s", ErrDamaged, p.id, what)
	}
	if p.flags != branchPage && p.flags != leafPage {
		return damaged("is neither branch nor leaf")
	}
	if p.count*elementSize > len(p.body) || p.flags == branchPage && p.count == 0 {
		return damaged("has an impossible number of elements")
	}
	list := make([]element, p.count)
	next := uint64(p.count * elementSize) // where the data of the next element begins
	for i := range list {
		head := p.body[i*elementSize:]
		first, second := binary.LittleEndian.Uint32(head), binary.LittleEndian.Uint32(head[4:])
		position, keySize, valueSize := uint64(first), uint64(second), uint64(0)
		if p.flags == leafPage {
			position, keySize = uint64(second), uint64(binary.LittleEndian.Uint32(head[8:]))
			valueSize = uint64(binary.LittleEndian.Uint32(head[12:]))
			list[i].bucket = first == 1
		} else {
			list[i].child = binary.LittleEndian.Uint64(head[8:])
		}
		if p.flags == leafPage && first > 1 || uint64(i*elementSize)+position != next || next+keySize+valueSize > uint64(len(p.body)) {
			return damaged("has elements that do not follow each other")
		}
		list[i].key = p.body[next : next+keySize]
		list[i].value = p.body[next+keySize : next+keySize+valueSize]
		next += keySize + valueSize
	}
	return list, nil
}
