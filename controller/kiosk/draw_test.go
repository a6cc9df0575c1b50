package kiosk

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"lockerd/controller"
	"lockerd/matcher/passcode"
)

func newKiosk(t testing.TB, o Options) *Kiosk {
	t.Helper()
	k, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// constants returns the string constants of one type in a file, by parsing it, so that a new one is missed here.
func constants(t *testing.T, file, typ string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, decl := range parsed.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range gen.Specs {
			v, ok := spec.(*ast.ValueSpec)
			if !ok || len(v.Values) != 1 {
				continue
			}
			name, ok := v.Type.(*ast.Ident)
			literal, isLiteral := v.Values[0].(*ast.BasicLit)
			if !ok || !isLiteral || name.Name != typ {
				continue
			}
			value, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, value)
		}
	}
	if len(values) == 0 {
		t.Fatalf("no constants of type %s in %s", typ, file)
	}
	return values
}

func TestEveryScreenIsDrawn(t *testing.T) {
	k := newKiosk(t, Options{Cabinet: "A-1", HelpPhone: "555 0100"})
	seen := map[string]bool{}
	for _, s := range samples() {
		seen[string(s.view.Screen)] = true
		for tag := range k.words {
			s.view.Language = tag
			html, err := k.draw(s.view)
			if err != nil {
				t.Errorf("%s in %s: %v", s.name, tag, err)
			}
			if text := string(html); strings.Contains(text, "%!") || strings.Contains(text, "ZgotmplZ") || strings.Contains(text, "style=") {
				t.Errorf("%s in %s holds a bad number, an unsafe value or an inline style", s.name, tag)
			}
		}
	}
	for _, screen := range constants(t, "../view.go", "Screen") {
		if !seen[screen] {
			t.Errorf("no sample of screen %q", screen)
		}
	}
}

// TestDrawSaysWhatTheViewSays looks for what matters most on its screen.
func TestDrawSaysWhatTheViewSays(t *testing.T) {
	want := map[string][]string{
		"home":                {`data-act="pickup"`, `data-act="dropoff"`, `data-act="enrol"`, "data-help"},
		"home-offline":        {"No network", "does not answer"},
		"home-power-returned": {"power was off", "shut the open door", ">11<"},
		"home-no-free-door":   {"Every door is in use. Picking up works.", "take back only"},
		"home-again":          {"Open 11 again", `data-act="reopen" data-text="11"`},
		"message-thanks":      {"Thank you", "Open 11 again"},
		"slot-open-blind":     {`data-act="reopen"`, "pull the door"},
		"ask-way-none":        {"555 0100"},
		"enrol-kept":          {`data-act="enrol"`, `data-text="voice" aria-pressed="false"`, "Erase everything"},
		"enrol-kept-marked":   {`data-text="pattern" aria-pressed="true"`, "to be erased", "Erase what is marked"},
		"ask-any":             {`data-text="pattern"`, `data-text="passcode"`, `class="finger"`, `data-max="8"`},
		"parcels":             {"艾*", "Open all 3", `data-text="P-1011"`, "low door"},
		"slot-open":           {`<p class="huge">11</p>`, "lit open", `data-act="taken"`, `data-act="nothing-inside"`, `data-act="stuck"`, `data-act="return"`, "Parcel 2 of 3"},
		"refused":             {"2 tries left", "middle of the finger"},
		"refused-wait":        {`data-seconds="28"`, "data-waits"},
		"home-full":           {"take back only", "technician is at work"},
		"home-out":            {"takes no new parcels", "still pick up", "555 0100"},
		"enrol-erase":         {"erased here at once", `data-act="ok"`, `data-act="back"`},
		"drop-choose":         {"back from door 7"},
		"drop-open-larger":    {"Please shut the open door: <b>01</b>"},
		"message-thanks-open": {"Please shut the open door: <b>11</b>"},
		"enrol-done-not-all":  {"Not everything was stored."},
		"drop-choose-open":    {"Please shut the open door: <b>01 · 03</b>"},
		"enrol-invite-wait":   {`data-seconds="28"`},
		"drop-done":           {"Back to the list in"},
		"message-courier":     {"Back to the list in"},
		"message":             {"Back to start in"},
		"message-empty":       {"It is reported", "555 0100", "<b>11</b>"},
		"announcing":          {`data-act="back"`},
		"drop-phone":          {"<b>P-1004</b>"},
		"drop-slot":           {"5 free", "0 free", "agreed: open door 4", "···4711", `data-text="12" aria-pressed="false"`},
		"drop-slot-agreed":    {"Open door 84", "The recipient agreed."},
		"drop-choose-work":    {"look inside: a drop-off", `<b>03</b>`, "12 dropped off", "recipient refuses", `data-act="phone"`},
		"drop-look":           {"P-1004", `data-act="inside"`},
		"enrol-consent":       {"two or more fingers, no picture", "Where", "apart from your name", "How long", "three years", "1 of 4", `data-act="consent"`, `data-act="skip"`},
		"enrol-finger":        {"Right index finger", `stroke-dasharray="30 100"`},
		"ask-voice":           {"<b>4<small>four</small></b><b>8<small>eight</small></b>", "I hear you", `width="40"`, `Other digits in <b class="seconds" data-seconds="15">`},
	}
	k := newKiosk(t, Options{HelpPhone: "555 0100"})
	for _, s := range samples() {
		s.view.Language = "en"
		html, err := k.draw(s.view)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range want[s.name] {
			if !strings.Contains(string(html), text) {
				t.Errorf("%s does not show %s", s.name, text)
			}
		}
	}
}

