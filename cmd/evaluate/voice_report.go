package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// voiceFigures are what a measurement of voices prints; rates are fractions.
type voiceFigures struct {
	EER     float64 `json:"eer"`
	MinDCF  float64 `json:"mindcf"` // at a prior of 0.01 for targets, costs of 1, normalised
	FNMR1   float64 `json:"fnmr1"`  // at a false-match rate of 1 %
	FNMR01  float64 `json:"fnmr01"` // at a false-match rate of 0.1 %
	FTA     float64 `json:"fta"`    // share of test recordings that were refused
	RTF     float64 `json:"rtf"`    // seconds of extraction a second of sound
	Targets int     `json:"targets"`
	Others  int     `json:"nontargets"`
	// Refused is the share of models that could not be enrolled.
	Refused float64 `json:"fte"`
	// Claimed10, Claimed1 and Claimed01 are the shares of nontargets for which the matcher estimated a false-match
	// rate of 10, 1 and 0.1 % or less: 0.1, 0.01 and 0.001 when its calibration holds.
	Claimed10 float64 `json:"fmr_at_claimed_10"`
	Claimed1  float64 `json:"fmr_at_claimed_1"`
	Claimed01 float64 `json:"fmr_at_claimed_01"`
	// Missed1 is the share of targets for which it estimated more than 1 %: whom a cabinet of that policy refuses.
	Missed1 float64 `json:"fnmr_at_claimed_1"`
	// Replays is the share of replays that score above the threshold of a false-match rate of 1 %, Recognised the
	// share refused as repetitions; absent unless they were tried.
	Replays    *float64 `json:"replays_accepted,omitempty"`
	Recognised *float64 `json:"replays_recognised,omitempty"`
}

func (t *voiceTest) figures() (voiceFigures, error) {
	if len(t.target) == 0 || len(t.nontarget) == 0 {
		return voiceFigures{}, fmt.Errorf("the lists have %d target and %d nontarget trials: rates of errors need both", len(t.target), len(t.nontarget))
	}
	f := voiceFigures{Targets: len(t.target), Others: len(t.nontarget)}
	f.EER, f.MinDCF = 1, 1
	least, threshold := math.Inf(1), math.Inf(1)
	for _, p := range errorCurve(t.target, t.nontarget) {
		if d := math.Abs(p.fnmr - p.fmr); d < least {
			least, f.EER = d, (p.fnmr+p.fmr)/2
		}
		f.MinDCF = min(f.MinDCF, p.fnmr+99*p.fmr)
		if p.fmr <= 0.01 {
			f.FNMR1, threshold = p.fnmr, p.score
		}
		if p.fmr <= 0.001 {
			f.FNMR01 = p.fnmr
		}
	}
	f.Claimed10, f.Claimed1, f.Claimed01 = share(t.estimates, 0.1), share(t.estimates, 0.01), share(t.estimates, 0.001)
	f.Missed1 = 1 - share(t.genuine, 0.01)
	if t.replay != nil && len(t.replay.scores) > 0 {
		all, accepted := float64(len(t.replay.scores)), 0.0
		for _, s := range t.replay.scores {
			if s >= threshold {
				accepted++
			}
		}
		accepted /= all
		recognised := float64(t.replay.recognised) / all
		f.Replays, f.Recognised = &accepted, &recognised
	}
	f.FTA = float64(t.failed) / float64(max(1, t.recordings))
	f.Refused = float64(t.failedModel) / float64(max(1, t.models))
	f.RTF = t.spent.Seconds() / max(t.heard, 1e-9)
	return f, nil
}

// share returns the share of estimates that are rate or less.
func share(estimates []float64, rate float64) float64 {
	n := 0
	for _, e := range estimates {
		if e <= rate {
			n++
		}
	}
	return float64(n) / float64(max(1, len(estimates)))
}

// An errorPoint is a threshold's rates of errors: scores at or above it match.
type errorPoint struct{ score, fmr, fnmr float64 }

