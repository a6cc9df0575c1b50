package kiosk

import (
	"bytes"
	"encoding/binary"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lockerd/controller"
)

func TestLoudnessAtNight(t *testing.T) {
	over := Loudness{Volume: 80, NightVolume: 20, NightFrom: 22 * time.Hour, NightTo: 7*time.Hour + 30*time.Minute}
	siesta := Loudness{Volume: 80, NightFrom: 13 * time.Hour, NightTo: 15 * time.Hour}
	for _, test := range []struct {
		name  string
		l     Loudness
		clock string
		want  int
	}{
		{"day", over, "12:00", 80}, {"evening", over, "21:59", 80}, {"night", over, "22:00", 20}, {"after midnight", over, "00:10", 20},
		{"early", over, "07:29", 20}, {"morning", over, "07:30", 80},
		{"siesta", siesta, "14:00", 0}, {"after it", siesta, "15:00", 80}, {"no night", Loudness{Volume: 60}, "00:00", 60},
		{"too loud", Loudness{Volume: 300}, "09:00", 100}, {"negative", Loudness{Volume: -3}, "09:00", 0}, {"nothing set", Loudness{}, "09:00", 0},
	} {
		now, err := time.Parse("15:04", test.clock)
		if err != nil {
			t.Fatal(err)
		}
		if got := test.l.at(now); got != test.want {
			t.Errorf("%s: volume %d, want %d", test.name, got, test.want)
		}
	}
}

// TestEverythingSpokenIsRecorded: what a view says aloud is among the prompts, in every language, and every
// screen says something but those that are silent on purpose.
func TestEverythingSpokenIsRecorded(t *testing.T) {
	prompts, err := Prompts(100)
	if err != nil {
		t.Fatal(err)
	}
	recorded := map[string]string{}
	for _, p := range prompts {
		recorded[p.File] = p.Text
		if strings.Contains(p.Text, "%") {
			t.Errorf("%s would be spoken as %q", p.File, p.Text)
		}
	}
	if recorded["zh-CN/slot-open.open.11"] != "11 号门已开" || recorded["en/slot-open.open.3"] != "Door 3 is open" {
		t.Errorf("doors are announced as %q and %q", recorded["zh-CN/slot-open.open.11"], recorded["en/slot-open.open.3"])
	}
	silent := map[controller.Screen]bool{controller.Home: true, controller.Comparing: true, controller.AskVoice: true, controller.EnrolVoice: true}
	for _, s := range samples() {
		files := spoken(s.view)
		if len(files) == 0 != silent[s.view.Screen] && s.view.Note == "" {
			t.Errorf("%s speaks %q", s.name, files)
		}
		for _, file := range files {
			for _, tag := range []string{"en", "zh-CN"} {
				if recorded[tag+"/"+file] == "" {
					t.Errorf("%s speaks %s in %s, which is no prompt", s.name, file, tag)
				}
			}
		}
	}
}

