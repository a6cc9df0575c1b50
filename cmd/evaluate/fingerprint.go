package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/schollz/progressbar/v3"

	"lockerd/matcher/fingerprint"
)

// fingerprintOptions are the flags of evaluate fingerprint.
type fingerprintOptions struct {
	window, train string
	grey, dpi     int
	gallery, jobs int
	asJSON, cross bool
	scores, plot  string
	fit           string
}

func (o *fingerprintOptions) parse(args []string, errs io.Writer) ([]string, error) {
	f := flag.NewFlagSet("evaluate fingerprint", flag.ContinueOnError)
	f.SetOutput(errs)
	f.StringVar(&o.window, "window", "", "cut `WxH` pixels from the middle, as a small sensor would")
	f.IntVar(&o.grey, "grey", 8, "`bits` of grey that the sensor gives")
	f.IntVar(&o.dpi, "dpi", 500, "resolution; DIR@512 overrides it for one folder")
	f.IntVar(&o.gallery, "gallery", 0, "compare with `K` impressions of a finger together; 0 = FVC protocol")
	f.IntVar(&o.jobs, "jobs", runtime.NumCPU(), "goroutines; 1 for times that can be compared")
	f.BoolVar(&o.asJSON, "json", false, "one JSON object a line")
	f.BoolVar(&o.cross, "crossvalidate", false, "judge each folder with weights fitted on the other folders")
	f.StringVar(&o.train, "train", "", "what -crossvalidate and -fit fit on: a `LIST` of whole and WxH; as is judged without")
	f.StringVar(&o.scores, "scores", "", "write every score to `FILE`")
	f.StringVar(&o.plot, "plot", "", "draw detection error trade-off curves to `FILE`, PNG or SVG")
	f.StringVar(&o.fit, "fit", "", "fit weights on all folders and write them as Go source to `FILE`")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() == 0 {
		return nil, errors.New("give one or more folders of FINGER_IMPRESSION.png, .tif or .bmp")
	}
	if err := flagsFirst(f.Args()); err != nil {
		return nil, err
	}
	if o.grey < 1 || o.grey > 8 || o.gallery < 0 || o.gallery > 6 || o.jobs < 1 {
		return nil, errors.New("give -grey 1 to 8, -gallery 0 to 6 and -jobs from 1")
	}
	return f.Args(), canPlot(o.plot)
}

// runFingerprint measures the fingerprint matcher with the FVC protocol.
func runFingerprint(args []string, out, errs io.Writer) error {
	var o fingerprintOptions
	dirs, err := o.parse(args, errs)
	if err != nil {
		return err
	}
	c := capture{bits: o.grey}
	if c.width, c.height, err = parseWindow(o.window); err != nil {
		return err
	}
	sets, err := o.measure(dirs, c, o.gallery, errs)
	if err != nil {
		return err
	}
	training, err := o.training(dirs, sets, errs)
	if err != nil {
		return err
	}
	if err := o.judge(sets, training, errs); err != nil {
		return err
	}
	if err := writeRates(out, summarise(sets), o.asJSON); err != nil {
		return err
	}
	return o.writeFiles(sets, training)
}

// flagsFirst refuses a flag behind the folders, where it would be taken for one of them.
func flagsFirst(folders []string) error {
	for _, f := range folders {
		if strings.HasPrefix(f, "-") {
			return fmt.Errorf("flags stand before the folders: %s", f)
		}
	}
	return nil
}

// measure measures every folder as a capture gives it.
func (o *fingerprintOptions) measure(dirs []string, c capture, gallery int, errs io.Writer) ([]measured, error) {
	folders := make([]printSet, len(dirs))
	for i, dir := range dirs {
		var err error
		if folders[i], err = findPrints(dir, o.dpi); err != nil {
			return nil, err
		}
	}
	var sets []measured
	for _, set := range folders {
		m, err := measure(set, c, gallery, o.jobs, func(what string, n int) func() { return progress(errs, what, n) })
		if err != nil {
			return nil, err
		}
		if m.failures == 1 {
			fmt.Fprintf(errs, "%s: no image could be used: %v\n", m.name, m.refusal)
		}
		sets = append(sets, m)
	}
	return sets, nil
}

// training returns by folder the comparisons that weights are fitted on: those that are judged, or those of
// the captures that -train lists, windows with the module's 4 bits of grey.
func (o *fingerprintOptions) training(dirs []string, sets []measured, errs io.Writer) ([][]comparison, error) {
	comparisons := make([][]comparison, len(sets))
	if o.train == "" || !o.cross && o.fit == "" {
		for i := range sets {
			comparisons[i] = sets[i].comparisons
		}
		return comparisons, nil
	}
	for _, what := range strings.Split(o.train, ",") {
		c := capture{bits: 8}
		if what != "whole" {
			c.bits = 4
			var err error
			if c.width, c.height, err = parseWindow(what); err != nil {
				return nil, err
			}
		}
		more, err := o.measure(dirs, c, 0, errs)
		if err != nil {
			return nil, err
		}
		for i := range more {
			comparisons[i] = append(comparisons[i], more[i].comparisons...)
		}
	}
	return comparisons, nil
}