// errorCurve returns the rates at every score as threshold, in the order of falling thresholds: from point to
// point FMR grows and FNMR falls, and the last point with an FMR in bounds is the one to take.
func errorCurve(target, nontarget []float64) []errorPoint {
	thresholds := slices.Concat(target, nontarget)
	slices.Sort(thresholds)
	thresholds = slices.Compact(thresholds)
	slices.Reverse(thresholds)
	target, nontarget = slices.Clone(target), slices.Clone(nontarget)
	slices.Sort(target)
	slices.Sort(nontarget)
	points := []errorPoint{{score: math.Inf(1), fmr: 0, fnmr: 1}}
	for _, s := range thresholds {
		if math.IsInf(s, -1) { // refused: no threshold lets these in
			continue
		}
		missed, _ := slices.BinarySearch(target, s)
		below, _ := slices.BinarySearch(nontarget, s)
		points = append(points, errorPoint{
			score: s,
			fmr:   1 - float64(below)/float64(len(nontarget)),
			fnmr:  float64(missed) / float64(len(target)),
		})
	}
	return points
}

func (t *voiceTest) report(out io.Writer, asJSON bool, plotFile string) error {
	f, err := t.figures()
	if err != nil {
		return err
	}
	if asJSON {
		err = json.NewEncoder(out).Encode(f)
	} else {
		err = f.print(out)
	}
	if err != nil || plotFile == "" {
		return err
	}
	return plotErrors(plotFile, errorCurve(t.target, t.nontarget))
}

// print writes the figures for people, in per cent.
func (f voiceFigures) print(out io.Writer) error {
	fmt.Fprintf(out, "trials            %d target, %d nontarget\n", f.Targets, f.Others)
	fmt.Fprintf(out, "EER               %.2f %%\n", 100*f.EER)
	fmt.Fprintf(out, "minDCF(0.01)      %.3f\n", f.MinDCF)
	fmt.Fprintf(out, "FNMR at FMR 1 %%   %.2f %%\n", 100*f.FNMR1)
	fmt.Fprintf(out, "FNMR at FMR 0.1 %% %.2f %%\n", 100*f.FNMR01)
	fmt.Fprintf(out, "not acquired      %.2f %% of tests, %.2f %% of models\n", 100*f.FTA, 100*f.Refused)
	fmt.Fprintf(out, "calibration       claimed FMR 10 %% / 1 %% / 0.1 %%: measured %.2f %% / %.2f %% / %.3f %%; %.2f %% of targets refused at 1 %%\n",
		100*f.Claimed10, 100*f.Claimed1, 100*f.Claimed01, 100*f.Missed1)
	if f.Replays != nil {
		fmt.Fprintf(out, "replays           %.2f %% sound like their speaker at FMR 1 %%, %.2f %% are recognised as replays\n", 100**f.Replays, 100**f.Recognised)
	}
	_, err := fmt.Fprintf(out, "real-time factor  %.5f (%.1f ms for 3 s)\n", f.RTF, 3000*f.RTF)
	return err
}

// plotErrors draws FNMR over FMR, both on logarithmic scales. Rates of zero are drawn at the axes' ends.
func plotErrors(file string, points []errorPoint) error {
	const least = 1e-4
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = "Errors of the voice matcher", "log10 of FMR", "log10 of FNMR"
	var line plotter.XYs
	for _, e := range points {
		line = append(line, plotter.XY{X: math.Log10(max(e.fmr, least)), Y: math.Log10(max(e.fnmr, least))})
	}
	l, err := plotter.NewLine(line)
	if err != nil {
		return err
	}
	p.Add(plotter.NewGrid(), l)
	if err := p.Save(14*vg.Centimeter, 14*vg.Centimeter, file); err != nil {
		return fmt.Errorf("cannot draw the curve: %w", err)
	}
	return nil
}
