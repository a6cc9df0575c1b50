package main

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"lockerd/matcher/voice/speech"
	"lockerd/matcher/voice/train"
)

// runVoiceFrames writes what the network of voices is trained on: the frames that it would see of each recording, as
// recorded and disturbed as microphones, rooms, other people and telephone lines do.
//
//	evaluate voice-frames -list train.tsv -out frames [-copies 8] [-seed 1]
//
// OUT.tsv has a line for each piece: speaker, speed, copy (0 is undisturbed), frames; OUT.i16 their values one
// after the other, frame by frame, as little-endian 16-bit thousandths. Each recording comes at three speeds, which
// the network takes for three speakers.
func runVoiceFrames(args []string, out, errs io.Writer) error {
	flags := flag.NewFlagSet("voice-frames", flag.ContinueOnError)
	flags.SetOutput(errs)
	list := flags.String("list", "", "recordings: speaker TAB text TAB files, a line each")
	name := flags.String("out", "frames", "the files' name, without .tsv and .i16")
	copies := flags.Int("copies", 8, "disturbed copies of each recording and speed")
	seed := flags.Uint64("seed", 1, "of the disturbances")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *list == "" {
		return fmt.Errorf("voice-frames needs -list")
	}
	recordings, err := readRecordings(*list)
	if err != nil {
		return err
	}
	var index strings.Builder
	var values bytes.Buffer
	d := disturber{random: rand.New(rand.NewPCG(*seed, 4)), others: recordings}
	for _, r := range recordings {
		if r.Rate != speech.Wide.Rate {
			return fmt.Errorf("%s: a recording of %s has %d samples a second, want %d", filepath.Base(*list), r.Speaker, r.Rate, speech.Wide.Rate)
		}
		for _, speed := range []float64{1, 0.9, 1.1} {
			sound := faster(r.Sound, speed)
			for c := range *copies + 1 {
				heard, rate := sound, r.Rate
				if c > 0 {
					heard, rate = d.disturb(sound)
				}
				frames, err := networkFrames(heard, rate)
				if err != nil {
					return err
				}
				fmt.Fprintf(&index, "%s\t%g\t%d\t%d\n", r.Speaker, speed, c, len(frames))
				appendThousandths(&values, frames)
			}
		}
	}
	if err := os.WriteFile(*name+".tsv", []byte(index.String()), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(*name+".i16", values.Bytes(), 0o644); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s.i16: %d frames of %d recordings\n", *name, values.Len()/2/speech.Narrow.Filters, len(recordings))
	return err
}

// networkFrames returns the frames of sound as the network is given them.
func networkFrames(sound []float32, rate int) ([][]float32, error) {
	band, err := speech.BandOf(rate)
	if err != nil {
		return nil, err
	}
	own, narrow := speech.NewAnalyser(band).Spectra(sound)
	voiced, _ := speech.Voiced(own)
	return speech.Logarithms(narrow, voiced), nil
}

func appendThousandths(b *bytes.Buffer, frames [][]float32) {
	for _, frame := range frames {
		for _, v := range frame {
			b.Write(binary.LittleEndian.AppendUint16(nil, uint16(int16(1000*max(-32, min(32, v))))))
		}
	}
}

// faster returns sound as if it were played that much faster, higher voice and all.
func faster(sound []float32, speed float64) []float32 {
	if speed == 1 {
		return sound
	}
	played := make([]float32, int(float64(len(sound)-1)/speed))
	for t := range played {
		whole, part := math.Modf(float64(t) * speed)
		i := int(whole)
		played[t] = float32(1-part)*sound[i] + float32(part)*sound[i+1]
	}
	return played
}

// A disturber makes of good recordings what a microphone in a hall or a telephone line would have delivered.
type disturber struct {
	random *rand.Rand
	others []train.Recording // who talk in the background
}

func (d *disturber) between(low, high float64) float64 { return low + (high-low)*d.random.Float64() }

func (d *disturber) chance(p float64) bool { return d.random.Float64() < p }

// disturb returns sound of 16000 samples a second, disturbed at random, and the rate it then has.
func (d *disturber) disturb(sound []float32) ([]float32, int) {
	sound = append([]float32(nil), sound...)
	if d.chance(0.5) {
		d.colour(sound, 16000)
	}
	if d.chance(0.4) {
		d.reverberate(sound, 16000)
	}
	if d.chance(0.7) {
		d.addNoise(sound, d.between(0, 20))
	}
	if d.chance(0.4) {
		return sound, 16000
	}
	return d.telephone(speech.Halve(sound)), 8000
}

// colour raises or lowers what lies under a corner frequency.
func (d *disturber) colour(sound []float32, rate int) {
	factor, gain := onePole(math.Exp(d.between(math.Log(200), math.Log(4000))), rate), d.between(-0.7, 2)
	var low float64
	for t, x := range sound {
		low += factor * (float64(x) - low)
		sound[t] = x + float32(gain*low)
	}
}

// reverberate adds the echoes of a room: combs of random delays (after Schroeder, 1962).
func (d *disturber) reverberate(sound []float32, rate int) {
	decay, wet := d.between(0.15, 0.7), d.between(0.1, 0.5) // seconds to −60 dB
	echoes := make([]float32, len(sound))
	for range 6 {
		delay := d.between(0.008, 0.05)
		n, gain := max(1, int(delay*float64(rate))), float32(math.Pow(10, -3*delay/decay))
		comb := make([]float32, len(sound))
		sign := float32(1 - 2*d.random.IntN(2))
		for t := n; t < len(sound); t++ {
			comb[t] = sound[t-n] + gain*comb[t-n]
			echoes[t] += sign * comb[t]
		}
	}
	for t := range sound {
		sound[t] += float32(wet) * echoes[t]
	}
}

// addNoise adds babble of one to eight others, or coloured noise, snr dB under the speech.
func (d *disturber) addNoise(sound []float32, snr float64) {
	noise := make([]float32, len(sound))
	if d.chance(0.7) {
		for range 3 + d.random.IntN(6) {
			other := d.others[d.random.IntN(len(d.others))].Sound
			at, gain := d.random.IntN(len(other)), float32(1/math.Sqrt(meanSquare(other)))
			for t := range noise {
				noise[t] += gain * other[(at+t)%len(other)]
			}
		}
	} else {
		factor, share := onePole(math.Exp(d.between(math.Log(50), math.Log(8000))), 16000), d.random.Float64()
		var low float64
		for t := range noise {
			x := d.random.NormFloat64()
			low += factor * (x - low)
			noise[t] = float32(share*low + 0.1*(1-share)*x)
		}
	}
	gain := float32(math.Sqrt(meanSquare(sound) / meanSquare(noise) / math.Pow(10, snr/10)))
	for t, x := range noise {
		sound[t] += gain * x
	}
}

// telephone returns sound of 8000 samples a second over a line: a band of its own, its level, and one of three codecs.
func (d *disturber) telephone(sound []float32) []float32 {
	high, low := onePole(d.between(100, 400), 8000), onePole(d.between(2500, 6000), 8000)
	level := math.Pow(10, d.between(-30, -12)/20) / math.Sqrt(meanSquare(sound))
	var below, smooth float64
	line := make([]float32, len(sound))
	for t, x := range sound {
		below += high * (float64(x) - below)
		smooth += low * (float64(x) - below - smooth)
		line[t] = float32(max(-1, min(1, level*smooth)))
	}
	switch d.random.IntN(3) {
	case 0:
		line = speech.Telephone(line)
	case 1:
		adaptiveSteps(line)
	}
	return line
}

// adaptiveSteps leaves of sound what a codec of four bits a sample does, whose steps grow and shrink with the
// sound (IMA ADPCM, with its factors rounded).
func adaptiveSteps(sound []float32) {
	step, at := 1e-3, 0.0
	for t, x := range sound {
		code := max(-7, min(7, math.Trunc((float64(x)-at)/step*4)))
		at = max(-1, min(1, at+(code+math.Copysign(0.5, code))*step/4))
		sound[t] = float32(at)
		if n := math.Abs(code); n < 4 {
			step *= 0.91
		} else {
			step *= 1 + 0.2*(n-3)
		}
		step = max(2e-4, min(1, step))
	}
}
