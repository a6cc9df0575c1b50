package train

import (
	"fmt"
	"math/rand/v2"

	"lockerd/matcher/voice/gmm"
	"lockerd/matcher/voice/speaker"
	"lockerd/matcher/voice/speech"
)

// An utterance is a recording as its spectra.
type utterance struct {
	speaker, text string
	clean         spectra // as recorded
	telephone     bool    // it is heard over a telephone line, too: in the narrow band
	line          spectra // as it comes over the line, as recorded where there is none
	cepstrum      *speech.Cepstrum
	babble        spectra
	offset        int           // where in babble its noise begins
	embeddings    [][][]float32 // by the network, of each piece in each condition
}

// spectra are those of one sound in the band that is trained for and in that of the network.
type spectra struct{ own, narrow speech.Spectrum }

// frames are what a background is given of the voiced frames of one utterance.
type frames struct{ features, logs [][]float32 }

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
		var clean spectra
		clean.own, clean.narrow = analyser.Spectra(sound)
		line, telephone := clean, band == speech.Narrow
		if telephone {
			line.own, line.narrow = analyser.Spectra(speech.Telephone(sound))
		}
		if len(clean.own) < speech.FramesPerSecond/2 {
			continue
		}
		speakers[r.Speaker] = true
		material = append(material, utterance{speaker: r.Speaker, text: r.Text, clean: clean, telephone: telephone, line: line, cepstrum: cepstrum})
	}
	if len(material) > 0 && len(speakers) < leastSpeakers {
		return nil, fmt.Errorf("%w: %d, at least %d are needed", ErrTooFew, len(speakers), leastSpeakers)
	}
	random := rand.New(rand.NewPCG(o.Seed, 2))
	noise := babble(material, random)
	for i := range material {
		material[i].babble, material[i].offset = noise, random.IntN(len(noise.own))
		for _, f := range material[i].conditions() {
			var embeddings [][]float32
			for _, piece := range f.pieces() {
				embeddings = append(embeddings, speaker.Embed(o.Network, piece.logs))
			}
			material[i].embeddings = append(material[i].embeddings, embeddings)
		}
	}
	return material, nil
}

// babble adds the spectra of forty utterances drawn at random, eight deep, to half a minute of people talking at once.
func babble(material []utterance, random *rand.Rand) spectra {
	if len(material) == 0 {
		return spectra{}
	}
	const seconds, voices = 30, 40
	noise := spectra{silence(seconds, material[0].clean.own), silence(seconds, material[0].clean.narrow)}
	for range voices {
		s := material[random.IntN(len(material))].clean
		power := 0.0
		for _, frame := range s.own {
			for _, p := range frame {
				power += float64(p) / float64(len(s.own))
			}
		}
		at, gain := random.IntN(len(noise.own)), float32(1/max(power, 1e-9))
		add(noise.own, s.own, at, gain)
		add(noise.narrow, s.narrow, at, gain)
	}
	return noise
}

// silence returns seconds of nothing in the filters of s.
func silence(seconds int, s speech.Spectrum) speech.Spectrum {
	nothing := make(speech.Spectrum, seconds*speech.FramesPerSecond)
	for t := range nothing {
		nothing[t] = make([]float32, len(s[0]))
	}
	return nothing
}

// add adds six seconds of s to noise from frame at on, both of them repeated as long as needed.
func add(noise, s speech.Spectrum, at int, gain float32) {
	for t := range 6 * speech.FramesPerSecond {
		for i, p := range s[t%len(s)] {
			noise[(at+t)%len(noise)][i] += gain * p
		}
	}
}

// noisy returns the spectra of the utterance as it comes over the line, in babble.
func (u utterance) noisy(snr float64) spectra {
	voiced, _ := speech.Voiced(u.line.own)
	return spectra{
		own:    speech.Mix(u.line.own, voiced, u.babble.own, u.offset, snr),
		narrow: speech.Mix(u.line.narrow, voiced, u.babble.narrow, u.offset, snr),
	}
}

// conditions returns the frames as recorded, over the line where there is one, and over it in each of noises.
func (u utterance) conditions() []frames {
	heard := []spectra{u.clean}
	if u.telephone {
		heard = append(heard, u.line)
	}
	for _, snr := range noises {
		heard = append(heard, u.noisy(snr))
	}
	all := make([]frames, len(heard))
	for i, s := range heard {
		voiced, _ := speech.Voiced(s.own)
		all[i] = frames{u.cepstrum.Features(s.own, voiced), speech.Logarithms(s.narrow, voiced)}
	}
	return all
}

// spoken is an utterance as what it leaves in mixture and network, piece by piece, in each condition: as recorded first,
// in the loudest noise last.
type spoken struct {
	speaker, text string
	conditions    [][]speaker.Heard
}

// heardIn returns what the utterances leave in the mixture, and have left in the network.
func heardIn(mixture *gmm.Mixture, material []utterance) []spoken {
	all := make([]spoken, len(material))
	for i, u := range material {
		all[i] = spoken{speaker: u.speaker, text: u.text}
		for k, f := range u.conditions() {
			var heard []speaker.Heard
			for j, piece := range f.pieces() {
				heard = append(heard, speaker.Heard{Stats: mixture.Stats(piece.features), Embedding: u.embeddings[k][j]})
			}
			all[i].conditions = append(all[i].conditions, heard)
		}
	}
	return all
}

// pieces cuts f into pieces of about 2.5 s, as long as what is said at a cabinet.
func (f frames) pieces() []frames {
	const piece = 2.5 * speech.FramesPerSecond
	n := max(1, len(f.features)/piece)
	var cut []frames
	for i := range n {
		from, to := i*len(f.features)/n, (i+1)*len(f.features)/n
		cut = append(cut, frames{f.features[from:to], f.logs[from:to]})
	}
	return cut
}

// whole returns what all pieces leave together.
func whole(pieces []speaker.Heard) speaker.Heard {
	var total speaker.Heard
	for _, p := range pieces {
		total = speaker.Sum(total, p)
	}
	return total
}

// sampled returns features spread evenly over all utterances and conditions, as many as a mixture needs.
func sampled(material []utterance) [][]float32 {
	const enough = 100_000
	total := 0
	for _, u := range material {
		conditions := 1 + len(noises)
		if u.telephone {
			conditions++
		}
		total += len(u.clean.own) * conditions / 2
	}
	step := max(1, total/enough)
	var drawn [][]float32
	for _, u := range material {
		for _, f := range u.conditions() {
			for t := (len(drawn) + u.offset) % step; t < len(f.features); t += step {
				drawn = append(drawn, f.features[t])
			}
		}
	}
	return drawn
}
