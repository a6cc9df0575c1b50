package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"lockerd/matcher/fingerprint"
)

func TestEqualErrorAndRefusals(t *testing.T) {
	genuine := []float64{1, 5, 6, 7, 8, 9, 10, 11, 12, 13}
	impostor := []float64{0, 0, 1, 1, 2, 2, 3, 3, 4, 5.5}
	if got := equalError(genuine, impostor); math.Abs(got-0.15) > 0.051 {
		t.Errorf("equal error %.3f, want between 0.1 and 0.2", got)
	}
	for _, test := range []struct{ fmr, want float64 }{{0, 0.2}, {0.1, 0.1}, {0.9, 0}} {
		if got := refusedAt(genuine, impostor, test.fmr); got != test.want {
			t.Errorf("refused at %.1f: %.2f, want %.2f", test.fmr, got, test.want)
		}
	}
}

func TestTrialsOfTheProtocol(t *testing.T) {
	var prints []print
	for _, finger := range []string{"a", "b", "c"} {
		for n := 1; n <= 4; n++ {
			prints = append(prints, print{finger: finger, impression: n})
		}
	}
	for _, test := range []struct{ gallery, genuine, impostors, once int }{{0, 18, 48, 3}, {2, 6, 12, 3}} {
		genuine, impostors, once := 0, 0, 0
		for _, tr := range trials(prints, test.gallery) {
			switch {
			case tr.genuine:
				genuine++
			default:
				impostors++
			}
			if tr.once {
				once++
			}
		}
		if genuine != test.genuine || impostors != test.impostors || once != test.once {
			t.Errorf("gallery %d: %d genuine, %d impostors, %d once; want %+v", test.gallery, genuine, impostors, once, test)
		}
	}
}

func TestFitSeparates(t *testing.T) {
	var comparisons []comparison
	for i := range 400 {
		var e fingerprint.Evidence
		genuine := i%4 == 0
		for k := range e {
			e[k] = float64((i*7+k*13)%10) / 10
			if genuine {
				e[k] += 0.8
			}
		}
		comparisons = append(comparisons, comparison{genuine: genuine, evidence: []fingerprint.Evidence{e}})
	}
	c, err := fit(comparisons)
	if err != nil {
		t.Fatal(err)
	}
	m := measured{comparisons: comparisons}
	m.judge(&c)
	if r := ratesOf("made up", m.comparisons); r.EER > 0.05 {
		t.Errorf("equal error %.2f after fitting on separable evidence", r.EER)
	}
	if c.FMR(1) >= c.FMR(0) && c.FMR(0) < 1 {
		t.Error("the false match rate does not fall with the score")
	}
}

// TestFingerprintOnAFolder runs the whole subcommand on a folder of synthetic fingers.
func TestFingerprintOnAFolder(t *testing.T) {
	dir := fingersOf(t, "fingers")
	var out, errs bytes.Buffer
	scores := filepath.Join(t.TempDir(), "scores")
	curves := filepath.Join(t.TempDir(), "curves.png")
	if err := runFingerprint([]string{"-json", "-scores", scores, "-plot", curves, "-window", "240x240", "-grey", "4", dir}, &out, &errs); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 3 {
		t.Fatalf("%d lines, want the folder, mean and pooled: %s", len(lines), out.String())
	}
	for i, want := range []string{"fingers", "mean", "pooled"} {
		var r rates
		if err := json.Unmarshal([]byte(lines[i]), &r); err != nil || r.Set != want || r.EER != 0 || r.ExtractMS <= 0 || r.CompareUS <= 0 {
			t.Errorf("line %d: %+v, %v", i, r, err)
		}
	}
	if b, err := os.ReadFile(scores); err != nil || strings.Count(string(b), "\n") != 6 {
		t.Errorf("scores: %q, %v", b, err)
	}
	if b, err := os.ReadFile(curves); err != nil || !bytes.HasPrefix(b, []byte("\x89PNG")) {
		t.Errorf("curves are no picture: %v", err)
	}
}

// TestImagesOfEveryFormat reads the same pixels from each format, with the resolution of DIR@DPI.
func TestImagesOfEveryFormat(t *testing.T) {
	dir := t.TempDir()
	img := image.NewGray(image.Rect(0, 0, 7, 5))
	for i := range img.Pix {
		img.Pix[i] = byte(7 * i)
	}
	for name, encode := range map[string]func(io.Writer) error{
		"ada_1.png":  func(w io.Writer) error { return png.Encode(w, img) },
		"ada_2.tif":  func(w io.Writer) error { return tiff.Encode(w, img, nil) },
		"ada_10.bmp": func(w io.Writer) error { return bmp.Encode(w, img) },
		"notes.txt":  func(w io.Writer) error { return nil },
	} {
		out, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(encode(out), out.Close()); err != nil {
			t.Fatal(err)
		}
	}
	set, err := findPrints(dir+"@512", 500)
	if err != nil {
		t.Fatal(err)
	}
	if len(set.prints) != 3 {
		t.Fatalf("got %d images, want 3", len(set.prints))
	}
	for i, p := range set.prints {
		s, err := capture{bits: 8}.load(p)
		if err != nil {
			t.Fatal(err)
		}
		if p.impression != []int{1, 2, 10}[i] || s.DPI != 512 || s.Width != 7 || !bytes.Equal(s.Bytes, img.Pix) {
			t.Errorf("%s: impression %d, %d dpi, %d × %d pixels %v", p.path, p.impression, s.DPI, s.Width, s.Height, s.Bytes)
		}
	}
	s, err := capture{width: 3, height: 3, bits: 4}.load(set.prints[0])
	if err != nil || s.Width != 3 || s.Height != 3 || s.Bytes[0] != 7*9/16*17 {
		t.Errorf("window: %d × %d pixels %v, %v; want 3 × 3 from the middle in steps of 17", s.Width, s.Height, s.Bytes, err)
	}
}

// TestTraining checks what weights may be fitted on.
func TestTraining(t *testing.T) {
	o := fingerprintOptions{cross: true, gallery: 3}
	if err := o.judge(make([]measured, 2), nil, io.Discard); err == nil {
		t.Error("a gallery was judged with weights fitted on it")
	}
	sets := []measured{{comparisons: []comparison{{genuine: true}}}, {comparisons: []comparison{{}, {}}}}
	training, err := o.training(nil, sets, io.Discard)
	if err != nil || len(training) != 2 || len(training[1]) != 2 {
		t.Errorf("without -train: got %v, %v, want what is judged", training, err)
	}
	o.train = "whole,ninety"
	if _, err := o.training(nil, sets, io.Discard); err == nil {
		t.Error("a window without a size was taken")
	}
}

func TestFingerprintRefusesBadFlags(t *testing.T) {
	for _, args := range [][]string{{}, {"-grey", "0", "x"}, {"-window", "axb", "x"}, {"/does/not/exist"}, {"x@y"}, {"-gallery", "9", "x"}, {"-plot", "x.gif", "x"}} {
		var out, errs bytes.Buffer
		if err := runFingerprint(args, &out, &errs); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}
