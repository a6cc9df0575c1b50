package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folderOf returns a folder of that name with the same picture, which is no finger, under each file's name.
func folderOf(t *testing.T, name string, files ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		writePicture(t, filepath.Join(dir, file), image.NewGray(image.Rect(0, 0, 100, 100)))
	}
	return dir
}

func writePicture(t *testing.T, path string, img image.Image) {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// What cannot be measured is told with what to do, before anything is measured.
func TestFoldersThatCannotBeMeasured(t *testing.T) {
	twice := folderOf(t, "twice", "1_1.png", "1_01.png", "2_1.png")
	right := folderOf(t, "right", "1_1.png", "1_2.png", "2_1.png", "2_2.png")
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{right, "-json"}, "flags stand before the folders: -json"},
		{[]string{right, twice}, "are the same impression of a finger"},
		{[]string{folderOf(t, "zero", "1_0.png", "1_1.png")}, "numbered from 1"},
		{[]string{folderOf(t, "other", "left.png", "right.png")}, "no images FINGER_IMPRESSION"},
		{[]string{folderOf(t, "alone", "1_1.png", "2_1.png")}, "two fingers with two impressions each"},
		{[]string{right + "@five"}, "give DIR@DPI"},
	} {
		var out, errs bytes.Buffer
		if err := runFingerprint(tt.args, &out, &errs); err == nil || !strings.Contains(err.Error(), tt.want) || out.Len() > 0 {
			t.Errorf("%v: %v, %q; want %q", tt.args, err, out.String(), tt.want)
		}
	}
	var out, errs bytes.Buffer
	if err := runIdentify([]string{"-n", "60", "-base", "2", folderOf(t, "first", "1_1.png", "2_1.png")}, &out, &errs); err == nil || out.Len() > 0 {
		t.Errorf("a search for nobody: %v, %q", err, out.String())
	}
}

// A finger's name may hold a _, and a folder's an @.
func TestNamesWithSigns(t *testing.T) {
	set, err := findPrints(folderOf(t, "me@home", "ada_left_1.png", "ada_left_2.png", "ada_right_1.PNG"), 500)
	if err != nil || len(set.prints) != 3 || set.name != "me@home" {
		t.Fatalf("%+v, %v", set, err)
	}
	if p := set.prints[1]; p.finger != "ada_left" || p.impression != 2 || p.dpi != 500 {
		t.Errorf("got %+v", p)
	}
}

// A header that promises more pixels than any sensor has is not believed: nothing is made room for.
func TestPictureOfAbsurdSize(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	content := b.Bytes()
	header := content[12:29] // IHDR: its name, width, height, …
	binary.BigEndian.PutUint32(header[4:], 60000)
	binary.BigEndian.PutUint32(header[8:], 60000)
	binary.BigEndian.PutUint32(content[29:], crc32.ChecksumIEEE(header))
	path := filepath.Join(t.TempDir(), "1_1.png")
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := (capture{bits: 8}).load(print{path: path}); err == nil || !strings.Contains(err.Error(), "60000 × 60000 pixels") {
		t.Errorf("got %v", err)
	}
}

// A share of failures is a share, JSON stays JSON where nothing could be used, and the reason is told.
func TestNoImageCanBeUsed(t *testing.T) {
	var files []string
	for _, finger := range []string{"1", "2", "3"} {
		files = append(files, finger+"_1.png", finger+"_2.png", finger+"_3.png")
	}
	var out, errs bytes.Buffer
	if err := runFingerprint([]string{"-json", folderOf(t, "black", files...)}, &out, &errs); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		var r rates
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.FTE != 1 {
			t.Errorf("%s: %v", line, err)
		}
	}
	if !strings.Contains(errs.String(), "black: no image could be used: ") {
		t.Errorf("nothing tells why: %s", errs.String())
	}
}

// Figures that took long to measure are not lost when a file cannot be written.
func TestFiguresComeBeforeFiles(t *testing.T) {
	dir, taken := fingersOf(t, "fingers"), filepath.Join(t.TempDir(), "taken.png")
	if err := os.Mkdir(taken, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, flag := range []string{"-plot", "-scores"} {
		var out, errs bytes.Buffer
		if err := runFingerprint([]string{"-json", flag, taken, dir}, &out, &errs); err == nil {
			t.Errorf("%s into what is a folder: no error", flag)
		}
		if n := strings.Count(out.String(), "\n"); n != 3 {
			t.Errorf("%s: %d lines of figures, want 3", flag, n)
		}
	}
}
