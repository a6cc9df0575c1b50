package main

import (
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"lockerd/matcher/voice"
	"lockerd/matcher/voice/embedding"
	"lockerd/matcher/voice/speech"
	"lockerd/matcher/voice/train"
)

// runVoiceTrain makes a voice model of a list of recordings.
//
//	evaluate voice-train -list train.tsv -out model.bin [-network network.bin]
//
// Each line of the list: speaker TAB text TAB comma-separated files, which are joined.
func runVoiceTrain(args []string, out, errs io.Writer) error {
	flags := flag.NewFlagSet("voice-train", flag.ContinueOnError)
	flags.SetOutput(errs)
	list := flags.String("list", "", "recordings: speaker TAB text TAB files, a line each")
	file := flags.String("out", "", "the model's file")
	rates := flags.String("rates", "16000,8000", "bands to train, in samples a second")
	components := flags.Int("components", 0, "Gaussians; 0 for the default")
	rank := flags.Int("rank", 0, "rank of the channel; 0 for the default")
	networkFile := flags.String("network", "", "the network's file; the shipped model's when empty, none for \"none\"")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *list == "" || *file == "" {
		return fmt.Errorf("voice-train needs -list and -out")
	}
	network, err := readNetwork(*networkFile)
	if err != nil {
		return err
	}
	o := train.Options{Components: *components, Rank: *rank, Network: network, Log: slog.New(slog.NewTextHandler(errs, nil))}
	for r := range strings.SplitSeq(*rates, ",") {
		rate, err := strconv.Atoi(r)
		if err != nil {
			return fmt.Errorf("cannot train for %q samples a second", r)
		}
		o.Rates = append(o.Rates, rate)
	}
	recordings, err := readRecordings(*list)
	if err != nil {
		return err
	}
	model, err := train.Train(recordings, o)
	if err != nil {
		return err
	}
	b, err := model.Encode()
	if err != nil {
		return err
	}
	if err := os.WriteFile(*file, b, 0o644); err != nil {
		return err
	}
	speakers := map[string]bool{}
	for _, r := range recordings {
		speakers[r.Speaker] = true
	}
	fmt.Fprintf(out, "model %s: %d bytes of %d recordings of %d speakers\n", model.ID(), len(b), len(recordings), len(speakers))
	return nil
}

// readNetwork reads the network that train.py wrote.
func readNetwork(path string) (*embedding.Network, error) {
	switch path {
	case "none":
		return nil, nil
	case "":
		m, err := voice.Shipped()
		if err != nil {
			return nil, err
		}
		return m.Network, nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	n, err := embedding.Decode(b)
	if err != nil {
		return nil, fmt.Errorf("cannot use %s: %w", path, err)
	}
	return n, nil
}

func readRecordings(list string) ([]train.Recording, error) {
	rows, err := readRows(list, "speaker", "text", "files")
	if err != nil {
		return nil, err
	}
	var recordings []train.Recording
	for _, row := range rows {
		c, err := readJoined(filepath.Dir(list), row[2])
		if err != nil {
			return nil, err
		}
		recordings = append(recordings, train.Recording{Speaker: row[0], Text: row[1], Rate: c.rate, Sound: speech.Sound(c.pcm)})
	}
	return recordings, nil
}
