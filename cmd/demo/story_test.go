package main

import (
	"os/exec"
	"testing"
)

// TestStory carries out the whole method with the programs as they are built, each a process of its own:
// fingers compared in the module first, and on the host alone.
func TestStory(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: the whole story takes half a minute; run without -short")
	}
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", bin, "lockerd/cmd/lockerd", "lockerd/cmd/infosystem")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("cannot build the programs: %v\n%s", err, out)
	}
	for _, compare := range []string{"auto", "host"} {
		t.Run(compare, func(t *testing.T) {
			t.Parallel()
			args := []string{"story", "-bin", bin, "-configs", "../../configs", "-compare", compare}
			if err := dispatch(t.Context(), args); err != nil {
				t.Fatal(err)
			}
		})
	}
}