func TestNeitherTriesNorWaitOfNobodySaid(t *testing.T) {
	k := newKiosk(t, Options{})
	for _, tries := range []int{-1, 0} {
		html, err := k.draw(controller.View{Screen: controller.RefusedView, Language: "en", Tries: tries})
		if err != nil || strings.Contains(string(html), "left") {
			t.Errorf("with Tries %d the screen speaks of tries (%v)", tries, err)
		}
	}
}

// TestUnknownMembersDoNotEmptyTheScreen: a note that this kiosk does not know must not leave a person before
// the screen of the moment before.
func TestUnknownMembersDoNotEmptyTheScreen(t *testing.T) {
	k := newKiosk(t, Options{HelpPhone: "555 0100"})
	for _, v := range []controller.View{{Screen: "nowhere"}, {Screen: controller.Message, Note: "new"}} {
		v.Language = "en"
		html := k.drawOrHelp(v)
		if !strings.Contains(string(html), "555 0100") || !strings.Contains(string(html), "a person will help") {
			t.Errorf("%+v does not lead to a human", v)
		}
	}
}

func TestTextIsEscaped(t *testing.T) {
	k := newKiosk(t, Options{Cabinet: "<script>1</script>", Hint: "<b>"})
	html, err := k.draw(controller.View{Screen: controller.YourParcels, Language: "en", Masked: `<img onerror="x">`})
	if err != nil || strings.Contains(string(html), "<script>1") || strings.Contains(string(html), "<img onerror") {
		t.Errorf("text reaches the page as markup (%v)", err)
	}
}

// TestLanguagesAreComplete: every language has every sentence, with the same numbers in it, and none too many.
func TestLanguagesAreComplete(t *testing.T) {
	words, err := loadWords()
	if err != nil {
		t.Fatal(err)
	}
	used := usedKeys(t)
	for tag, sentences := range words {
		for key := range used {
			if sentences[key] == "" {
				t.Errorf("%s has no sentence for %q", tag, key)
			}
		}
		for key, sentence := range sentences {
			if !used[key] {
				t.Errorf("%s: nothing uses %q", tag, key)
			}
			if a, b := strings.Count(sentence, "%d"), strings.Count(words["en"][key], "%d"); a != b {
				t.Errorf("%s: %q has %d numbers, English has %d", tag, key, a, b)
			}
		}
	}
	if len(words) < 2 {
		t.Errorf("languages: %v", slices.Sorted(maps.Keys(words)))
	}
}

// TestThirdLanguageIsOneFile: a file more is a language more, drawn, offered to everybody and chosen by its tag.
func TestThirdLanguageIsOneFile(t *testing.T) {
	files := fstest.MapFS{}
	for _, name := range []string{"en", "zh-CN"} {
		raw, err := wordFiles.ReadFile("words/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		files["words/"+name+".json"] = &fstest.MapFile{Data: raw}
		if name == "en" {
			files["words/de.json"] = &fstest.MapFile{Data: bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte(`"Pick up"`), []byte(`"Abholen"`)), []byte(`"English"`), []byte(`"Deutsch"`))}
		}
	}
	k := newKiosk(t, Options{})
	var err error
	if k.words, err = wordsIn(files); err != nil {
		t.Fatal(err)
	}
	k.Show(controller.View{Number: 1, Screen: controller.Home, Language: "de-AT"})
	html, err := k.draw(k.current())
	if err != nil || !strings.Contains(string(html), "Abholen") || !strings.Contains(string(html), "中文") || !strings.Contains(string(html), "English") {
		t.Errorf("the home screen in a third language is %s (%v)", html, err)
	}
	for here, next := range map[string]string{"de": "en", "en": "zh-CN", "zh-CN": "de"} { // as the keypad goes through them
		s := &screen{View: controller.View{Language: here}, words: k.words}
		if others := s.Languages(); len(others) != 2 || others[0] != next {
			t.Errorf("from %s the languages are %v", here, others)
		}
	}
	if html, err = k.draw(controller.View{Screen: controller.Home, Language: "en"}); err != nil || !strings.Contains(string(html), `data-text="de" lang="de">Deutsch`) {
		t.Errorf("the third language is not offered (%v)", err)
	}
	if w := post(k, `{"view":1,"act":"language","text":"de"}`, nil); w.Code != http.StatusServiceUnavailable { // known, and nobody is there yet
		t.Errorf("choosing it gives status %d", w.Code)
	}
	if got := k.Languages(); !slices.Equal(got, []string{"de", "en", "zh-CN"}) {
		t.Errorf("the languages are %v", got)
	}
	files["words/fr.json"] = &fstest.MapFile{Data: []byte(`{"language":`)}
	if _, err := wordsIn(files); err == nil {
		t.Error("a file that is no JSON was read")
	}
}

