package voice

import (
	"fmt"
	"slices"
	"testing"

	"lockerd/infosystem/vault"
	"lockerd/matcher/voice/speaker"
	"lockerd/matcher/voice/speech"
)

// long is a voiceprint of a model of so many components and of a network of so many outputs.
func long(components, outputs int) print {
	places := func(n int) speaker.Point { return speaker.Point{Deviation: 1, Place: make([]float32, n)} }
	m := &digitModels{precision: make([][]float32, 2), means: make([][]float32, digitModelsSize)}
	for _, rows := range [][][]float32{m.precision, m.means} {
		for i := range rows {
			rows[i] = make([]float32, digitDimensions)
		}
	}
	return print{model: "0123456789abcdef", rate: rate, digits: m,
		voice: speaker.Voice{Mixture: places(components * speech.Dimensions), Network: places(outputs)}}
}

// A voiceprint of the largest model can be read again with what an enrolment's strings leave, and is kept.
func TestLargestModel(t *testing.T) {
	p := long(speaker.MaxComponents, 1024)
	var said []attempt
	for range EnrolStrings { // five seconds of voiced speech each
		said = append(said, attempt{sketch: make(sketch, 5*speech.FramesPerSecond/sketchHop)})
	}
	bare, err := p.encode()
	if err != nil {
		t.Fatal(err)
	}
	if p.sketches = sketches(said, largestPrint-len(bare)); len(p.sketches) != EnrolStrings {
		t.Errorf("%d sketches of %d strings", len(p.sketches), EnrolStrings)
	}
	data, err := p.encode()
	if err != nil {
		t.Fatal(err)
	}
	if read, err := decodePrint(data); err != nil || len(read.voice.Mixture.Place) != len(p.voice.Mixture.Place) {
		t.Errorf("%d bytes: %v", len(data), err)
	}
	if largestPrint > vault.MaxRecord {
		t.Errorf("voiceprints of %d bytes, and the information system keeps %d", largestPrint, vault.MaxRecord)
	}
}

// What could not be read again is not made: each count of components is either read as it was, or refused.
func TestTooLongForAVoiceprint(t *testing.T) {
	for _, components := range []int{512, 1024, 1395, 2048} {
		t.Run(fmt.Sprint(components), func(t *testing.T) {
			if data, err := long(components, 256).encode(); err == nil {
				_, err = decodePrint(data)
				t.Errorf("a voiceprint of %d bytes, which is read as: %v", len(data), err)
			}
		})
	}
}

// However long somebody speaks, the sketches that are kept fit.
func TestSketchesFit(t *testing.T) {
	p := long(256, 256)
	bare, err := p.encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range [][]attempt{
		slices.Repeat([]attempt{{sketch: make(sketch, 1500)}}, 60),
		slices.Repeat([]attempt{{sketch: make(sketch, 5)}}, 300),
	} {
		p.sketches = sketches(said, largestPrint-len(bare))
		data, err := p.encode()
		if err != nil {
			t.Fatal(err)
		}
		if read, err := decodePrint(data); err != nil || len(read.sketches) != len(p.sketches) || len(p.sketches) == 0 {
			t.Errorf("%d sketches: %v", len(p.sketches), err)
		}
	}
}
