package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
)

// digits writes fsdd-enrol and fsdd-trials: everybody enrols five strings of eight digits, and forty strings of
// eight other takes are tried on everybody. Nobody of fsdd is in a training list.
func (w *listWriter) digits(dir string) error {
	spoken, err := digitFiles(filepath.Join(dir, "fsdd"))
	if err != nil {
		return err
	}
	speakers := slices.Sorted(maps.Keys(spoken))
	random := rand.New(rand.NewPCG(1, 2))
	var enrol, trials [][]string
	for _, s := range speakers {
		var first []string
		for _, takes := range spoken[s] {
			first = append(first, takes[:4]...)
		}
		random.Shuffle(len(first), func(i, j int) { first[i], first[j] = first[j], first[i] })
		for said := range slices.Chunk(first, 8) {
			enrol = append(enrol, []string{s, strings.Join(said, ",")})
		}
		for range 40 {
			var said []string
			for range 8 {
				takes := spoken[s][random.IntN(10)][4:]
				said = append(said, takes[random.IntN(len(takes))])
			}
			for _, claimed := range speakers {
				kind := "nontarget"
				if claimed == s {
					kind = "target"
				}
				trials = append(trials, []string{claimed, strings.Join(said, ","), kind})
			}
		}
	}
	if err := w.write("fsdd-enrol.tsv", enrol); err != nil {
		return err
	}
	return w.write("fsdd-trials.tsv", trials)
}

// digitFiles returns the files of each speaker by digit, at least eight takes of each.
func digitFiles(dir string) (map[string][10][]string, error) {
	files, err := soundFiles(dir)
	if err != nil {
		return nil, err
	}
	spoken := map[string][10][]string{}
	for _, f := range files {
		part := strings.Split(filepath.Base(f), "_")
		if len(part) != 3 || len(part[0]) != 1 || part[0] < "0" || part[0] > "9" {
			return nil, fmt.Errorf("cannot tell the digit of %s: name it DIGIT_SPEAKER_TAKE", f)
		}
		takes := spoken[part[1]]
		d := part[0][0] - '0'
		takes[d] = append(takes[d], f)
		spoken[part[1]] = takes
	}
	for s, digits := range spoken {
		for d, takes := range digits {
			if len(takes) < 8 {
				return nil, fmt.Errorf("%s said %d only %d times, at least 8 are needed", s, d, len(takes))
			}
		}
	}
	return spoken, nil
}