// judge scores every comparison, with the built-in weights or with those of the other sets.
func (o *fingerprintOptions) judge(sets []measured, training [][]comparison, errs io.Writer) error {
	if o.cross && (len(sets) < 2 || o.gallery > 0 && o.train == "") {
		return errors.New("-crossvalidate needs two or more folders, and with -gallery also -train")
	}
	if !o.cross {
		fmt.Fprintln(errs, "weights: built in (fitted on the public sets named in docs/fingerprint.md; -crossvalidate for these)")
		builtIn := fingerprint.BuiltIn()
		for i := range sets {
			sets[i].judge(&builtIn)
		}
		return nil
	}
	for i := range sets {
		var others []comparison
		for j := range sets {
			if j != i {
				others = append(others, training[j]...)
			}
		}
		weights, err := fit(others)
		if err != nil {
			return fmt.Errorf("%s: %w", sets[i].name, err)
		}
		sets[i].judge(&weights)
	}
	return nil
}

// summarise returns the rates of each set, of their mean, and of all comparisons pooled.
func summarise(sets []measured) []rates {
	var list []rates
	var all []comparison
	for _, m := range sets {
		r := ratesOf(m.name, m.comparisons)
		r.FTE = m.failures
		r.ExtractMS = m.extract.Seconds() * 1e3
		r.CompareUS = m.compare.Seconds() * 1e6
		list = append(list, r)
		all = append(all, m.comparisons...)
	}
	mean := meanOf(list)
	pooled := ratesOf("pooled", all)
	pooled.FTE, pooled.ExtractMS, pooled.CompareUS = mean.FTE, mean.ExtractMS, mean.CompareUS
	return append(list, mean, pooled)
}

// writeRates prints rates as a table in per cent, or as JSON in shares.
func writeRates(out io.Writer, list []rates, asJSON bool) error {
	if asJSON {
		return writeJSON(out, list)
	}
	table := bufio.NewWriter(out) // which keeps the first error
	fmt.Fprintf(table, "%-16s %7s %7s %7s %8s %9s %8s %6s %9s %8s\n", "% of", "EER(45)", "EER", "FMR100", "FMR1000", "FMR10000", "ZeroFMR", "FTE", "ms/image", "µs/pair")
	for _, r := range list {
		fmt.Fprintf(table, "%-16s %7.2f %7.2f %7.2f %8.2f %9.2f %8.2f %6.2f %9.2f %8.1f\n", r.Set, 100*r.EER45, 100*r.EER, 100*r.FMR100,
			100*r.FMR1000, 100*r.FMR10000, 100*r.ZeroFMR, 100*r.FTE, r.ExtractMS, r.CompareUS)
	}
	return table.Flush()
}

// writeJSON writes one object a line.
func writeJSON[T any](out io.Writer, list []T) error {
	enc := json.NewEncoder(out)
	for _, r := range list {
		if err := enc.Encode(r); err != nil {
			return fmt.Errorf("cannot write results: %w", err)
		}
	}
	return nil
}

// writeFiles writes what -scores, -plot and -fit ask for.
func (o *fingerprintOptions) writeFiles(sets []measured, training [][]comparison) error {
	if o.scores != "" {
		if err := writeTo(o.scores, func(w io.Writer) { writeScores(w, sets) }); err != nil {
			return err
		}
	}
	if o.fit != "" {
		var all []comparison
		var names []string
		for i, m := range sets {
			all, names = append(all, training[i]...), append(names, m.name)
		}
		c, err := fit(all)
		if err != nil {
			return err
		}
		if err := writeTo(o.fit, func(w io.Writer) { writeCalibration(w, c, o.train, names) }); err != nil {
			return err
		}
	}
	if o.plot != "" {
		return plotDET(o.plot, sets)
	}
	return nil
}

// writeScores writes one comparison a line: set, first, second, genuine or impostor, score.
func writeScores(w io.Writer, sets []measured) {
	for _, m := range sets {
		for _, c := range m.comparisons {
			kind := "impostor"
			if c.genuine {
				kind = "genuine"
			}
			fmt.Fprintf(w, "%s %s %s %s %.4f\n", m.name, c.first, c.second, kind, c.score)
		}
	}
}

// writeTo creates a file and lets write fill it. What could not be written is an error, whoever wrote it.
func writeTo(path string, write func(io.Writer)) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("cannot write results: %w", err)
	}
	b := bufio.NewWriter(f) // which keeps the first error
	write(b)
	if err := errors.Join(b.Flush(), f.Close()); err != nil {
		return fmt.Errorf("cannot write results: %w", err)
	}
	return nil
}

// progress shows a bar and returns what to call after each of n steps.
func progress(errs io.Writer, what string, n int) func() {
	bar := progressbar.NewOptions(n, progressbar.OptionSetWriter(errs), progressbar.OptionSetDescription(what),
		progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(30), progressbar.OptionThrottle(100_000_000))
	return func() { _ = bar.Add(1) } // a bar that cannot be drawn is no reason to stop
}
