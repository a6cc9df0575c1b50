package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lockerd/controller/kiosk"
)

// guides are the pages to be printed and hung beside a cabinet, each in every language.
var guides = []string{"guide-recipient.html", "guide-recipient.zh-CN.html", "guide-courier.html", "guide-courier.zh-CN.html"}

// TestGuidesPrintOnOnePage has Chromium print them on A4.
func TestGuidesPrintOnOnePage(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil || testing.Short() {
		t.Skip("skipped: there is no chromium here (Debian: apt-get install chromium), or -short")
	}
	docs, err := filepath.Abs("../../docs")
	if err != nil {
		t.Fatal(err)
	}
	page := regexp.MustCompile(`/Type\s*/Page\b[^s]`)
	for _, name := range guides {
		printed := filepath.Join(t.TempDir(), "guide.pdf")
		command := exec.CommandContext(t.Context(), browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
			"--user-data-dir="+t.TempDir(), "--print-to-pdf="+printed, "file://"+filepath.Join(docs, name))
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("cannot print %s: %v\n%s", name, err, out)
		}
		pdf, err := os.ReadFile(printed)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(page.FindAll(pdf, -1)); n != 1 {
			t.Errorf("%s prints on %d pages", name, n)
		}
		if !bytes.Contains(pdf, []byte("/MediaBox [0 0 594.95")) && !bytes.Contains(pdf, []byte("/MediaBox [0 0 595")) {
			t.Errorf("%s is not printed on A4", name)
		}
	}
}

// TestGuidesNameWhatTheScreenSays: every button that a guide names is on the touchscreen, in that language.
func TestGuidesNameWhatTheScreenSays(t *testing.T) {
	key := regexp.MustCompile(`<kbd>([^<]*)</kbd>`)
	for _, name := range guides {
		raw, err := os.ReadFile("../../docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		tag := "en"
		if strings.Contains(name, "zh-CN") {
			tag = "zh-CN"
		}
		sentences, err := kiosk.Sentences(tag)
		if err != nil {
			t.Fatal(err)
		}
		named := key.FindAllSubmatch(raw, -1)
		for _, match := range named {
			button := string(match[1])
			onKeypad := strings.Trim(button, "0123456789#") == ""
			like := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(button), "…", ".*") + "( ?（?%d.*)?$")
			if !onKeypad && !slices.ContainsFunc(sentences, like.MatchString) {
				t.Errorf("%s names %q, which is no button", name, button)
			}
		}
		if len(named) < 8 {
			t.Errorf("%s names %d buttons", name, len(named))
		}
	}
}
