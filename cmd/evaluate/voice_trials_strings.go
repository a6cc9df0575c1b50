package main

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
)

// stringTrials says words of dsp20 as if they were digits, as a cabinet asks for them: each tested speaker enrols
// five strings of eight that hold ten words four times each, and strings of eight of the other takes are tried on
// everybody whom the fold compares. Two vocabularies of ten words, two halves of the takes.
func stringTrials(dir string, speakers []string, tested pairOfQuarters) (enrol, trials [][]string) {
	const vocabularies, halves, tests = 2, 2, 3
	for i, s := range speakers {
		if !tested.has(i % quarters) {
			continue
		}
		for n := range vocabularies * halves {
			vocabulary, half := n/halves, n%halves
			model := fmt.Sprintf("%s-%d-%d", s, vocabulary, half)
			said := wordsOf(vocabulary, half*2+1, half*2+4)
			random := rand.New(rand.NewPCG(uint64(i), uint64(n)))
			random.Shuffle(len(said), func(i, j int) { said[i], said[j] = said[j], said[i] })
			for k := 0; k < len(said); k += 8 {
				enrol = append(enrol, []string{model, wordFiles(dir, s, said[k:k+8])})
			}
			for j, t := range speakers {
				if !tested.compares(i%quarters, j%quarters) {
					continue
				}
				kind := "nontarget"
				if t == s {
					kind = "target"
				}
				random := rand.New(rand.NewPCG(uint64(j), uint64(n))) // a speaker says the same to everybody
				for range tests {
					others := append(wordsOf(vocabulary, 1, half*2), wordsOf(vocabulary, half*2+5, takes)...)
					random.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
					trials = append(trials, []string{model, wordFiles(dir, t, others[:8]), kind})
				}
			}
		}
	}
	return enrol, trials
}

// A take is one recording of a word.
type take struct{ word, number int }

// wordsOf returns the takes first to last of the ten words of a vocabulary.
func wordsOf(vocabulary, first, last int) []take {
	var all []take
	for word := range 10 {
		for number := first; number <= last; number++ {
			all = append(all, take{10*vocabulary + word, number})
		}
	}
	return all
}

func wordFiles(dir, speaker string, said []take) string {
	var files []string
	for _, w := range said {
		files = append(files, filepath.Join(dir, "dsp20", speaker, fmt.Sprintf("w%02d-t%02d.flac", w.word, w.number)))
	}
	return strings.Join(files, ",")
}
