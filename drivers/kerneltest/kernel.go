// Package kerneltest is for tests that run on real kernel devices: inside the test kernel, which scripts/uml
// builds and `make test-hw` starts. Relays and switches are lines of gpio-sim, and the kernel's own trace of
// every level that was driven is the witness, so that an edge too short for a reader is seen too.
//
// A Chip's levels are the wire's: true is high, whatever a driver calls active.
package kerneltest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Need skips a test outside the test kernel.
func Need(t testing.TB) {
	t.Helper()
	if os.Getenv("TEST_KERNEL") == "" {
		t.Skip("skipped: needs the test kernel's devices: make test-hw")
	}
}

// Until waits for something that another process or the kernel does; after a minute the test fails: hosts are busy.
func Until(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// read returns what a file of the kernel says.
func read(t testing.TB, path ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

// Write writes to a file of the kernel.
func Write(t testing.TB, text string, path ...string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(path...), []byte(text), 0); err != nil {
		t.Fatal(err)
	}
}

// folder makes a folder of configfs, which is how the kernel is asked for a device.
func folder(t testing.TB, path ...string) string {
	t.Helper()
	dir := filepath.Join(path...)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}
