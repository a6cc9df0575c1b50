package kiosk

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"lockerd/controller"
	"lockerd/matcher"
)

// Loudness says how loud prompts are spoken.
type Loudness struct {
	Volume      int           // percent of what the loudspeaker can; 0 for silence
	NightVolume int           // the same, at night
	NightFrom   time.Duration // local time of day at which the night begins; equal to NightTo for none
	NightTo     time.Duration // and ends, perhaps on the next day
}

// at is the volume at a moment, in percent.
func (l Loudness) at(now time.Time) int {
	clock := time.Duration(now.Hour())*time.Hour + time.Duration(now.Minute())*time.Minute
	night := l.NightFrom <= clock && clock < l.NightTo
	if l.NightFrom > l.NightTo {
		night = clock >= l.NightFrom || clock < l.NightTo
	}
	if night {
		return min(max(l.NightVolume, 0), 100)
	}
	return min(max(l.Volume, 0), 100)
}

// Prompt is one sentence to record: File is its place in the folder of prompts, without the ending.
type Prompt struct {
	Language string // BCP 47
	File     string // "zh-CN/slot-open.open.11"
	Text     string
}

// Prompts lists every sentence that the touchscreen speaks in every language, for a cabinet of so many doors.
func Prompts(doors int) ([]Prompt, error) {
	words, err := loadWords()
	if err != nil {
		return nil, err
	}
	var prompts []Prompt
	for tag, sentences := range words {
		for key, text := range sentences {
			if !isSpoken(key) {
				continue
			}
			if !strings.Contains(text, "%d") {
				prompts = append(prompts, Prompt{tag, tag + "/" + key, text})
				continue
			}
			for door := 1; door <= doors; door++ {
				prompts = append(prompts, Prompt{tag, fmt.Sprintf("%s/%s.%d", tag, key, door), fmt.Sprintf(text, door)})
			}
		}
	}
	slices.SortFunc(prompts, func(a, b Prompt) int { return cmp.Compare(a.File, b.File) })
	return prompts, nil
}

// spokenHow says which sentences a screen speaks, in their order. Screens that are not here are silent but for
// their note: home, since nobody asked, and those on which the microphone listens.
var spokenHow = map[controller.Screen][]string{
	controller.AskAny:        {"ask-any.finger", "ask-any.code"},
	controller.AskTail:       {"ask-tail.how"},
	controller.AskWay:        {"title.ask-way"},
	controller.AskFinger:     {"ask-any.finger"},
	controller.AskPattern:    {"ask-pattern.how"},
	controller.AskPasscode:   {"ask-passcode.how"},
	controller.AskCode:       {"ask-code.how"},
	controller.YourParcels:   {"title.parcels"},
	controller.SlotOpen:      {"slot-open.open", "slot-open.how"},
	controller.StaffNumber:   {"staff-number.how"},
	controller.StaffSecret:   {"staff-secret.how"},
	controller.StaffNew:      {"staff-new.how"},
	controller.DropChoose:    {"title.drop-choose"},
	controller.DropPhone:     {"drop-phone.how"},
	controller.DropSlot:      {"title.drop-slot"},
	controller.DropLook:      {"slot-open.open", "drop-look.how"},
	controller.DropOpen:      {"slot-open.open", "drop-open.how"},
	controller.DropDone:      {"drop-done.done"},
	controller.EnrolInvite:   {"enrol-invite.how"},
	controller.EnrolKept:     {"enrol-kept.how"},
	controller.EnrolPattern:  {"enrol-pattern.how"},
	controller.EnrolPasscode: {"enrol-passcode.how"},
	controller.EnrolDone:     {"title.enrol-done"},
	controller.EnrolErase:    {"enrol-erase.how"},
}

// isSpoken tells whether some view speaks the sentence of that key.
func isSpoken(key string) bool {
	for _, keys := range spokenHow {
		if slices.Contains(keys, key) {
			return true
		}
	}
	family, _, _ := strings.Cut(key, ".")
	return family == "note" || family == "advice" || isConsent(key) || family == "finger" && key != "finger.hold" ||
		key == "slot-open.blind" || key == "enrol.repeat" || key == "enrol-finger.how" || key == "enrol-finger.lift"
}

// isConsent tells whether the sentence is of the consent's text, not one of its headings.
func isConsent(key string) bool {
	part, ok := strings.CutPrefix(key, "consent.")
	_, err := matcher.ParseKind(part)
	return ok && (err == nil || strings.HasSuffix(part, ".text"))
}

