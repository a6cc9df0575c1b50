package matcher

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Result is the result of one of several comparisons.
type Result struct {
	Verdict
	Err error
}

// CompareAll compares each first identification with the second one; results stand in their order. What a
// Preparer compares is prepared once and compared on every processor at once, so that a person waits less among
// many. Others take one after the other: comparing a secret takes memory on purpose.
func CompareAll(m Matcher, firsts []Identification, second Identification) []Result {
	results := make([]Result, len(firsts))
	workers := 1
	if p, ok := m.(Preparer); ok {
		if prepared, err := p.Prepare(second); err == nil { // otherwise Compare says what is wrong with it
			second, workers = prepared, min(runtime.GOMAXPROCS(0), len(firsts))
		}
	}
	var next atomic.Int64
	compare := func() {
		for i := int(next.Add(1)) - 1; i < len(firsts); i = int(next.Add(1)) - 1 {
			results[i].Verdict, results[i].Err = m.Compare(firsts[i], second)
		}
	}
	var working sync.WaitGroup
	for range workers - 1 {
		working.Go(compare)
	}
	compare()
	working.Wait()
	return results
}
