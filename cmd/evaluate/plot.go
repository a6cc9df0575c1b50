package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
)

// canPlot refuses a file of curves that could not be written, before what it shows is measured.
func canPlot(path string) error {
	if path == "" {
		return nil
	}
	if ext := strings.ToLower(filepath.Ext(path)); ext != ".png" && ext != ".svg" {
		return fmt.Errorf("cannot draw %s: name a file that ends with .png or .svg", path)
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return fmt.Errorf("cannot draw %s: %w", path, err)
	}
	return nil
}

// plotDET draws the detection error trade-off of each set and of all together: false non-matches over
// false matches, both on logarithmic axes (A. Martin et al., "The DET curve in assessment of detection
// task performance", Eurospeech 1997).
func plotDET(path string, sets []measured) error {
	p := plot.New()
	p.Title.Text = "Detection error trade-off"
	p.X.Label.Text, p.Y.Label.Text = "false match rate", "false non-match rate"
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.LogTicks{Prec: -1}, plot.LogTicks{Prec: -1}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 1e-4, 1, 1e-3, 1
	p.Add(plotter.NewGrid())
	var all []comparison
	for i, m := range append(sets, measured{name: "pooled"}) {
		comparisons := m.comparisons
		if i == len(sets) {
			comparisons = all
		}
		all = append(all, m.comparisons...)
		genuine, impostor, _ := sortedScores(comparisons)
		line, err := plotter.NewLine(trade(genuine, impostor))
		if err != nil {
			return fmt.Errorf("cannot draw %s: %w", m.name, err)
		}
		line.Color, line.Dashes = plotutil.Color(i), plotutil.Dashes(i)
		p.Add(line)
		p.Legend.Add(m.name, line)
	}
	p.Legend.Top = true
	if err := p.Save(18*vg.Centimeter, 14*vg.Centimeter, path); err != nil {
		return fmt.Errorf("cannot draw curves: %w", err)
	}
	return nil
}

// trade returns the points of the curve, from the highest impostor's score down. Rates of zero are drawn
// at the axes' ends.
func trade(genuine, impostor []float64) plotter.XYs {
	var points plotter.XYs
	for i := len(impostor) - 1; i >= 0; i-- {
		passed := float64(len(impostor)-i) / float64(len(impostor))
		refused := float64(sort.SearchFloat64s(genuine, impostor[i])) / float64(len(genuine))
		points = append(points, plotter.XY{X: math.Max(passed, 1e-4), Y: math.Max(refused, 1e-3)})
	}
	return points
}
