package main

import (
	"fmt"
	"image"
	"image/color"
	_ "image/png"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	_ "golang.org/x/image/bmp"
	_ "golang.org/x/image/tiff"

	"lockerd/matcher"
)

// printSet is a folder of fingerprint images.
type printSet struct {
	name   string
	prints []print
}

// print is one image of a finger.
type print struct {
	finger     string
	impression int // from 1
	path       string
	dpi        int
}

// findPrints lists the images FINGER_IMPRESSION.png, .tif or .bmp of a folder, given as DIR or DIR@DPI,
// ordered by finger and impression.
func findPrints(arg string, dpi int) (printSet, error) {
	dir := arg
	if at := strings.LastIndexByte(arg, '@'); at >= 0 {
		n, err := strconv.Atoi(arg[at+1:])
		if err != nil {
			return printSet{}, fmt.Errorf("cannot read the resolution of %q: give DIR@DPI", arg)
		}
		dir, dpi = arg[:at], n
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return printSet{}, fmt.Errorf("cannot list fingerprints: %w", err)
	}
	set := printSet{name: filepath.Base(filepath.Clean(dir))}
	for _, e := range entries {
		ext := strings.ToLower(filepath.Ext(e.Name()))
		finger, number, ok := strings.Cut(strings.TrimSuffix(e.Name(), filepath.Ext(e.Name())), "_")
		n, err := strconv.Atoi(number)
		if !ok || err != nil || !slices.Contains([]string{".png", ".tif", ".tiff", ".bmp"}, ext) {
			continue
		}
		set.prints = append(set.prints, print{finger, n, filepath.Join(dir, e.Name()), dpi})
	}
	if len(set.prints) < 2 {
		return printSet{}, fmt.Errorf("no images FINGER_IMPRESSION.png, .tif or .bmp in %s", dir)
	}
	slices.SortFunc(set.prints, func(a, b print) int {
		if a.finger != b.finger {
			return strings.Compare(a.finger, b.finger)
		}
		return a.impression - b.impression
	})
	return set, nil
}

// capture says what a sensor would give of an image.
type capture struct {
	width, height int // pixels of the window cut from the middle; 0 = the whole image
	bits          int // grey levels; 8 = as they are
}

// parseWindow reads "256x288".
func parseWindow(s string) (w, h int, err error) {
	if s == "" {
		return 0, 0, nil
	}
	if n, err := fmt.Sscanf(s, "%dx%d", &w, &h); err != nil || n != 2 || w <= 0 || h <= 0 {
		return 0, 0, fmt.Errorf("cannot read the window %q: give WIDTHxHEIGHT", s)
	}
	return w, h, nil
}

// load reads the image of a print as the capture would give it.
func (c capture) load(p print) (matcher.Sample, error) {
	f, err := os.Open(p.path)
	if err != nil {
		return matcher.Sample{}, err
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		return matcher.Sample{}, fmt.Errorf("cannot decode %s: %w", p.path, err)
	}
	r := img.Bounds()
	if c.width > 0 {
		x, y := r.Min.X+max(r.Dx()-c.width, 0)/2, r.Min.Y+max(r.Dy()-c.height, 0)/2
		r = r.Intersect(image.Rect(x, y, x+c.width, y+c.height))
	}
	s := matcher.Sample{Kind: matcher.Fingerprint, Width: r.Dx(), Height: r.Dy(), DPI: p.dpi}
	s.Bytes = make([]byte, 0, s.Width*s.Height)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			s.Bytes = append(s.Bytes, coarse(color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y, c.bits))
		}
	}
	return s, nil
}

// coarse keeps the upper bits of a grey, spread over 0 to 255 again.
func coarse(grey byte, bits int) byte {
	if bits >= 8 {
		return grey
	}
	levels := 1<<bits - 1
	return byte(int(grey>>(8-bits)) * 255 / levels)
}
