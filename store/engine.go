package store

// engine runs transactions over buckets of sorted keys. There are two: a bbolt file and memory.
type engine interface {
	// view runs fn on a state that does not change meanwhile.
	view(fn func(kv) error) error
	// update runs fn and makes its changes durable, all of them or, when it returns an error, none.
	update(fn func(kv) error) error
	// scrub overwrites whatever the engine still keeps of deleted values.
	scrub() error
	// copies counts how often the bytes stand in whatever the engine keeps, deleted values included.
	copies(of []byte) (int, error)
	close() error
}

// kv is one transaction. Slices that it gives are valid until it ends and must not be changed.
type kv interface {
	// get returns nil when there is no such key.
	get(bucket string, key []byte) []byte
	put(bucket string, key, value []byte) error
	remove(bucket string, key []byte) error
	// walk calls fn for each key from the first that is ≥ from, in order, until fn returns false. fn
	// changes nothing.
	walk(bucket string, from []byte, fn func(key, value []byte) bool)
	// ensure makes the bucket when there is none.
	ensure(bucket string) error
	// has tells whether the bucket is there. Other methods want one that is.
	has(bucket string) bool
}
