package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lockerd/matcher/voice/synthetic"
)

func TestVoiceFigures(t *testing.T) {
	inf := math.Inf(-1)
	for _, tt := range []struct {
		name              string
		target, nontarget []float64
		eer, fnmr1        float64
	}{
		{"apart", []float64{5, 6, 7, 8}, []float64{1, 2, 3, 4}, 0, 0},
		{"one of four swapped", []float64{5, 6, 7, 1}, []float64{0, 2, 3, 5.5}, 0.25, 0.5},
		{"a test refused", []float64{5, 6, 7, inf}, []float64{1, 2, 3, inf}, 0.25, 0.25},
		{"all refused", []float64{inf, inf}, []float64{1, 2}, 1, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := (&voiceTest{target: tt.target, nontarget: tt.nontarget}).figures()
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(f.EER-tt.eer) > 1e-9 || math.Abs(f.FNMR1-tt.fnmr1) > 1e-9 {
				t.Errorf("EER %.3f, FNMR %.3f, want %.3f and %.3f", f.EER, f.FNMR1, tt.eer, tt.fnmr1)
			}
		})
	}
	f, err := (&voiceTest{target: []float64{1, 2}, genuine: []float64{0.02, 1e-4},
		nontarget: []float64{0, 0, 0, 0}, estimates: []float64{1, 0.1, 0.01, 1e-4}}).figures()
	if err != nil || f.Claimed10 != 0.75 || f.Claimed1 != 0.5 || f.Claimed01 != 0.25 || f.Missed1 != 0.5 {
		t.Errorf("claimed %g, %g, %g, missed %g, %v, want 0.75, 0.5, 0.25, 0.5", f.Claimed10, f.Claimed1, f.Claimed01, f.Missed1, err)
	}
	if _, err := (&voiceTest{}).figures(); err == nil {
		t.Error("figures of no trials")
	}
}

