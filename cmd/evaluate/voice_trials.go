package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// runVoiceTrials writes lists of recordings to train on, enrol and try, for dsp20 (words) and fsdd (digits).
//
//	evaluate voice-trials [-out FOLDER] DIR
//
// DIR holds the folders dsp20, librispeech and fsdd. The speakers of dsp20 are cut into quarters, and each pair of
// quarters is one of six folds: the list dsp20-N-train names recordings of the speakers of the other two quarters
// and of librispeech; dsp20-N-enrol, -same and -other the tests of fold N, which share no speaker with it, and
// -strings-enrol and -strings those that say words as digits. So every two speakers are compared, once, by a model
// that knows neither. shipped-train names all of dsp20 and librispeech,
// readers-train librispeech alone, which the network is trained on; -learn and -check part it, to choose how. The
// speakers of librispeech that babble is made of are in no list. *-speakers.txt lists who trains and who is tested.
func runVoiceTrials(args []string, out, errs io.Writer) error {
	flags := flag.NewFlagSet("voice-trials", flag.ContinueOnError)
	flags.SetOutput(errs)
	folder := flags.String("out", "trials", "folder to write the lists to")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("voice-trials needs one folder, which holds dsp20, librispeech and fsdd")
	}
	dir, err := filepath.Abs(flags.Arg(0))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(*folder, 0o755); err != nil {
		return err
	}
	w := &listWriter{folder: *folder, out: out}
	if err := w.words(dir); err != nil {
		return err
	}
	return w.digits(dir)
}

// A listWriter writes lists into a folder and says on out which.
type listWriter struct {
	folder string
	out    io.Writer
}

func (w *listWriter) write(name string, rows [][]string) error {
	var b strings.Builder
	for _, row := range rows {
		b.WriteString(strings.Join(row, "\t") + "\n")
	}
	path := filepath.Join(w.folder, name)
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w.out, "%s: %d lines\n", path, len(rows))
	return err
}

const (
	quarters = 4
	phrases  = 5 // of four words each
	takes    = 6 // of each word; a half enrols, the other tries
)

// phrase returns the files of four words that one speaker of dsp20 said in one take.
func phrase(dir, speaker string, p, take int) string {
	var files []string
	for word := 4 * p; word < 4*p+4; word++ {
		files = append(files, filepath.Join(dir, "dsp20", speaker, fmt.Sprintf("w%02d-t%02d.flac", word, take)))
	}
	return strings.Join(files, ",")
}

func (w *listWriter) words(dir string) error {
	speakers, err := wordSpeakers(dir)
	if err != nil {
		return err
	}
	readers, err := readerRows(dir)
	if err != nil {
		return err
	}
	learn, check := parted(readers)
	for _, list := range []struct {
		name string
		rows [][]string
	}{{"readers-train.tsv", readers}, {"readers-learn.tsv", learn}, {"readers-check.tsv", check}} {
		if err := w.write(list.name, list.rows); err != nil {
			return err
		}
	}
	everybody := readers
	for _, s := range speakers {
		everybody = append(everybody, phraseRows(dir, s)...)
	}
	if err := w.write("shipped-train.tsv", everybody); err != nil {
		return err
	}
	fold := 0
	for a := range quarters {
		for b := a + 1; b < quarters; b++ {
			fold++
			if err := w.fold(dir, fold, pairOfQuarters{a, b}, speakers, readers); err != nil {
				return err
			}
		}
	}
	return nil
}

// pairOfQuarters are the quarters whose speakers a fold tests.
type pairOfQuarters struct{ a, b int }

func (p pairOfQuarters) has(quarter int) bool { return quarter == p.a || quarter == p.b }

// compares tells whether the fold tries a speaker of quarter x on one of quarter y. Speakers of one quarter meet
// in three folds and are compared in the one that begins with their quarter and the next.
func (p pairOfQuarters) compares(x, y int) bool {
	if x != y {
		return p.has(x) && p.has(y)
	}
	next := (x + 1) % quarters
	return p == pairOfQuarters{min(x, next), max(x, next)}
}

