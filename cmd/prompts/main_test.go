package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"lockerd/controller/kiosk"
)

// TestRecord speaks one sentence in each language, in both encodings that this machine has.
func TestRecord(t *testing.T) {
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		t.Skip("skipped: there is no espeak-ng here (Debian: apt-get install espeak-ng)")
	}
	_, noOpus := exec.LookPath("opusenc")
	for _, p := range []kiosk.Prompt{
		{Language: "zh-CN", File: "zh-CN/slot-open.open.11", Text: "11 号门已开"},
		{Language: "en", File: "en/slot-open.open.11", Text: "Door 11 is open"},
	} {
		for _, small := range []bool{false, true} {
			if small && noOpus != nil {
				t.Log("not tried: Opus, there is no opusenc here (Debian: apt-get install opus-tools)")
				continue
			}
			folder := t.TempDir()
			size, err := record(t.Context(), p, folder, small)
			if err != nil {
				t.Fatal(err)
			}
			ending, magic, least, most := ".wav", "RIFF", int64(20_000), int64(300_000)
			if small {
				ending, magic, least, most = ".opus", "OggS", 1_000, 20_000
			}
			raw, err := os.ReadFile(filepath.Join(folder, p.File+ending))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.HasPrefix(raw, []byte(magic)) || size < least || size > most {
				t.Errorf("%s%s begins with %q and has %d bytes", p.File, ending, raw[:min(4, len(raw))], size)
			}
			if !small && len(bytes.Trim(raw[max(0, len(raw)-4000):], "\x00")) > 0 { // nearly a tenth of a second of 16-bit samples
				t.Errorf("%s%s ends in the middle of its last sound", p.File, ending)
			}
			if rest, _ := filepath.Glob(filepath.Join(folder, "*", "*")); len(rest) != 1 {
				t.Errorf("the folder holds %v", rest)
			}
		}
	}
}

func TestSentenceThatCannotBeSpoken(t *testing.T) {
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		t.Skip("skipped: there is no espeak-ng here (Debian: apt-get install espeak-ng)")
	}
	if _, err := record(t.Context(), kiosk.Prompt{Language: "tlh-QO", File: "x/y", Text: "z"}, t.TempDir(), false); err == nil {
		t.Error("a language without a voice was spoken")
	}
}
