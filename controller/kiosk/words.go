package kiosk

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

//go:embed words/*.json
var wordFiles embed.FS

// lexicon holds the sentences of every language by BCP 47 tag and key. A language is one file of words/;
// its key "language" is the language's own name. "%d" in a sentence stands for a number.
type lexicon map[string]map[string]string

func loadWords() (lexicon, error) { return wordsIn(wordFiles) }

// wordsIn reads every language of a folder words.
func wordsIn(files fs.FS) (lexicon, error) {
	names, err := fs.Glob(files, "words/*.json")
	if err != nil {
		return nil, fmt.Errorf("cannot list languages: %w", err)
	}
	words := lexicon{}
	for _, name := range names {
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("cannot read language: %w", err)
		}
		var sentences map[string]string
		if err := json.Unmarshal(raw, &sentences); err != nil {
			return nil, fmt.Errorf("cannot read language %s: %w", name, err)
		}
		words[strings.TrimSuffix(path.Base(name), ".json")] = sentences
	}
	return words, nil
}

// Sentences lists what the screen says in a language, without order. "%d" in a sentence stands for a number.
func Sentences(tag string) ([]string, error) {
	words, err := loadWords()
	if err != nil {
		return nil, err
	}
	return slices.Collect(maps.Values(words[tag])), nil
}

// Languages lists the tags of the languages that the screen speaks, in order.
func (k *Kiosk) Languages() []string { return slices.Sorted(maps.Keys(k.words)) }

// nearest returns the first of the tags that is spoken, by itself or by its main part, and English otherwise.
func (l lexicon) nearest(tags ...string) string {
	for _, tag := range tags {
		if l[tag] != nil {
			return tag
		}
		main, _, _ := strings.Cut(tag, "-")
		for known := range l {
			if base, _, _ := strings.Cut(known, "-"); base == main {
				return known
			}
		}
	}
	return "en"
}
