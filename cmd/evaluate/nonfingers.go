package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime"
	"sync"

	"lockerd/matcher"
	"lockerd/matcher/fingerprint"
	"lockerd/matcher/fingerprint/synthetic"
)

// runNonFingers shows images that are no finger to the engine, and compares those that it does not refuse
// with many templates: of the images of the folders first, then of synthetic fingers.
func runNonFingers(args []string, out, errs io.Writer) error {
	f := flag.NewFlagSet("evaluate nonfingers", flag.ContinueOnError)
	f.SetOutput(errs)
	n := f.Int("n", 1000, "images that are no finger")
	templates := f.Int("templates", 1000, "templates to compare with")
	dpi := f.Int("dpi", 500, "resolution of the folders; DIR@512 overrides it")
	jobs := f.Int("jobs", runtime.NumCPU(), "goroutines")
	asJSON := f.Bool("json", false, "one JSON object a line")
	if err := f.Parse(args); err != nil {
		return err
	}
	if err := flagsFirst(f.Args()); err != nil {
		return err
	}
	if *n < 1 || *templates < 1 || *jobs < 1 {
		return errors.New("give -n, -templates and -jobs from 1")
	}
	fingers, err := templatesOf(f.Args(), *templates, *dpi, errs)
	if err != nil {
		return err
	}
	results := tryOthers(*n, fingers, *jobs, progress(errs, "images that are no finger", *n))
	return writeOthers(out, results, *asJSON)
}

// templatesOf returns n prepared first identifications of one impression each.
func templatesOf(dirs []string, n, dpi int, errs io.Writer) ([]matcher.Identification, error) {
	var s search
	for _, dir := range dirs {
		if err := s.fromFolders([]string{dir}, dpi); err != nil {
			return nil, err
		}
	}
	ids := append(s.gallery, s.probes...)
	const impressions = 4
	if more := n - len(ids); more > 0 {
		fingers := (more + impressions - 1) / impressions
		made, err := syntheticPrints(1, fingers, impressions, progress(errs, "synthetic fingers", fingers))
		if err != nil {
			return nil, err
		}
		ids = append(ids, made...)
	}
	ids = ids[:n]
	engine := fingerprint.New(fingerprint.Options{})
	for i := range ids {
		var err error
		if ids[i], err = engine.Prepare(ids[i]); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// otherResult is what became of the images of one kind.
type otherResult struct {
	Kind        string  `json:"kind"`
	Images      int     `json:"images"`
	Refused     int     `json:"refused"` // at the sensor, with advice
	Comparisons int     `json:"comparisons"`
	Matches     int     `json:"matches"` // at the default threshold
	LowestFMR   float64 `json:"lowest_fmr"`
}

func (r *otherResult) add(o otherResult) {
	r.Images += o.Images
	r.Refused += o.Refused
	r.Comparisons += o.Comparisons
	r.Matches += o.Matches
	r.LowestFMR = min(r.LowestFMR, o.LowestFMR)
}

// tryOthers draws n images and returns the results by kind, and of all together.
func tryOthers(n int, fingers []matcher.Identification, jobs int, step func()) []otherResult {
	results := make([]otherResult, len(synthetic.Others)+1)
	for i := range results {
		results[i] = otherResult{Kind: "all", LowestFMR: 1}
		if i < len(synthetic.Others) {
			results[i].Kind = synthetic.Others[i]
		}
	}
	var mu sync.Mutex
	inParallel(n, jobs, func(i int) {
		defer step()
		r := tryOther(uint64(i), fingers)
		mu.Lock()
		defer mu.Unlock()
		results[i%len(synthetic.Others)].add(r)
		results[len(results)-1].add(r)
	})
	return results
}

// tryOther compares one image with every finger.
func tryOther(seed uint64, fingers []matcher.Identification) otherResult {
	const w, h = 256, 288
	engine := fingerprint.New(fingerprint.Options{})
	r := otherResult{Images: 1, LowestFMR: 1}
	id, err := engine.Extract(matcher.Sample{Kind: matcher.Fingerprint, Bytes: synthetic.Other(seed, w, h), Width: w, Height: h, DPI: synthetic.DPI})
	if err == nil {
		id, err = engine.Prepare(id)
	}
	if err != nil {
		r.Refused = 1
		return r
	}
	for _, f := range fingers {
		v, err := engine.Compare(f, id)
		if err != nil {
			continue // both are prepared, so that this cannot be
		}
		r.Comparisons++
		r.LowestFMR = min(r.LowestFMR, v.FMR)
		if v.Match {
			r.Matches++
		}
	}
	return r
}

func writeOthers(out io.Writer, results []otherResult, asJSON bool) error {
	if asJSON {
		return writeJSON(out, results)
	}
	table := bufio.NewWriter(out) // which keeps the first error
	fmt.Fprintf(table, "%-18s %7s %8s %12s %8s %11s\n", "kind", "images", "refused", "comparisons", "matches", "lowest FMR")
	for _, r := range results {
		fmt.Fprintf(table, "%-18s %7d %8d %12d %8d %11.2g\n", r.Kind, r.Images, r.Refused, r.Comparisons, r.Matches, r.LowestFMR)
	}
	return table.Flush()
}