// writeWAV writes 16-bit mono samples.
func writeWAV(t *testing.T, path string, pcm []byte, rate uint32) {
	t.Helper()
	b := []byte("RIFF....WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00")
	b = binary.LittleEndian.AppendUint32(b, rate)
	b = binary.LittleEndian.AppendUint32(b, 2*rate)
	b = append(b, "\x02\x00\x10\x00data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(pcm)))
	if err := os.WriteFile(path, append(b, pcm...), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Lists of Windows' editors, and names with spaces around them, are read as they are meant.
func TestReadRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trials.tsv")
	if err := os.WriteFile(path, []byte("\ufeffada\ta b.wav \ttarget\r\n\r\nbo\tc.wav\tnontarget \r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	rows, err := readRows(path, "model", "files", "kind")
	want := [][]string{{"ada", "a b.wav", "target"}, {"bo", "c.wav", "nontarget"}}
	if err != nil || !slices.EqualFunc(rows, want, slices.Equal) {
		t.Errorf("got %q, %v", rows, err)
	}
}

// TestVoiceCommand runs two synthetic speakers through the lists, clean and in noise.
func TestVoiceCommand(t *testing.T) {
	dir := t.TempDir()
	ada, bo := synthetic.New(4), synthetic.New(5)
	for name, pcm := range map[string][]byte{
		"a1": ada.Say("01234567", 16000, 1), "a2": ada.Say("89012345", 16000, 2), "a3": ada.Say("40281975", 16000, 3),
		"b1": bo.Say("40281975", 16000, 4),
	} {
		writeWAV(t, filepath.Join(dir, name+".wav"), pcm, 16000)
	}
	enrol, trials := filepath.Join(dir, "enrol.tsv"), filepath.Join(dir, "trials.tsv")
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(enrol, "ada\ta1.wav,a2.wav\nada\ta2.wav\n")
	write(trials, "ada\ta3.wav\ttarget\nada\tb1.wav\tnontarget\n")
	for _, args := range [][]string{{"-json"}, {"-json", "-snr", "20", "-noise", dir}, {"-json", "-telephone"}} {
		var out bytes.Buffer
		if err := runVoice(append([]string{"-enrol", enrol, "-trials", trials}, args...), &out, io.Discard); err != nil {
			t.Fatal(err)
		}
		var f voiceFigures
		if err := json.Unmarshal(out.Bytes(), &f); err != nil {
			t.Fatal(err)
		}
		if f.EER != 0 || f.FNMR1 != 0 || f.FTA != 0 || f.RTF <= 0 || f.Targets != 1 || f.Others != 1 {
			t.Errorf("%v: %+v", args, f)
		}
	}
	curve := filepath.Join(dir, "curve.png")
	if err := runVoice([]string{"-enrol", enrol, "-trials", trials, "-plot", curve}, io.Discard, io.Discard); err != nil {
		t.Errorf("a curve of people who are told apart without error: %v", err)
	}
	if b, err := os.ReadFile(curve); err != nil || !bytes.HasPrefix(b, []byte("\x89PNG")) {
		t.Errorf("the curve is no picture: %v", err)
	}
	taken := filepath.Join(dir, "taken.png")
	if err := os.Mkdir(taken, 0o700); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := runVoice([]string{"-enrol", enrol, "-trials", trials, "-json", "-plot", taken}, &out, io.Discard); err == nil || !json.Valid(out.Bytes()) {
		t.Errorf("a curve that cannot be written: %v, and the figures are %q", err, out.String())
	}
	if err := runVoice([]string{"-enrol", enrol, "-trials", trials, enrol}, io.Discard, io.Discard); err == nil {
		t.Error("a list that belongs to no flag was passed over")
	}
	for _, bad := range [][]string{ // said before anything is measured
		{"-plot", filepath.Join(dir, "none", "x.png")}, {"-plot", filepath.Join(dir, "x.gif")}, {"-noise", dir}, {"-babble", dir},
		{"-snr", "NaN", "-noise", dir}, {"-snr", "-400", "-noise", dir},
	} {
		out.Reset()
		if err := runVoice(append([]string{"-enrol", enrol, "-trials", trials}, bad...), &out, io.Discard); err == nil || out.Len() > 0 {
			t.Errorf("%v: %v, and it printed %q", bad, err, out.String())
		}
	}
	for _, bad := range []struct{ list, want string }{
		{"ada\ta3.wav\n", "2 fields"},
		{"ada\ta3.wav\ttarget\n", "1 target and 0 nontarget trials"},
		{"", "0 target and 0 nontarget trials"},
		{"bo\ta3.wav\ttarget\n", `no line`},
		{"ada\ta3.wav\tmaybe\n", "neither"},
		{"ada\tnone.wav\ttarget\n", "none.wav"},
	} {
		write(trials, bad.list)
		err := runVoice([]string{"-enrol", enrol, "-trials", trials}, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), bad.want) {
			t.Errorf("%q: %v, want one with %q", bad.list, err, bad.want)
		}
	}
	write(filepath.Join(dir, "broken.wav"), "no sound")
	write(enrol, "ada\tbroken.wav\n")
	write(trials, "ada\tnone.wav\ttarget\n")
	err := runVoice([]string{"-enrol", enrol, "-trials", trials}, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "none.wav") {
		t.Errorf("%v, want the missing file before anything is heard", err)
	}
}

func TestReadClipRefuses(t *testing.T) {
	dir := t.TempDir()
	for name, b := range map[string]string{"cut.flac": "fLaC\x00\x00", "text.wav": "no sound", "empty.flac": ""} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(b), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readClip(path); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want an error that names the file", name, err)
		}
	}
}

// TestVoiceListsAreDisjoint checks on the data itself that nobody who trains a fold is tested in it.
func TestVoiceListsAreDisjoint(t *testing.T) {
	data := filepath.Join("..", "..", "..", "shared", "data", "voice")
	if !isFolder(filepath.Join(data, "dsp20")) {
		t.Skipf("no recordings in %s", data)
	}
	out := t.TempDir()
	if err := runVoiceTrials([]string{"-out", out, data}, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	targets, nontargets := 0, 0
	for fold := 1; fold <= 6; fold++ {
		path := filepath.Join(out, "dsp20-"+string(rune('0'+fold))+"-")
		trained := map[string]bool{}
		rows, err := readRows(path+"train.tsv", "speaker", "text", "files")
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			trained[r[0]] = true
		}
		if rows, err = readRows(path+"same.tsv", "model", "files", "kind"); err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			claimed, _, _ := strings.Cut(r[0], "-")
			tested := filepath.Base(filepath.Dir(strings.Split(r[1], ",")[0]))
			if trained[claimed] || trained[tested] {
				t.Fatalf("fold %d: %s or %s is tested and trains", fold, claimed, tested)
			}
			if (claimed == tested) != (r[2] == "target") {
				t.Fatalf("fold %d: %s on %s is called %s", fold, tested, claimed, r[2])
			}
			if r[2] == "target" {
				targets++
			} else {
				nontargets++
			}
		}
	}
	if targets != 17*5*2*3 || nontargets != 17*16*5*2*3 {
		t.Errorf("%d targets and %d nontargets: not every pair of speakers meets once", targets, nontargets)
	}
}