// fold writes the lists of one fold.
func (w *listWriter) fold(dir string, number int, tested pairOfQuarters, speakers []string, readers [][]string) error {
	rows, roles := append([][]string{}, readers...), [][]string{}
	for _, r := range readers {
		roles = append(roles, []string{"train", r[0]})
	}
	for i, s := range speakers {
		if tested.has(i % quarters) {
			roles = append(roles, []string{"test", s})
			continue
		}
		rows, roles = append(rows, phraseRows(dir, s)...), append(roles, []string{"train", s})
	}
	enrol, same, other := wordTrials(dir, speakers, tested)
	said, strings := stringTrials(dir, speakers, tested)
	for _, list := range []struct {
		name string
		rows [][]string
	}{{"train.tsv", rows}, {"speakers.txt", roles}, {"enrol.tsv", enrol}, {"same.tsv", same}, {"other.tsv", other},
		{"strings-enrol.tsv", said}, {"strings.tsv", strings}} {
		if err := w.write(fmt.Sprintf("dsp20-%d-%s", number, list.name), list.rows); err != nil {
			return err
		}
	}
	return nil
}

// wordTrials enrols each tested speaker with three takes of each phrase, the first or the last three, and tries
// the other three takes of everybody whom the fold compares, of the same phrase and of the others.
func wordTrials(dir string, speakers []string, tested pairOfQuarters) (enrol, same, other [][]string) {
	half := takes / 2
	for i, s := range speakers {
		if !tested.has(i % quarters) {
			continue
		}
		for n := range 2 * phrases {
			p, from := n/2, n%2
			model := fmt.Sprintf("%s-%d-%d", s, p, from)
			for take := range half {
				enrol = append(enrol, []string{model, phrase(dir, s, p, from*half+take+1)})
			}
			for j, t := range speakers {
				if !tested.compares(i%quarters, j%quarters) {
					continue
				}
				kind := "nontarget"
				if t == s {
					kind = "target"
				}
				for n := range phrases * half {
					q, take := n/half, n%half
					row := []string{model, phrase(dir, t, q, (1-from)*half+take+1), kind}
					if p == q {
						same = append(same, row)
					} else {
						other = append(other, row)
					}
				}
			}
		}
	}
	return enrol, same, other
}

func wordSpeakers(dir string) ([]string, error) {
	folders, err := filepath.Glob(filepath.Join(dir, "dsp20", "s*"))
	if err != nil {
		return nil, err
	}
	if len(folders) < 2*quarters {
		return nil, fmt.Errorf("%s has %d speakers, at least %d are needed", filepath.Join(dir, "dsp20"), len(folders), 2*quarters)
	}
	for i, f := range folders {
		folders[i] = filepath.Base(f)
	}
	return folders, nil
}

// phraseRows returns a speaker's phrases as lines of a training list.
func phraseRows(dir, speaker string) [][]string {
	var rows [][]string
	for p := range phrases {
		for take := range takes {
			rows = append(rows, []string{speaker, fmt.Sprintf("phrase %d", p), phrase(dir, speaker, p, take+1)})
		}
	}
	return rows
}

// readerRows returns librispeech, without the speakers kept out for babble, as lines of a training list.
func readerRows(dir string) ([][]string, error) {
	files, err := soundFiles(filepath.Join(dir, "librispeech"))
	if err != nil {
		return nil, err
	}
	var rows [][]string
	for i, f := range files {
		if reader, _, _ := strings.Cut(filepath.Base(f), "-"); !keptOut(i) {
			rows = append(rows, []string{"librispeech-" + reader, "", f})
		}
	}
	return rows, nil
}

// parted cuts the lines of librispeech into three quarters to learn from and one to check on what was learnt.
func parted(readers [][]string) (learn, check [][]string) {
	for i, r := range readers {
		if i%4 == 1 {
			check = append(check, r)
		} else {
			learn = append(learn, r)
		}
	}
	return learn, check
}
