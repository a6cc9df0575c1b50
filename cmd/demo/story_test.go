package main

import (
	"os"
	"os/exec"
	"testing"
)

// realFingers are impressions of real fingers, which are not part of the project.
const realFingers = "../../../shared/data/fingerprint/fvc2002_db1b"

// TestStory carries out the whole method with the programs as they are built, each a process of its own:
// fingers compared in the module first, on the host alone, and real ones.
func TestStory(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: the whole story takes half a minute; run without -short")
	}
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", bin, "lockerd/cmd/lockerd", "lockerd/cmd/infosystem")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("cannot build the programs: %v\n%s", err, out)
	}
	for name, flags := range map[string][]string{
		"module first": {"-compare", "auto"},
		"on the host":  {"-compare", "host", "-voice=false"},
		"real fingers": {"-compare", "host", "-voice=false", "-model", "r307", "-fingers", realFingers},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := os.Stat(realFingers); name == "real fingers" && err != nil {
				t.Skipf("skipped: there are no real finger images at %s", realFingers)
			}
			args := append([]string{"story", "-bin", bin, "-configs", "../../configs"}, flags...)
			if err := dispatch(t.Context(), args); err != nil {
				t.Fatal(err)
			}
		})
	}
}
