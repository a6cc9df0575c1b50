package train

import (
	"lockerd/matcher/voice/speaker"
	"lockerd/matcher/voice/speech"
	"lockerd/matcher/voice/synthetic"
)

// strangers returns voices and tests of three speakers that no recording is of.
func strangers(bg *speaker.Background) (voices, tests []speaker.Voice) {
	analyser, cepstrum := speech.NewAnalyser(bg.Band), speech.NewCepstrum(bg.Band)
	hear := func(v synthetic.Voice, text string, seed uint64) speaker.Heard {
		s, narrow := analyser.Spectra(speech.Sound(v.Say(text, bg.Band.Rate, seed)))
		voiced, _ := speech.Voiced(s)
		return bg.Heard(cepstrum.Features(s, voiced), speech.Logarithms(narrow, voiced))
	}
	for i := range uint64(3) {
		v := synthetic.New(100 + i)
		voices = append(voices, bg.Voice(hear(v, "0123456789", 1), hear(v, "3141592650", 2)))
		tests = append(tests, bg.Voice(hear(v, "27182818", 3)))
	}
	return voices, tests
}
