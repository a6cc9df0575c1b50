package fingerprint

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"math"
	"sync"
	"testing"

	"lockerd/matcher"
	"lockerd/matcher/fingerprint/synthetic"
)

const golden = "26cdd0a907416f4f 40528ba4f932e1c7 376564ff46707375 bffeae6e2051a778 3fba0389c9af038c"

// fingers keeps the synthetic fingers of all tests, as growing one takes a while.
var fingers sync.Map

// sample returns an impression of a synthetic finger as a sensor would give it.
func sample(seed, n uint64) matcher.Sample {
	const w, h = 256, 288
	finger, _ := fingers.LoadOrStore(seed, synthetic.New(seed))
	return matcher.Sample{Kind: matcher.Fingerprint, Bytes: finger.(*synthetic.Finger).Impression(n, w, h), Width: w, Height: h, DPI: synthetic.DPI}
}

func TestFingersMatchThemselvesOnly(t *testing.T) {
	m := New(Options{})
	const fingers, impressions = 4, 4
	var first, second []matcher.Identification
	for f := range uint64(fingers) {
		var samples []matcher.Sample
		for n := range uint64(impressions - 1) {
			samples = append(samples, sample(f, n))
		}
		id, err := m.Enrol(samples)
		if err != nil {
			t.Fatalf("finger %d: %v", f, err)
		}
		first = append(first, id)
		id, err = m.Extract(sample(f, impressions-1))
		if err != nil {
			t.Fatalf("finger %d: %v", f, err)
		}
		second = append(second, id)
	}
	for i, a := range first {
		for j, b := range second {
			v, err := m.Compare(a, b)
			if err != nil {
				t.Fatal(err)
			}
			if v.Match != (i == j) {
				t.Errorf("fingers %d and %d: match %v, score %.1f, FMR %.2g", i, j, v.Match, v.Score, v.FMR)
			}
		}
	}
}

// TestSameOnEveryMachine pins templates and scores of two impressions of a finger and one of another, so that a
// machine that computes otherwise is found: make test-arm runs it on emulated arm64 and armv7. A change of the
// engine or the weights changes it, too.
func TestSameOnEveryMachine(t *testing.T) {
	m := New(Options{})
	var ids []matcher.Identification
	hash := fnv.New64a()
	for _, s := range []matcher.Sample{sample(1, 0), sample(1, 1), sample(2, 0)} {
		id, err := m.Extract(s)
		if err != nil {
			t.Fatal(err)
		}
		hash.Write(id.Data)
		ids = append(ids, id)
	}
	got := fmt.Sprintf("%016x", hash.Sum64())
	for _, second := range ids[1:] {
		v, err := m.Compare(ids[0], second)
		if err != nil {
			t.Fatal(err)
		}
		got += fmt.Sprintf(" %016x %016x", math.Float64bits(v.Score), math.Float64bits(v.FMR))
	}
	if got != golden {
		t.Errorf("got %s, want %s", got, golden)
	}
}

func TestCompareAllocatesNothing(t *testing.T) {
	m := New(Options{})
	var ids [2]matcher.Identification
	for i := range ids {
		id, err := m.Extract(sample(uint64(i), 0))
		if err != nil {
			t.Fatal(err)
		}
		if ids[i], err = m.Prepare(id); err != nil {
			t.Fatal(err)
		}
	}
	w := new(work)
	a, b := ids[0].Form.(*form), ids[1].Form.(*form)
	w.score(m.calibration, a, b)
	if n := testing.AllocsPerRun(20, func() { w.score(m.calibration, a, b) }); n != 0 {
		t.Errorf("%v allocations a comparison", n)
	}
}

func TestIdentifyFindsTheFinger(t *testing.T) {
	m := New(Options{})
	var ids []matcher.Identification
	for seed := range uint64(4) {
		id, err := m.Extract(sample(seed, 0))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	g, err := m.NewGallery(ids)
	if err != nil {
		t.Fatal(err)
	}
	probe, err := m.Extract(sample(3, 1))
	if err != nil {
		t.Fatal(err)
	}
	found, err := g.Identify(probe, 2)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 2 || found[0].Index != 3 || !found[0].Verdict.Match || found[1].Verdict.Match {
		t.Errorf("got %+v, want finger 3 alone to match", found)
	}
}

func TestSeveralGoroutines(t *testing.T) {
	m := New(Options{})
	s := sample(1, 0)
	want, err := m.Extract(s)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			got, err := m.Extract(s)
			if err != nil || !bytes.Equal(got.Data, want.Data) {
				t.Errorf("another goroutine extracted otherwise: %v", err)
			}
			if v, err := m.Compare(want, got); err != nil || !v.Match {
				t.Errorf("another goroutine compared otherwise: %+v, %v", v, err)
			}
		})
	}
	wg.Wait()
}

func TestQuality(t *testing.T) {
	m := New(Options{})
	id, err := m.Extract(sample(1, 0))
	if err != nil {
		t.Fatal(err)
	}
	impressions, err := unpack(id.Data)
	if err != nil || len(impressions) != 1 || impressions[0].grade < 60 {
		t.Errorf("a good impression is judged as %+v, %v", impressions, err)
	}
}
