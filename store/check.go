package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// checkFile checks that the file is a whole bbolt file before bbolt maps it: both ends of every reference,
// each page once, keys in order, nothing lost and nothing beyond the end. bbolt's own Check runs on the
// mapped file in a goroutine of its own, where a damaged reference or a truncated file is a fault that ends
// the process; this one reads the file as any other. What a record holds is checked by its seal.
func checkFile(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	return check(file, info.Size())
}

// check is checkFile for anything of size bytes.
func check(file io.ReaderAt, size int64) error {
	metas, err := readMetas(file)
	if err != nil {
		return err
	}
	m := metas[0]
	if need := int64(m.pages) * m.pageSize; size < need {
		return fmt.Errorf("%w: it was cut short (%d of %d bytes)", ErrDamaged, size, need)
	}
	c := checker{file: file, meta: m, seen: make([]bool, m.pages)}
	err = c.run()
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it ends too early", ErrDamaged)
	}
	return err
}

// checker walks the tree of pages.
type checker struct {
	meta
	file    io.ReaderAt
	seen    []bool   // by page: met already, or free
	buffers [][]byte // by depth
}

func (c *checker) run() error {
	free, own, err := c.readFreelist(c.file)
	if err != nil {
		return err
	}
	if c.freelist != noFreelist {
		if err := c.meet(own.id, own.overflow); err != nil {
			return err
		}
	}
	for _, id := range free {
		if err := c.meet(id, 0); err != nil {
			return err
		}
	}
	if err := c.walk(c.root, 0, nil, nil, true); err != nil {
		return err
	}
	for id := 2; id < len(c.seen); id++ {
		if !c.seen[id] {
			return fmt.Errorf("%w: page %d is neither used nor free", ErrDamaged, id)
		}
	}
	return nil
}

// meet notes that a page and its overflow were found.
func (c *checker) meet(id, overflow uint64) error {
	for i := id; i <= id+overflow; i++ {
		if c.seen[i] {
			return fmt.Errorf("%w: page %d is used twice", ErrDamaged, i)
		}
		c.seen[i] = true
	}
	return nil
}

// walk checks the tree below a page, whose keys must be ≥ from and < to; nil is no bound. Only the top tree
// holds buckets.
func (c *checker) walk(id uint64, depth int, from, to []byte, top bool) error {
	if len(c.buffers) == depth {
		c.buffers = append(c.buffers, nil)
	}
	p, buffer, err := c.readPage(c.file, id, c.buffers[depth])
	c.buffers[depth] = buffer
	if err != nil {
		return err
	}
	if err := c.meet(id, p.overflow); err != nil {
		return err // also ends a circle
	}
	elements, err := p.elements()
	if err != nil {
		return err
	}
	if err := inOrder(p.id, elements, from, to); err != nil {
		return err
	}
	for i, e := range elements {
		switch {
		case p.flags == branchPage:
			below := to
			if i+1 < len(elements) {
				below = elements[i+1].key
			}
			err = c.walk(e.child, depth+1, e.key, below, top)
		case e.bucket && top:
			err = c.bucket(e.value, depth)
		case e.bucket || top:
			err = fmt.Errorf("%w: page %d mixes buckets and records", ErrDamaged, id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// bucket checks the tree of a bucket, or the leaf page that lies in its value.
func (c *checker) bucket(value []byte, depth int) error {
	const header = 16
	if len(value) < header {
		return fmt.Errorf("%w: a bucket has no header", ErrDamaged)
	}
	if root := binary.LittleEndian.Uint64(value); root != 0 {
		return c.walk(root, depth+1, nil, nil, false)
	}
	if len(value) < header+pageHeader {
		return fmt.Errorf("%w: a bucket has no page", ErrDamaged)
	}
	p := parsePage(value[header:])
	elements, err := p.elements()
	if err == nil && p.flags != leafPage {
		err = fmt.Errorf("%w: a bucket holds no leaf", ErrDamaged)
	}
	if err == nil {
		err = inOrder(p.id, elements, nil, nil)
	}
	return err
}

// inOrder checks that keys grow and keep within bounds.
func inOrder(id uint64, elements []element, from, to []byte) error {
	for i, e := range elements {
		low := i == 0 && from != nil && bytes.Compare(e.key, from) < 0
		high := i == len(elements)-1 && to != nil && bytes.Compare(e.key, to) >= 0
		if low || high || i > 0 && bytes.Compare(e.key, elements[i-1].key) <= 0 {
			return fmt.Errorf("%w: the keys of page %d are not in order", ErrDamaged, id)
		}
	}
	return nil
}
