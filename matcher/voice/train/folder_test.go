package train

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"testing/fstest"
)

// file returns a WAVE file of that many samples.
func file(samples int, rate uint32) *fstest.MapFile {
	b := []byte("RIFF....WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00")
	b = binary.LittleEndian.AppendUint32(b, rate)
	b = binary.LittleEndian.AppendUint32(b, 2*rate)
	b = append(b, "\x02\x00\x10\x00data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(2*samples))
	return &fstest.MapFile{Data: append(b, make([]byte, 2*samples)...)}
}

func TestReadFolder(t *testing.T) {
	recordings, err := ReadFolder(fstest.MapFS{
		"bo/1.wav": file(20000, 16000), "ada/2.WAV": file(9000, 8000), "ada/1.wav": file(16000, 16000),
		"ada/notes.txt": {}, "readme.wav": {}, ".git/x.wav": {}, "ada/deeper/3.wav": {},
	})
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, r := range recordings {
		order = append(order, r.Speaker)
	}
	if got := strings.Join(order, " "); got != "ada ada bo" {
		t.Errorf("speakers %q", got)
	}
	if r := recordings[1]; r.Rate != 8000 || len(r.Sound) != 9000 {
		t.Errorf("%d samples at %d a second", len(r.Sound), r.Rate)
	}
}

func TestReadFolderNamesWhatCannotBeUsed(t *testing.T) {
	_, err := ReadFolder(fstest.MapFS{
		"ada/good.wav": file(16000, 16000), "ada/short.wav": file(100, 16000), "ada/studio.wav": file(50000, 44100),
		"bo/cut.flac": {Data: []byte("fLaC\x00\x00")}, "bo/text.wav": {Data: []byte("no sound")},
	})
	for _, name := range []string{"ada/short.wav", "ada/studio.wav", "bo/cut.flac", "bo/text.wav", "44100"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
	if err != nil && strings.Contains(err.Error(), "good.wav") {
		t.Errorf("%v names a good file", err)
	}
	if _, err := ReadFolder(fstest.MapFS{"1.wav": file(16000, 16000)}); !errors.Is(err, ErrTooFew) {
		t.Errorf("%v, want ErrTooFew", err)
	}
}
