package main

import (
	"errors"
	"flag"
	"io"
	"strconv"

	"lockerd/matcher/fingerprint"
)

// runSynthetic measures the engine on synthetic fingers, so that nobody takes them for real data.
func runSynthetic(args []string, out, errs io.Writer) error {
	f := flag.NewFlagSet("evaluate synthetic", flag.ContinueOnError)
	f.SetOutput(errs)
	fingers := f.Int("n", 20, "fingers")
	impressions := f.Int("impressions", 4, "impressions of each, 256 × 288 pixels")
	jobs := f.Int("jobs", 2, "goroutines")
	asJSON := f.Bool("json", false, "one JSON object a line")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return errors.New("synthetic fingers come from no folder: use evaluate fingerprint for one")
	}
	if *fingers < 2 || *impressions < 2 {
		return errors.New("give -n and -impressions from 2")
	}
	ids, err := syntheticPrints(1, *fingers, *impressions, progress(errs, "synthetic fingers", *fingers))
	if err != nil {
		return err
	}
	set := measured{name: "synthetic"}
	prints := make([]print, len(ids))
	for i := range prints {
		prints[i] = print{finger: strconv.Itoa(i / *impressions), impression: i%*impressions + 1}
	}
	bar := func(what string, n int) func() { return progress(errs, what, n) }
	if err := set.carryOut(prints, ids, trials(prints, 0), *jobs, bar); err != nil {
		return err
	}
	builtIn := fingerprint.BuiltIn()
	set.judge(&builtIn)
	return writeRates(out, summarise([]measured{set})[:1], *asJSON)
}
