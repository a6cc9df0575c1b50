package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"lockerd/matcher/fingerprint/synthetic"
)

func TestNonFingersMatchNobody(t *testing.T) {
	var out, errs bytes.Buffer
	if err := runNonFingers([]string{"-json", "-n", "20", "-templates", "4"}, &out, &errs); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != len(synthetic.Others)+1 {
		t.Fatalf("%d lines, want one a kind and one for all: %s", len(lines), out.String())
	}
	var all otherResult
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &all); err != nil {
		t.Fatal(err)
	}
	if all.Kind != "all" || all.Images != 20 || all.Comparisons != 4*(20-all.Refused) || all.Comparisons == 0 {
		t.Errorf("got %+v, want 20 images, and 4 comparisons for each that was not refused", all)
	}
	if all.Matches != 0 || all.LowestFMR <= 1e-4 {
		t.Errorf("got %+v, want no match", all)
	}
}

func TestNonFingersRefusesBadFlags(t *testing.T) {
	for _, args := range [][]string{{"-n", "0"}, {"-templates", "-1"}, {"/does/not/exist"}} {
		var out, errs bytes.Buffer
		if err := runNonFingers(args, &out, &errs); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}
