package main

import (
	"strings"
	"testing"
)

// What the demo does not understand it does not pass over: it would leave its state in another folder.
func TestWrongCommandLines(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{{}, {"runs"}, {"run", "here", "-dir", "x"}, {"story", "here"}, {"run", "-x"}} {
		if err := dispatch(t.Context(), args); err == nil || strings.Contains(err.Error(), "infosystem") {
			t.Errorf("demo %s: %v", strings.Join(args, " "), err)
		}
	}
}
