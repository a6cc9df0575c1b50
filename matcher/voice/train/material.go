package train

import (
	"fmt"
	"math/rand/v2"

	"lockerd/matcher/voice/gmm"
	"lockerd/matcher/voice/speech"
)

// An utterance is a recording as its spectra.
type utterance struct {
	speaker, text string
	spectrum      speech.Spectrum // as recorded
	line          speech.Spectrum // as it comes over the line, before noise: a telephone's in the narrow band
	cepstrum      *speech.Cepstrum
	babble        speech.Spectrum
	offset        int // where in babble its noise begins
}

// Training speech is heard clean and in babble of these signal-to-noise ratios, in dB.
var noises = []float64{10}

// prepare takes the spectra of the recordings in band. Recordings of a lower sampling rate are left out.
func prepare(recordings []Recording, band speech.Band, o Options) ([]utterance, error) {
	analyser, cepstrum := speech.NewAnalyser(band), speech.NewCepstrum(band)
	var material []utterance
	speakers := map[string]bool{}
	for _, r := range recordings {
		if _, err := speech.BandOf(r.Rate); err != nil {
			return nil, err
		}
		sound := r.Sound
		if r.Rate < band.Rate {
			continue
		} else if r.Rate > band.Rate {
			sound = speech.Halve(sound)
		}
		spectrum := analyser.Spectrum(sound)
		line := spectrum
		if band.Rate == speech.Narrow.Rate {
			line = analyser.Spectrum(speech.Telephone(sound))
		}
		if len(spectrum) < speech.FramesPerSecond/2 {
			continue
		}
		speakers[r.Speaker] = true
		material = append(material, utterance{speaker: r.Speaker, text: r.Text, spectrum: spectrum, line: line, cepstrum: cepstrum})
	}
	if len(material) > 0 && len(speakers) < leastSpeakers {
		return nil, fmt.Errorf("%w: %d, at least %d are needed", ErrTooFew, len(speakers), leastSpeakers)
	}
	random := rand.New(rand.NewPCG(o.Seed, 2))
	noise := babble(material, random)
	for i := range material {
		material[i].babble, material[i].offset = noise, random.IntN(len(noise))
	}
	return material, nil
}

// babble adds the spectra of forty utterances drawn at random, eight deep, to half a minute of people talking at once.
func babble(material []utterance, random *rand.Rand) speech.Spectrum {
	if len(material) == 0 {
		return nil
	}
	const seconds, voices = 30, 40
	noise := make(speech.Spectrum, seconds*speech.FramesPerSecond)
	for t := range noise {
		noise[t] = make([]float32, len(material[0].spectrum[0]))
	}
	for range voices {
		s := material[random.IntN(len(material))].spectrum
		power := 0.0
		for _, frame := range s {
			for _, p := range frame {
				power += float64(p) / float64(len(s))
			}
		}
		at, gain := random.IntN(len(noise)), float32(1/max(power, 1e-9))
		for t := range 6 * speech.FramesPerSecond {
			for i, p := range s[t%len(s)] {
				noise[(at+t)%len(noise)][i] += gain * p
			}
		}
	}
	return noise
}

// clean returns the features of the utterance as recorded.
func (u utterance) clean() [][]float32 {
	voiced, _ := speech.Voiced(u.spectrum)
	return u.cepstrum.Features(u.spectrum, voiced)
}

// noisy returns the features of the utterance as it comes over the line, in babble.
func (u utterance) noisy(snr float64) [][]float32 {
	voiced, _ := speech.Voiced(u.line)
	mixed := speech.Mix(u.line, voiced, u.babble, u.offset, snr)
	voiced, _ = speech.Voiced(mixed)
	return u.cepstrum.Features(mixed, voiced)
}

// conditions returns the features clean and in each of noises.
func (u utterance) conditions() [][][]float32 {
	all := [][][]float32{u.clean()}
	for _, snr := range noises {
		all = append(all, u.noisy(snr))
	}
	return all
}

// spoken is an utterance as the statistics that it leaves in a mixture, piece by piece: clean, then in each of
// noises.
type spoken struct {
	speaker, text string
	conditions    [][]gmm.Stats
}

func (u utterance) spoken(mixture *gmm.Mixture) spoken {
	s := spoken{speaker: u.speaker, text: u.text}
	for _, features := range u.conditions() {
		var stats []gmm.Stats
		for _, piece := range pieces(features) {
			stats = append(stats, mixture.Stats(piece))
		}
		s.conditions = append(s.conditions, stats)
	}
	return s
}

// pieces cuts features into pieces of about 2.5 s, as long as what is said at a cabinet.
func pieces(features [][]float32) [][][]float32 {
	const piece = 2.5 * speech.FramesPerSecond
	n := max(1, len(features)/piece)
	var cut [][][]float32
	for i := range n {
		cut = append(cut, features[i*len(features)/n:(i+1)*len(features)/n])
	}
	return cut
}

// whole returns the statistics of all pieces together.
func whole(pieces []gmm.Stats) gmm.Stats {
	var total gmm.Stats
	for _, p := range pieces {
		total = gmm.Sum(total, p)
	}
	return total
}

// sampled returns features spread evenly over all utterances and conditions, as many as a mixture needs.
func sampled(material []utterance) [][]float32 {
	const enough = 100_000
	total := 0
	for _, u := range material {
		total += len(u.spectrum) * (1 + len(noises)) / 2
	}
	step := max(1, total/enough)
	var frames [][]float32
	for _, u := range material {
		for _, features := range u.conditions() {
			for t := (len(frames) + u.offset) % step; t < len(features); t += step {
				frames = append(frames, features[t])
			}
		}
	}
	return frames
}
