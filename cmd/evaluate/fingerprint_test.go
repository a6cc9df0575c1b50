package main

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lockerd/matcher/fingerprint"
	"lockerd/matcher/fingerprint/synthetic"
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
	c := fit(comparisons)
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
	dir := filepath.Join(t.TempDir(), "fingers")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	const w, h = 256, 288
	for _, finger := range []string{"1", "2"} {
		f := synthetic.New(uint64(finger[0]))
		for n := uint64(0); n < 2; n++ {
			img := &image.Gray{Pix: f.Impression(n, w, h), Stride: w, Rect: image.Rect(0, 0, w, h)}
			out, err := os.Create(filepath.Join(dir, finger+"_"+string('1'+rune(n))+".png"))
			if err != nil {
				t.Fatal(err)
			}
			if err := png.Encode(out, img); err != nil {
				t.Fatal(err)
			}
			out.Close()
		}
	}
	var out, errs bytes.Buffer
	scores := filepath.Join(t.TempDir(), "scores")
	if err := runFingerprint([]string{"-json", "-scores", scores, "-window", "240x240", "-grey", "4", dir}, &out, &errs); err != nil {
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
}

func TestFingerprintRefusesBadFlags(t *testing.T) {
	for _, args := range [][]string{{}, {"-grey", "0", "x"}, {"-window", "axb", "x"}, {"/does/not/exist"}, {"x@y"}, {"-gallery", "9", "x"}} {
		var out, errs bytes.Buffer
		if err := runFingerprint(args, &out, &errs); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}
