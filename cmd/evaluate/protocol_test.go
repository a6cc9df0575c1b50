package main

import (
	"bytes"
	"errors"
	"image"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"lockerd/matcher/fingerprint"
	"lockerd/matcher/fingerprint/synthetic"
)

// fingersOf returns a folder with the first two impressions of two synthetic fingers.
func fingersOf(t *testing.T, name string) string {
	t.Helper()
	const w, h = 256, 288
	dir := folderOf(t, name)
	for _, finger := range []string{"1", "2"} {
		for n, file := range []string{"_1.png", "_2.png"} {
			pixels := synthetic.New(uint64(finger[0])).Impression(uint64(n), w, h)
			writePicture(t, filepath.Join(dir, finger+file), &image.Gray{Pix: pixels, Stride: w, Rect: image.Rect(0, 0, w, h)})
		}
	}
	return dir
}

// What cannot be an image of a finger, as at a wrong resolution, is told by its file and is no measurement: only what
// the engine refuses with advice is a failure to acquire.
func TestImagesOfAWrongResolution(t *testing.T) {
	dir := fingersOf(t, "fingers")
	for name, run := range map[string]func(args []string, out, errs *bytes.Buffer) error{
		"fingerprint": func(args []string, out, errs *bytes.Buffer) error { return runFingerprint(args, out, errs) },
		"identify": func(args []string, out, errs *bytes.Buffer) error {
			return runIdentify(append([]string{"-n", "20", "-probes", "2", "-base", "2"}, args...), out, errs)
		},
		"nonfingers": func(args []string, out, errs *bytes.Buffer) error {
			return runNonFingers(append([]string{"-n", "1", "-templates", "4"}, args...), out, errs)
		},
	} {
		var out, errs bytes.Buffer
		err := run([]string{dir + "@100"}, &out, &errs)
		if !errors.Is(err, fingerprint.ErrImage) || !strings.Contains(err.Error(), ".png") || out.Len() > 0 {
			t.Errorf("%s at 100 dpi: %v, %q", name, err, out.String())
		}
	}
}

// Who looks for nobody because every image was refused is told so.
func TestEveryProbeRefused(t *testing.T) {
	var out, errs bytes.Buffer
	err := runIdentify([]string{"-n", "20", "-probes", "2", "-base", "2", folderOf(t, "black", "1_1.png", "1_2.png")}, &out, &errs)
	if err == nil || !strings.Contains(err.Error(), "2 images were refused") || out.Len() > 0 {
		t.Errorf("%v, %q", err, out.String())
	}
}

// full is a disk on which the first writes fail, and later ones do not.
type full struct{ fails int }

func (f *full) Write(b []byte) (int, error) {
	if f.fails--; f.fails >= 0 {
		return 0, syscall.ENOSPC
	}
	return len(b), nil
}

// What could not be written is an error, though what came after it could be.
func TestWritesThatFail(t *testing.T) {
	if err := writeRates(&full{1}, []rates{{Set: "a"}, {Set: "b"}}, false); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("rates: %v", err)
	}
	if err := writeOthers(&full{1}, []otherResult{{Kind: "a"}, {Kind: "b"}}, false); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("images that are no finger: %v", err)
	}
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("the rest is skipped: there is no /dev/full here")
	}
	if err := writeTo("/dev/full", func(w io.Writer) { writeCalibration(w, fingerprint.BuiltIn(), "", nil) }); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("weights: %v", err)
	}
}

// madeUp returns comparisons of made-up evidence, every fourth of them genuine.
func madeUp(n int) []comparison {
	comparisons := make([]comparison, n)
	for i := range comparisons {
		var e fingerprint.Evidence
		comparisons[i].genuine = i%4 == 0
		for k := range e {
			e[k] = float64((i*7+k*13+i*i)%17) / 17
			if comparisons[i].genuine {
				e[k] += 0.4
			}
		}
		comparisons[i].evidence = []fingerprint.Evidence{e}
	}
	return comparisons
}

// Comparisons that left no evidence change nothing that is fitted.
func TestFitPassesOverFailures(t *testing.T) {
	comparisons := madeUp(400)
	want, err := fit(comparisons)
	if err != nil {
		t.Fatal(err)
	}
	for range 300 {
		comparisons = append(comparisons, comparison{genuine: true, failed: true})
	}
	if got, err := fit(comparisons); err != nil || got != want {
		t.Errorf("with 300 failures %+v, %v, without %+v", got, err, want)
	}
}

// A measurement that is the same everywhere gives no root of a negative number.
func TestFitOfAConstant(t *testing.T) {
	comparisons := madeUp(1000)
	for k := range 20 {
		constant := float64(k)/7 + 0.1 // whose squares, summed up and divided again, are a little more or less than one
		for i := range comparisons {
			comparisons[i].evidence[0][0] = constant
		}
		if _, dev := spreadOf(comparisons, len(comparisons[0].evidence[0])); !(dev[0] >= 0 && dev[0] < 1e-6) {
			t.Errorf("the deviation of %g is %g", constant, dev[0])
		}
	}
	if _, err := fit(comparisons); err != nil {
		t.Error(err)
	}
}

// Too few comparisons are an error, not a calibration of numbers that are none.
func TestFitOfTooFew(t *testing.T) {
	for name, comparisons := range map[string][]comparison{
		"none": nil, "few impostors": madeUp(200), "failures": make([]comparison, 1000),
		"no genuine ones": func() []comparison {
			c := madeUp(1000)
			for i := range c {
				c[i].genuine = false
			}
			return c
		}(),
	} {
		if c, err := fit(comparisons); err == nil {
			t.Errorf("%s: %+v", name, c)
		}
	}
}