// spoken lists the files, without language and ending, of what the view says aloud. Nothing of a person is
// among it, and no digit that somebody typed or must say.
func spoken(v controller.View) []string {
	var files []string
	if v.Note != "" {
		files = append(files, "note."+string(v.Note))
	}
	if v.Advice != "" {
		files = append(files, "advice."+string(v.Advice))
	}
	switch {
	case v.Screen == controller.AskVoice || v.Screen == controller.EnrolVoice:
		return nil // the microphone listens
	case v.Screen == controller.SlotOpen && v.Blind:
		return append(files, "slot-open.blind")
	case v.Screen == controller.EnrolConsent:
		return append(files, "consent."+string(v.Kind), "consent.why.text", "consent.where.text", "consent.long.text")
	case v.Screen == controller.EnrolFinger && v.Step > 1:
		return append(files, "enrol-finger.lift")
	case v.Screen == controller.EnrolFinger:
		return append(files, "finger."+strings.ReplaceAll(v.Label, " ", "-"), "enrol-finger.how")
	case v.Step == 2 && (v.Screen == controller.EnrolPattern || v.Screen == controller.EnrolPasscode):
		return append(files, "enrol.repeat")
	}
	for _, key := range spokenHow[v.Screen] {
		if key == "slot-open.open" {
			key = fmt.Sprintf("%s.%d", key, v.Slot)
		}
		files = append(files, key)
	}
	return files
}

// speech is the folder of recorded prompts as it was found at start.
type speech struct {
	folder fs.FS
	files  map[string]string // place without ending → with it
}

// recordings are the endings of the files that Chromium plays, and their media types.
var recordings = map[string]string{".opus": "audio/ogg", ".ogg": "audio/ogg", ".mp3": "audio/mpeg", ".wav": "audio/wav"}

// findSpeech reads which prompts the folder holds and says in the log what a person will hear.
func findSpeech(folder string, log *slog.Logger) (*speech, error) {
	s := &speech{files: map[string]string{}}
	if folder == "" {
		log.Info("the touchscreen is silent: no folder of spoken prompts is set")
		return s, nil
	}
	root, err := os.OpenRoot(folder)
	if errors.Is(err, fs.ErrNotExist) {
		log.Warn("the touchscreen is silent: the folder of spoken prompts is not there; make prompts records them", "folder", folder)
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot open the folder of spoken prompts: %w", err)
	}
	s.folder = root.FS()
	names, err := fs.Glob(s.folder, "*/*")
	if err != nil {
		return nil, fmt.Errorf("cannot read the folder of spoken prompts: %w", err)
	}
	for _, name := range names {
		info, err := fs.Stat(s.folder, name) // a link that leads out of the folder is an error
		if ending := path.Ext(name); err == nil && info.Mode().IsRegular() && recordings[ending] != "" {
			s.files[strings.TrimSuffix(name, ending)] = name
		}
	}
	return s, s.report(folder, log)
}

// report names how many prompts there are and how many sentences have none.
func (s *speech) report(folder string, log *slog.Logger) error {
	wanted, err := Prompts(1)
	if err != nil {
		return err
	}
	var missing []string
	for _, p := range wanted {
		if s.files[p.File] == "" {
			missing = append(missing, p.File)
		}
	}
	log.Info("spoken prompts", "folder", folder, "recorded", len(s.files), "missing", len(missing))
	if len(missing) > 0 {
		log.Warn("some prompts are not recorded and stay silent", "first", missing[0], "missing", len(missing))
	}
	return nil
}

// serve writes one recording.
func (s *speech) serve(w http.ResponseWriter, r *http.Request) {
	name := path.Join(r.PathValue("language"), r.PathValue("file"))
	if s.files[strings.TrimSuffix(name, path.Ext(name))] != name {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", recordings[path.Ext(name)])
	http.ServeFileFS(w, r, s.folder, name)
}

// Spoken lists the addresses of the recordings that the view speaks, with spaces between; empty when the
// screen is silent.
func (s *screen) Spoken() string {
	if s.Volume() == 0 {
		return ""
	}
	var urls []string
	for _, file := range spoken(s.View) {
		if name := s.speech.files[s.Language+"/"+file]; name != "" {
			urls = append(urls, "/prompts/"+name)
		}
	}
	return strings.Join(urls, " ")
}

// Silent tells whether nothing can be spoken now: no prompt is recorded, or the volume is 0.
func (s *screen) Silent() bool { return len(s.speech.files) == 0 || s.Volume() == 0 }

// Volume is how loud the prompts are now, in percent.
func (s *screen) Volume() int { return s.Options.Loudness.at(time.Now()) }
