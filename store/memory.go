package store

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
)

// memory is an engine without a file.
type memory struct {
	mu      sync.RWMutex
	buckets map[string]*memoryBucket
}

// memoryBucket keeps its keys sorted.
type memoryBucket struct {
	keys   []string
	values map[string][]byte
}

func newMemory() *memory { return &memory{buckets: map[string]*memoryBucket{}} }

func (m *memory) view(fn func(kv) error) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return fn(&memoryTx{memory: m})
}

func (m *memory) update(fn func(kv) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	tx := &memoryTx{memory: m}
	err := fn(tx)
	if err != nil {
		for _, undo := range slices.Backward(tx.undo) {
			undo()
		}
	}
	return err
}

func (m *memory) scrub() error { return nil }
func (m *memory) close() error { return nil }

func (m *memory) copies(of []byte) (n int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, b := range m.buckets {
		for key, value := range b.values {
			n += bytes.Count([]byte(key), of) + bytes.Count(value, of)
		}
	}
	return n, nil
}

// memoryTx remembers how to undo what it did.
type memoryTx struct {
	*memory
	undo []func()
}

func (t *memoryTx) get(bucket string, key []byte) []byte {
	return t.buckets[bucket].values[string(key)]
}

func (t *memoryTx) put(bucket string, key, value []byte) error {
	if len(key) == 0 {
		return fmt.Errorf("cannot put into %s: the key is empty", bucket)
	}
	t.keep(bucket, string(key))
	t.buckets[bucket].set(string(key), bytes.Clone(value))
	return nil
}

func (t *memoryTx) remove(bucket string, key []byte) error {
	t.keep(bucket, string(key))
	t.buckets[bucket].set(string(key), nil)
	return nil
}

// keep notes the value at hand for an undo.
func (t *memoryTx) keep(bucket, key string) {
	old := t.buckets[bucket].values[key]
	t.undo = append(t.undo, func() { t.buckets[bucket].set(key, old) })
}

func (t *memoryTx) walk(bucket string, from []byte, fn func(key, value []byte) bool) {
	b := t.buckets[bucket]
	start, _ := slices.BinarySearch(b.keys, string(from))
	for _, key := range b.keys[start:] {
		if !fn([]byte(key), b.values[key]) {
			return
		}
	}
}

func (t *memoryTx) ensure(bucket string) error {
	if t.buckets[bucket] == nil {
		t.buckets[bucket] = &memoryBucket{values: map[string][]byte{}}
	}
	return nil
}

func (t *memoryTx) has(bucket string) bool { return t.buckets[bucket] != nil }

// set puts the value, or removes the key when it is nil.
func (b *memoryBucket) set(key string, value []byte) {
	i, found := slices.BinarySearch(b.keys, key)
	switch {
	case value == nil && found:
		b.keys = slices.Delete(b.keys, i, i+1)
		delete(b.values, key)
	case value != nil && !found:
		b.keys = slices.Insert(b.keys, i, key)
		b.values[key] = value
	case value != nil:
		b.values[key] = value
	}
}
