package fingerprint

import (
	"testing"

	"lockerd/matcher"
)

func BenchmarkExtract(b *testing.B) {
	m := New(Options{})
	s := sample(1, 0)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Extract(s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPrepare(b *testing.B) {
	m := New(Options{})
	id, err := m.Extract(sample(1, 0))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Prepare(id); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompare(b *testing.B) {
	m := New(Options{})
	var ids [2]matcher.Identification
	for i := range ids {
		id, err := m.Extract(sample(uint64(i), 0))
		if err != nil {
			b.Fatal(err)
		}
		if ids[i], err = m.Prepare(id); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Compare(ids[0], ids[1]); err != nil {
			b.Fatal(err)
		}
	}
}
