package train

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"lockerd/matcher/voice/flac"
	"lockerd/matcher/voice/speech"
	"lockerd/matcher/voice/wav"
)

// longest is how many bytes a file of recordings may have: half an hour at 16000 samples a second.
const longest = 64 << 20

// ReadFolder reads the recordings SPEAKER/*.wav and SPEAKER/*.flac of dir, in the order of their names: one
// channel of 16 bits, 16000 or 8000 samples a second. The error names every file that cannot be used, and how to
// mend it; other files and deeper folders are left alone.
func ReadFolder(dir fs.FS) ([]Recording, error) {
	var recordings []Recording
	var problems []error
	speakers, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, err
	}
	for _, s := range speakers {
		if !s.IsDir() || strings.HasPrefix(s.Name(), ".") {
			continue
		}
		files, err := fs.ReadDir(dir, s.Name())
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			name := path.Join(s.Name(), f.Name())
			decode := decoders[strings.ToLower(path.Ext(name))]
			if decode == nil || f.IsDir() {
				continue
			}
			r, err := readRecording(dir, name, decode)
			if err != nil {
				problems = append(problems, fmt.Errorf("cannot use %s: %w", name, err))
				continue
			}
			r.Speaker = s.Name()
			recordings = append(recordings, r)
		}
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	if len(recordings) == 0 {
		return nil, fmt.Errorf("there is no SPEAKER/*.wav or SPEAKER/*.flac: %w", ErrTooFew)
	}
	return recordings, nil
}

// decoders read files by the ends of their names.
var decoders = map[string]func([]byte) (pcm []byte, rate int, err error){".wav": wav.Decode, ".flac": flac.Decode}

func readRecording(dir fs.FS, name string, decode func([]byte) ([]byte, int, error)) (Recording, error) {
	info, err := fs.Stat(dir, name)
	if err != nil {
		return Recording{}, err
	}
	if info.Size() > longest {
		return Recording{}, fmt.Errorf("it has %d MiB, at most %d: cut it into utterances", info.Size()>>20, longest>>20)
	}
	b, err := fs.ReadFile(dir, name)
	if err != nil {
		return Recording{}, err
	}
	pcm, rate, err := decode(b)
	if err != nil {
		return Recording{}, err
	}
	if _, err := speech.BandOf(rate); err != nil {
		return Recording{}, err
	}
	if len(pcm)/2 < rate {
		return Recording{}, errors.New("it is shorter than a second")
	}
	return Recording{Rate: rate, Sound: speech.Sound(pcm)}, nil
}
