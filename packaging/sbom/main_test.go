package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The bill of lockerd itself: every module that the Go tool says is in the program, and twice the same bytes.
func TestBill(t *testing.T) {
	program := filepath.Join(t.TempDir(), "lockerd")
	if out, err := exec.Command("go", "build", "-o", program, "lockerd/cmd/lockerd").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	said, err := exec.Command("go", "version", "-m", program).Output()
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for line := range strings.Lines(string(said)) {
		if f := strings.Fields(line); len(f) >= 3 && f[0] == "dep" {
			want = append(want, "pkg:golang/"+f[1]+"@"+f[2])
		}
	}
	var first, second bytes.Buffer
	for _, w := range []*bytes.Buffer{&first, &second} {
		if err := write(w, "1.2.3", []string{program, program}); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two bills of one program differ")
	}
	var b bom
	if err := json.Unmarshal(first.Bytes(), &b); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range b.Components {
		if c.Name != "std" {
			got = append(got, c.PURL)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if len(want) < 5 || !slices.Equal(got, want) {
		t.Errorf("the bill has %v, the program %v", got, want)
	}
	if b.Metadata.Component.Name != "lockerd" || b.Metadata.Component.Version != "1.2.3" {
		t.Errorf("the bill is of %+v", b.Metadata.Component)
	}
}

func TestNoGoProgram(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("no program"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := write(&bytes.Buffer{}, "1", []string{text}); err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("got %v, want an error that names the file", err)
	}
}
