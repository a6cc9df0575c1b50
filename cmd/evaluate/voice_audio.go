package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"lockerd/matcher/voice/flac"
	"lockerd/matcher/voice/speech"
	"lockerd/matcher/voice/wav"
)

// A clip is a recording: 16-bit little-endian mono samples.
type clip struct {
	pcm  []byte
	rate int
}

func (c clip) seconds() float64 { return float64(len(c.pcm)/2) / float64(c.rate) }

// readClip reads a WAV or FLAC file.
func readClip(path string) (clip, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return clip{}, err
	}
	var c clip
	if strings.EqualFold(filepath.Ext(path), ".flac") {
		c.pcm, c.rate, err = flac.Decode(b)
	} else {
		c.pcm, c.rate, err = wav.Decode(b)
	}
	if err != nil {
		return clip{}, fmt.Errorf("cannot read %s: %w", path, err)
	}
	return c, nil
}

// pathsOf returns where comma-separated files lie, relative to folder or absolute.
func pathsOf(folder, files string) []string {
	paths := strings.Split(files, ",")
	for i, name := range paths {
		if paths[i] = strings.TrimSpace(name); !filepath.IsAbs(paths[i]) {
			paths[i] = filepath.Join(folder, paths[i])
		}
	}
	return paths
}

// readJoined reads comma-separated files, relative to folder or absolute, as one recording.
func readJoined(folder, files string) (clip, error) {
	var joined clip
	for _, name := range pathsOf(folder, files) {
		c, err := readClip(name)
		switch {
		case err != nil:
			return clip{}, err
		case joined.rate != 0 && joined.rate != c.rate:
			return clip{}, fmt.Errorf("cannot join %s: %d samples a second, those before it %d", name, c.rate, joined.rate)
		}
		joined.rate, joined.pcm = c.rate, append(joined.pcm, c.pcm...)
	}
	return joined, nil
}

// readRows reads a list of tab-separated fields, as many in each line as named. Lines may end as on Windows, and
// the list may begin with the mark that its editors put there.
func readRows(path string, fields ...string) ([][]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var rows [][]string
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if n == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		row := strings.Split(line, "\t")
		if len(row) != len(fields) {
			return nil, fmt.Errorf("%s:%d: %d fields, want %d separated by tabs: %s", path, n, len(row), len(fields), strings.Join(fields, ", "))
		}
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
		rows = append(rows, row)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", path, err)
	}
	return rows, nil
}

// soundFiles returns the WAV and FLAC files in a folder, sorted.
func soundFiles(folder string) ([]string, error) {
	var files []string
	for _, pattern := range []string{"*.flac", "*.wav"} {
		found, err := filepath.Glob(filepath.Join(folder, pattern))
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no WAV or FLAC file in %s", folder)
	}
	slices.Sort(files)
	return files, nil
}

// A noise is half a minute or more of sound to add to tests.
type noise struct {
	sound map[int][]float32 // by samples a second
}

// keptOut tells whether the i-th of the sorted files of librispeech is kept out of training, for noise.
func keptOut(i int) bool { return i%13 == 0 }

// newBabble lets ten of the speakers kept out of training talk at once, each as loud as the others, three times
// over in a minute.
func newBabble(folder string, seed uint64) (noise, error) {
	files, err := soundFiles(folder)
	if err != nil {
		return noise{}, fmt.Errorf("cannot make babble: %w; name a folder with -babble or noise with -noise", err)
	}
	const speakers, minute = 10, 60 * 16000
	babble, random := make([]float32, minute), rand.New(rand.NewPCG(seed, 1))
	for i, n := 0, 0; i < len(files) && n < speakers; i++ {
		if !keptOut(i) {
			continue
		}
		n++
		c, err := readClip(files[i])
		if err != nil {
			return noise{}, err
		}
		if c.rate != 16000 {
			return noise{}, fmt.Errorf("cannot make babble of %s: %d samples a second, want 16000", files[i], c.rate)
		}
		sound := speech.Sound(c.pcm)
		gain := float32(1 / math.Sqrt(meanSquare(sound)))
		for range 3 {
			at := random.IntN(minute)
			for t, x := range sound {
				babble[(at+t)%minute] += gain * x
			}
		}
	}
	return noise{map[int][]float32{16000: babble, 8000: speech.Halve(babble)}}, nil
}

// newNoise joins the recordings of a folder.
func newNoise(folder string) (noise, error) {
	files, err := soundFiles(folder)
	if err != nil {
		return noise{}, err
	}
	n := noise{map[int][]float32{}}
	for _, f := range files {
		c, err := readClip(f)
		if err != nil {
			return noise{}, err
		}
		sound := speech.Sound(c.pcm)
		n.sound[c.rate] = append(n.sound[c.rate], sound...)
		if c.rate == 16000 {
			n.sound[8000] = append(n.sound[8000], speech.Halve(sound)...)
		}
	}
	return n, nil
}

// add returns c with noise, from a place that name decides: the mean power of c over its whole length is snr dB
// over that of the noise, the definition that speech toolkits use.
func (n noise) add(c clip, snr float64, name string) (clip, error) {
	noise := n.sound[c.rate]
	if len(noise) == 0 {
		return clip{}, fmt.Errorf("no noise of %d samples a second", c.rate)
	}
	h := fnv.New64a()
	io.WriteString(h, name)
	at := int(h.Sum64() % uint64(len(noise)))
	sound := speech.Sound(c.pcm)
	part := make([]float32, len(sound))
	for t := range part {
		part[t] = noise[(at+t)%len(noise)]
	}
	gain := float32(math.Sqrt(meanSquare(sound) / meanSquare(part) / math.Pow(10, snr/10)))
	for t := range sound {
		sound[t] += gain * part[t]
	}
	return clip{samples(sound), c.rate}, nil
}

// samples returns sound as 16-bit little-endian samples, what is too loud clipped.
func samples(sound []float32) []byte {
	pcm := make([]byte, 0, 2*len(sound))
	for _, x := range sound {
		pcm = binary.LittleEndian.AppendUint16(pcm, uint16(int16(32767*max(-1, min(1, x)))))
	}
	return pcm
}

func meanSquare(sound []float32) float64 {
	sum := 1e-12
	for _, x := range sound {
		sum += float64(x) * float64(x)
	}
	return sum / float64(max(1, len(sound)))
}
