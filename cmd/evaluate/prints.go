package main

import (
	"cmp"
	"fmt"
	"image"
	"image/color"
	_ "image/png"
	"io"
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

// maxPixels bounds an image that is read: a header can promise any size.
const maxPixels = 1 << 24

// findPrints lists the images FINGER_IMPRESSION.png, .tif or .bmp of a folder, given as DIR or DIR@DPI,
// ordered by finger and impression. Files of other names are passed over.
func findPrints(arg string, dpi int) (printSet, error) {
	dir, dpi, err := resolution(arg, dpi)
	if err != nil {
		return printSet{}, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return printSet{}, fmt.Errorf("cannot list fingerprints: %w", err)
	}
	set := printSet{name: filepath.Base(filepath.Clean(dir))}
	for _, e := range entries {
		if p, ok := parsePrint(e.Name()); ok {
			p.path, p.dpi = filepath.Join(dir, e.Name()), dpi
			set.prints = append(set.prints, p)
		}
	}
	if len(set.prints) < 2 {
		return printSet{}, fmt.Errorf("no images FINGER_IMPRESSION.png, .tif or .bmp in %s", dir)
	}
	slices.SortStableFunc(set.prints, func(a, b print) int {
		return cmp.Or(strings.Compare(a.finger, b.finger), a.impression-b.impression)
	})
	for i, p := range set.prints {
		if p.impression < 1 {
			return printSet{}, fmt.Errorf("%s: impressions are numbered from 1", p.path)
		}
		if i > 0 && p.finger == set.prints[i-1].finger && p.impression == set.prints[i-1].impression {
			return printSet{}, fmt.Errorf("%s and %s are the same impression of a finger: keep one", set.prints[i-1].path, p.path)
		}
	}
	return set, nil
}

// resolution parts DIR@DPI. A folder whose own name holds an @ is one all the same.
func resolution(arg string, dpi int) (string, int, error) {
	at := strings.LastIndexByte(arg, '@')
	if at < 0 || isFolder(arg) {
		return arg, dpi, nil
	}
	n, err := strconv.Atoi(arg[at+1:])
	if err != nil {
		return "", 0, fmt.Errorf("cannot read the resolution of %q: give DIR@DPI", arg)
	}
	return arg[:at], n, nil
}

// parsePrint reads FINGER_IMPRESSION.png, .tif or .bmp; what stands behind the last _ is the impression.
func parsePrint(name string) (print, bool) {
	ext := filepath.Ext(name)
	name = strings.TrimSuffix(name, ext)
	at := strings.LastIndexByte(name, '_')
	if at < 0 || !slices.Contains([]string{".png", ".tif", ".tiff", ".bmp"}, strings.ToLower(ext)) {
		return print{}, false
	}
	n, err := strconv.Atoi(name[at+1:])
	return print{finger: name[:at], impression: n}, err == nil
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
	size, _, err := image.DecodeConfig(f)
	if err == nil && size.Width > maxPixels/max(size.Height, 1) {
		err = fmt.Errorf("%d × %d pixels are no fingerprint's", size.Width, size.Height)
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return matcher.Sample{}, fmt.Errorf("cannot decode %s: %w", p.path, err)
	}
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
