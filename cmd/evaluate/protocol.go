package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"lockerd/matcher"
	"lockerd/matcher/fingerprint"
)

// comparison is one comparison of a set, with what it measured.
type comparison struct {
	first, second string // what was compared, for the score file
	genuine       bool
	once          bool // an impostor of the short protocol: each pair of fingers once
	failed        bool // one of the two was not extracted
	evidence      []fingerprint.Evidence
	score         float64
}

// failedScore is the score of a comparison with an impression that was not extracted.
const failedScore = math.MaxFloat64 * -1

// measured is a set after extraction and comparison.
type measured struct {
	name        string
	comparisons []comparison
	extract     time.Duration // mean of an image
	compare     time.Duration // mean of a pair
	failures    float64       // share of the images that gave no identification
	refusal     error         // why the first of them did not
}

// trial says which identifications are compared.
type trial struct {
	first, second []int // indices of prints; first has one for each impression of the gallery
	genuine, once bool
}

// trials lists the comparisons of the FVC protocol (D. Maio et al., "FVC2000", TPAMI 24 (3), 2002) with
// extended impostors: genuine, each pair of impressions of a finger; impostors, each pair of impressions
// of different fingers, of which the first impressions' are marked once. With gallery > 0 the impressions
// up to it of a finger stand together, against every other impression.
func trials(prints []print, gallery int) []trial {
	var list []trial
	first := func(i, after int) bool { // the first impression of its finger that counts beyond after
		return prints[i].impression > after &&
			(i == 0 || prints[i-1].finger != prints[i].finger || prints[i-1].impression <= after)
	}
	if gallery == 0 {
		for i, a := range prints {
			for j := i + 1; j < len(prints); j++ {
				b := prints[j]
				list = append(list, trial{[]int{i}, []int{j}, a.finger == b.finger,
					a.finger != b.finger && first(i, 0) && first(j, 0)})
			}
		}
		return list
	}
	galleries := map[string][]int{}
	var fingers []string
	for i, p := range prints {
		if p.impression <= gallery {
			if galleries[p.finger] == nil {
				fingers = append(fingers, p.finger)
			}
			galleries[p.finger] = append(galleries[p.finger], i)
		}
	}
	for _, f := range fingers {
		for j, p := range prints {
			if p.impression > gallery {
				list = append(list, trial{galleries[f], []int{j}, p.finger == f,
					p.finger > f && first(j, gallery)})
			}
		}
	}
	return list
}

// measure extracts every image of a set and carries out its trials.
func measure(set printSet, c capture, gallery, jobs int, progress func(string, int) func()) (measured, error) {
	m := measured{name: set.name}
	engine := fingerprint.New(fingerprint.Options{})
	ids := make([]matcher.Identification, len(set.prints))
	took := make([]time.Duration, len(set.prints))
	errs, refusals := make([]error, len(set.prints)), make([]error, len(set.prints))
	step := progress(set.name+" extract", len(set.prints))
	inParallel(len(set.prints), jobs, func(i int) {
		defer step()
		var s matcher.Sample
		if s, errs[i] = c.load(set.prints[i]); errs[i] != nil {
			return
		}
		start := time.Now()
		id, err := engine.Extract(s)
		took[i] = time.Since(start)
		switch {
		case err == nil:
			ids[i] = id
		case quality(err): // a failure to extract, counted below
			refusals[i] = err
		default:
			errs[i] = fmt.Errorf("%s: %w", set.prints[i].path, err)
		}
	})
	failed := 0
	for i, err := range errs {
		if err != nil {
			return m, err
		}
		m.extract += took[i] / time.Duration(len(took))
		if ids[i].Data == nil {
			failed, m.refusal = failed+1, cmp.Or(m.refusal, refusals[i])
		}
	}
	m.failures = float64(failed) / float64(len(ids))
	list := trials(set.prints, gallery)
	if !slices.ContainsFunc(list, func(t trial) bool { return t.genuine }) || !slices.ContainsFunc(list, func(t trial) bool { return t.once }) {
		return m, fmt.Errorf("%s: give at least two fingers with two impressions each, and more than the gallery holds", set.name)
	}
	return m, m.carryOut(set.prints, ids, list, jobs, progress)
}

// carryOut compares the trials' identifications. Each one is joined and prepared once.
func (m *measured) carryOut(prints []print, ids []matcher.Identification, list []trial, jobs int, progress func(string, int) func()) error {
	engine := fingerprint.New(fingerprint.Options{})
	prepared := map[string]matcher.Identification{}
	keys := make([][2]string, len(list))
	for i, t := range list {
		for side, members := range [2][]int{t.first, t.second} {
			key := fmt.Sprint(members)
			keys[i][side] = key
			if _, done := prepared[key]; done {
				continue
			}
			id, err := joinPrepared(engine, ids, members)
			if err != nil {
				return err
			}
			prepared[key] = id
		}
	}
	m.comparisons = make([]comparison, len(list))
	took := make([]time.Duration, len(list))
	step := progress(m.name+" compare", len(list))
	inParallel(len(list), jobs, func(i int) {
		defer step()
		t := list[i]
		a, b := prepared[keys[i][0]], prepared[keys[i][1]]
		c := comparison{first: label(prints, t.first), second: label(prints, t.second), genuine: t.genuine, once: t.once}
		if c.failed = a.Data == nil || b.Data == nil; !c.failed {
			start := time.Now()
			_, _ = engine.Compare(a, b)
			took[i] = time.Since(start)
			c.evidence, _ = fingerprint.Measure(a, b) // both were decoded by Prepare, so neither can be damaged
		}
		m.comparisons[i] = c
	})
	total, n := time.Duration(0), 0
	for i := range list {
		if !m.comparisons[i].failed {
			total += took[i]
			n++
		}
	}
	m.compare = total / time.Duration(max(n, 1))
	return nil
}

// joinPrepared returns the extracted ones of the members as one prepared identification; without any, an
// empty one.
func joinPrepared(engine *fingerprint.Matcher, ids []matcher.Identification, members []int) (matcher.Identification, error) {
	var some []matcher.Identification
	for _, i := range members {
		if ids[i].Data != nil {
			some = append(some, ids[i])
		}
	}
	if len(some) == 0 {
		return matcher.Identification{}, nil
	}
	id, err := fingerprint.Join("", some...)
	if err != nil {
		return id, err
	}
	return engine.Prepare(id)
}

// label names the members of one side of a trial.
func label(prints []print, members []int) string {
	p := prints[members[0]]
	s := fmt.Sprintf("%s_%d", p.finger, p.impression)
	if len(members) > 1 {
		s += fmt.Sprintf("-%d", prints[members[len(members)-1]].impression)
	}
	return s
}

// judge sets the score of every comparison.
func (m *measured) judge(c *fingerprint.Calibration) {
	for i := range m.comparisons {
		t := &m.comparisons[i]
		t.score = failedScore
		if !t.failed {
			t.score = c.Score(t.evidence)
		}
	}
}

// inParallel calls f for 0 to n-1 on as many goroutines as jobs says.
func inParallel(n, jobs int, f func(i int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range max(jobs, 1) {
		wg.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}