// recorded makes a folder of prompts, each a tenth of a second of silence.
func recorded(t *testing.T, files ...string) string {
	t.Helper()
	var wav bytes.Buffer
	const rate, samples = 8000, 800
	wav.WriteString("RIFF")
	binary.Write(&wav, binary.LittleEndian, uint32(36+samples))
	wav.WriteString("WAVEfmt ")
	binary.Write(&wav, binary.LittleEndian, struct {
		Size           uint32
		Format, Tracks uint16
		Rate, Bytes    uint32
		Block, Bits    uint16
	}{16, 1, 1, rate, rate, 1, 8})
	wav.WriteString("data")
	binary.Write(&wav, binary.LittleEndian, uint32(samples))
	wav.Write(bytes.Repeat([]byte{128}, samples))
	folder := t.TempDir()
	for _, file := range files {
		name := filepath.Join(folder, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, wav.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

var openDoor = controller.View{Number: 1, Screen: controller.SlotOpen, Slot: 11, Language: "zh-CN"}

// TestSilence: without a folder, with an empty one, or at volume 0 nothing is spoken, and the log says why.
func TestSilence(t *testing.T) {
	full := recorded(t, "zh-CN/slot-open.open.11.wav")
	for _, test := range []struct {
		name, folder string
		volume       int
		want, logged string
	}{
		{"no folder", "", 80, "", "no folder of spoken prompts is set"},
		{"missing folder", filepath.Join(full, "nowhere"), 80, "", "make prompts"},
		{"empty folder", t.TempDir(), 80, "", "not recorded"},
		{"volume 0", full, 0, "", "recorded=1"},
		{"all there", full, 80, `data-spoken="/prompts/zh-CN/slot-open.open.11.wav" data-volume="80"`, "recorded=1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var log bytes.Buffer
			k := newKiosk(t, Options{Prompts: test.folder, Loudness: Loudness{Volume: test.volume}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
			html, err := k.draw(openDoor)
			if err != nil {
				t.Fatal(err)
			}
			if test.want == "" && strings.Contains(string(html), "data-spoken") || !strings.Contains(string(html), test.want) {
				t.Errorf("the page is told %s", html[:200])
			}
			if !strings.Contains(log.String(), test.logged) {
				t.Errorf("the log says %s", log.String())
			}
		})
	}
}

func TestRecordingsAreServedAndNothingElse(t *testing.T) {
	folder := recorded(t, "en/note.thank-you.opus", "secret.txt", "en/notes.txt")
	if err := os.Symlink("/etc/hostname", filepath.Join(folder, "en", "out.wav")); err != nil {
		t.Fatal(err)
	}
	k := newKiosk(t, Options{Prompts: folder, Loudness: Loudness{Volume: 80}, Sandbox: true})
	for path, want := range map[string]int{
		"/prompts/en/note.thank-you.opus": 200, "/prompts/en/notes.txt": 404, "/prompts/en/out.wav": 404, "/prompts/en/nothing.opus": 404,
		"/prompts/en/..%2Fsecret.txt": 404, "/prompts/secret.txt": 404, "/prompts/en/": 404,
	} {
		w := get(k, "http://localhost:8080"+path, k.gate.cookie)
		if w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
		if want == 200 && w.Header().Get("Content-Type") != "audio/ogg" {
			t.Errorf("%s is served as %s", path, w.Header().Get("Content-Type"))
		}
	}
	if w := get(k, "http://localhost:8080/prompts/en/note.thank-you.opus", ""); w.Code != 403 {
		t.Errorf("without the cookie: %d", w.Code)
	}
}

// TestBrowserSpeaks: the page plays what the view names, one after the other, and says nothing twice.
func TestBrowserSpeaks(t *testing.T) {
	folder := recorded(t, "en/slot-open.open.5.wav", "en/drop-open.how.wav", "en/note.thank-you.wav")
	k := newKiosk(t, Options{Sandbox: true, Prompts: folder, Loudness: Loudness{Volume: 40}})
	ctx := browse(t, k)
	do(t, ctx, poll(`(window.played = []) && (Audio.prototype.play = ((play) => function () {
		window.played.push(new URL(this.src).pathname + " " + this.volume); return play.call(this); })(HTMLMediaElement.prototype.play)) && true`))
	v := controller.View{Number: 1, Screen: controller.DropOpen, Slot: 5, Language: "en"}
	show(t, ctx, k, v)
	do(t, ctx, poll(`window.played.length === 2`))
	v.Digits = 1 // drawn anew
	k.Show(v)
	do(t, ctx, poll(`document.querySelector("[data-typed='1']") !== null`))
	show(t, ctx, k, controller.View{Number: 2, Screen: controller.Message, Note: controller.ThankYou, Language: "en"})
	do(t, ctx, poll(`window.played.length >= 3`))
	got := evaluate[[]string](t, ctx, `window.played`)
	want := "/prompts/en/slot-open.open.5.wav 0.4,/prompts/en/drop-open.how.wav 0.4,/prompts/en/note.thank-you.wav 0.4"
	if strings.Join(got, ",") != want {
		t.Errorf("played were %v", got)
	}
}