// usedKeys collects the keys of the templates and of the families that views name.
func usedKeys(t *testing.T) map[string]bool {
	t.Helper()
	used := map[string]bool{"language": true, "title.starting": true}
	files, err := templateFiles.ReadDir("templates")
	if err != nil {
		t.Fatal(err)
	}
	call := regexp.MustCompile(`\.(?:Say|Count) "([a-z.-]+)"`)
	for _, file := range files {
		raw, err := templateFiles.ReadFile("templates/" + file.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range call.FindAllStringSubmatch(string(raw), -1) {
			used[match[1]] = true
		}
	}
	for family, members := range map[string][]string{
		"title": constants(t, "../view.go", "Screen"), "note": constants(t, "../view.go", "Note"),
		"advice": constants(t, "../../matcher/matcher.go", "Advice"), "kind": constants(t, "../../matcher/matcher.go", "Kind"),
		"consent": constants(t, "../../matcher/matcher.go", "Kind"), "size": {"1", "2", "3"}, "digit": strings.Split("0123456789", ""), "finger": fingers(),
	} {
		for _, member := range members {
			used[family+"."+member] = true
		}
	}
	return used
}

func fingers() []string {
	var names []string
	for _, hand := range []string{"right", "left"} {
		for _, finger := range []string{"thumb", "index", "middle", "ring", "little"} {
			names = append(names, hand+"-"+finger)
		}
	}
	return names
}

// TestChoicesAreNumberedAsDrawn: the n-th button of a screen is the n-th choice of the keypad.
func TestChoicesAreNumberedAsDrawn(t *testing.T) {
	k := newKiosk(t, Options{Keypad: true})
	button := regexp.MustCompile(`<button[^>]*\sdata-act="([a-z-]+)"(?:\s+data-text="([^"]*)")?`)
	for _, s := range samples() {
		s.view.Language = "en"
		html, err := k.draw(s.view)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(html), "<main>")
		main, _, _ := strings.Cut(rest, "</main>")
		var drawn []controller.Answer
		for _, m := range button.FindAllStringSubmatch(main, -1) {
			if m[1] == string(controller.ActSlot) {
				continue // typed as the door's number
			}
			drawn = append(drawn, controller.Answer{Act: controller.Act(m[1]), Text: m[2]})
		}
		if !slices.Equal(drawn, s.view.Choices()) {
			t.Errorf("%s draws %v, and the keypad chooses among %v", s.name, drawn, s.view.Choices())
		}
	}
}

// TestPadsTakeWholePasscodes: a pad's OK waits for as many digits as a passcode has.
func TestPadsTakeWholePasscodes(t *testing.T) {
	k := newKiosk(t, Options{})
	for _, screen := range []controller.Screen{controller.AskPasscode, controller.EnrolPasscode} {
		html, err := k.draw(controller.View{Screen: screen, Language: "en"})
		if want := fmt.Sprintf(`data-min="%d" data-max="%d"`, passcode.MinDigits, passcode.MaxDigits); err != nil || !strings.Contains(string(html), want) {
			t.Errorf("the pad of %s is not %s (%v)", screen, want, err)
		}
		for tag, words := range map[string]string{"en": "six to twelve digits", "zh-CN": "六到十二位"} {
			if got := k.words[tag]["note.passcode-length"]; passcode.MinDigits != 6 || passcode.MaxDigits != 12 || !strings.Contains(got, words) {
				t.Errorf("%s says %q", tag, got)
			}
		}
	}
}

// TestHandShowsTheFinger: of every finger that an enrolment can name one stands out on the right hand's picture, or the
// left one's; of another label nothing is drawn.
func TestHandShowsTheFinger(t *testing.T) {
	for _, side := range []string{"left", "right"} {
		for i, name := range []string{"thumb", "index", "middle", "ring", "little"} {
			s := &screen{View: controller.View{Label: side + " " + name}}
			drawn := s.Hand()
			if drawn == nil || drawn.Left != (side == "left") || len(drawn.Fingers) != 5 {
				t.Fatalf("%s %s is drawn as %+v", side, name, drawn)
			}
			for j, f := range drawn.Fingers {
				if f.Meant != (i == j) {
					t.Errorf("%s %s: finger %d stands out: %v", side, name, j, f.Meant)
				}
			}
		}
	}
	for _, label := range []string{"", "right", "toe", "middle toe", "right toe"} {
		if s := (&screen{View: controller.View{Label: label}}); s.Hand() != nil {
			t.Errorf("%q is drawn as %+v", label, s.Hand())
		}
	}
}
