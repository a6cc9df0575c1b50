// Command bench measures a peer, go-sourceafis (https://github.com/miqdadyyy/go-sourceafis, Apache-2.0),
// beside lockerd's fingerprint engine: the same images, the same FVC protocol, one thread, one run. It is
// a module of its own, so that the product does not depend on the peer.
//
//	bench DIR[@DPI]...
//
// Each folder holds FINGER_IMPRESSION.png.
package main

import (
	"errors"
	"fmt"
	"image"
	"image/draw"
	_ "image/png"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"time"
)

// An engine extracts and compares.
type engine interface {
	name() string
	// extract returns a template of the image, or nil where it refuses it.
	extract(img *image.Gray, dpi int) any
	// probe makes a template ready to be compared with many.
	probe(template any) any
	// compare returns the similarity of a probe and a template.
	compare(probe, template any) float64
}

func main() {
	runtime.GOMAXPROCS(1)
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(dirs []string) error {
	if len(dirs) == 0 {
		return errors.New("give one or more folders DIR or DIR@DPI of FINGER_IMPRESSION.png")
	}
	engines := []engine{newPeer(), newOurs()}
	sums := make([]result, len(engines))
	fmt.Printf("%-16s %-14s %8s %8s %9s %6s %10s %10s\n", "% of", "engine", "EER(45)", "EER", "FMR1000", "FTE", "ms/image", "µs/pair")
	for _, dir := range dirs {
		prints, err := load(dir)
		if err != nil {
			return err
		}
		for i, e := range engines {
			r := measure(e, prints)
			r.print(filepath.Base(dir), e.name())
			sums[i].add(r, len(dirs))
		}
	}
	for i, e := range engines {
		sums[i].print("mean", e.name())
	}
	a, b := sums[0], sums[1]
	fmt.Printf("%-16s %-14s %8.2f %8.2f %9.2f %6s %10.2f %10.2f\n", "peer / ours", "", a.eer45/b.eer45, a.eer/b.eer, a.fmr1000/b.fmr1000, "", a.extract/b.extract, a.compare/b.compare)
	return nil
}

// print is one image.
type print struct {
	finger     string
	impression int
	dpi        int
	img        *image.Gray
}

// load reads a folder's images.
func load(arg string) ([]print, error) {
	dir, dpi := arg, 500
	if at := strings.LastIndexByte(arg, '@'); at >= 0 {
		var err error
		if dpi, err = strconv.Atoi(arg[at+1:]); err != nil {
			return nil, fmt.Errorf("cannot read the resolution of %q", arg)
		}
		dir = arg[:at]
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*_*.png"))
	if err != nil || len(paths) == 0 {
		return nil, fmt.Errorf("no images FINGER_IMPRESSION.png in %s", dir)
	}
	var prints []print
	for _, path := range paths {
		finger, number, _ := strings.Cut(strings.TrimSuffix(filepath.Base(path), ".png"), "_")
		n, err := strconv.Atoi(number)
		if err != nil {
			continue
		}
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		img, _, err := image.Decode(f)
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("cannot decode %s: %w", path, err)
		}
		grey := image.NewGray(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
		draw.Draw(grey, grey.Bounds(), img, img.Bounds().Min, draw.Src)
		prints = append(prints, print{finger, n, dpi, grey})
	}
	return prints, nil
}

// result holds error rates as shares and times in milliseconds an image and microseconds a pair.
type result struct{ eer45, eer, fmr1000, fte, extract, compare float64 }

func (r *result) add(o result, n int) {
	r.eer45 += o.eer45 / float64(n)
	r.eer += o.eer / float64(n)
	r.fmr1000 += o.fmr1000 / float64(n)
	r.fte += o.fte / float64(n)
	r.extract += o.extract / float64(n)
	r.compare += o.compare / float64(n)
}

func (r result) print(set, engine string) {
	fmt.Printf("%-16s %-14s %8.2f %8.2f %9.2f %6.2f %10.2f %10.1f\n", set, engine, 100*r.eer45, 100*r.eer, 100*r.fmr1000, 100*r.fte, r.extract, r.compare)
}

// measure runs the FVC protocol with extended impostors. The time of a comparison includes making the
// probe ready, spread over the templates that it is compared with.
func measure(e engine, prints []print) result {
	var r result
	templates := make([]any, len(prints))
	start := time.Now()
	for i, p := range prints {
		if templates[i] = e.extract(p.img, p.dpi); templates[i] == nil {
			r.fte += 1 / float64(len(prints))
		}
	}
	r.extract = time.Since(start).Seconds() * 1e3 / float64(len(prints))
	var genuine, once, impostor []float64
	start = time.Now()
	for i, a := range prints {
		var ready any
		if templates[i] != nil {
			ready = e.probe(templates[i])
		}
		for j := i + 1; j < len(prints); j++ {
			b, score := prints[j], -1e9
			if ready != nil && templates[j] != nil {
				score = e.compare(ready, templates[j])
			}
			switch {
			case a.finger == b.finger:
				genuine = append(genuine, score)
			default:
				impostor = append(impostor, score)
				if a.impression == 1 && b.impression == 1 {
					once = append(once, score)
				}
			}
		}
	}
	r.compare = time.Since(start).Seconds() * 1e6 / float64(len(genuine)+len(impostor))
	sort.Float64s(genuine)
	sort.Float64s(once)
	sort.Float64s(impostor)
	r.eer45, r.eer = equalError(genuine, once), equalError(genuine, impostor)
	threshold := impostor[len(impostor)-1-len(impostor)/1000]
	r.fmr1000 = float64(sort.Search(len(genuine), func(i int) bool { return genuine[i] > threshold })) / float64(len(genuine))
	return r
}

// equalError returns the mean of both error rates where they differ least. Both slices ascend.
func equalError(genuine, impostor []float64) float64 {
	least, rate := 2.0, 0.0
	for _, scores := range [][]float64{genuine, impostor} {
		for _, t := range scores {
			refused := float64(sort.SearchFloat64s(genuine, t)) / float64(len(genuine))
			passed := 1 - float64(sort.SearchFloat64s(impostor, t))/float64(len(impostor))
			if d := max(refused-passed, passed-refused); d < least {
				least, rate = d, (refused+passed)/2
			}
		}
	}
	return rate
}
