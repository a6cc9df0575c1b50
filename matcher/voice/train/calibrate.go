package train

import (
	"fmt"

	"lockerd/matcher/voice/gmm"
	"lockerd/matcher/voice/speaker"
	"lockerd/matcher/voice/speech"
)

// calibrate measures what impostors score on speakers that a model has not seen: a model of every second
// speaker is tried on the others, and the other way round, clean and in noise.
func calibrate(material []utterance, band speech.Band, o Options) ([]float32, error) {
	var halves [2][]utterance
	side := map[string]int{}
	for _, u := range material {
		if _, known := side[u.speaker]; !known {
			side[u.speaker] = len(side) % 2
		}
		halves[side[u.speaker]] = append(halves[side[u.speaker]], u)
	}
	var pools [2][]float64
	for i, unseen := range halves {
		bg, err := background(halves[1-i], band, o)
		if err != nil {
			return nil, err
		}
		o.Log.Info("scoring speakers that the model has not seen", "rate", band.Rate, "utterances", len(unseen))
		for k, scores := range impostors(bg, unseen) {
			pools[k] = append(pools[k], scores...)
		}
	}
	if len(pools[0])+len(pools[1]) == 0 {
		return nil, fmt.Errorf("%w who can be compared with one another", ErrTooFew)
	}
	return hardest(pools), nil
}

// hardest returns, rate by rate, the higher of the thresholds of pools that are large enough to tell.
func hardest(pools [2][]float64) []float32 {
	const enough = 500
	var highest []float32
	for _, scores := range pools {
		if len(scores) == 0 || len(scores) < enough && highest != nil {
			continue
		}
		thresholds := speaker.Quantiles(scores)
		for i := range highest {
			thresholds[i] = max(thresholds[i], highest[i])
		}
		highest = thresholds
	}
	return highest
}

// A person is one speaker's voice, enrolled on half of the material of one text, and the tests of the rest.
type person struct {
	speaker, text string
	voice         speaker.Voice
	tests         []gmm.Stats
}

// impostors returns the scores of tests against the voices of other speakers: of all whose recordings have no
// text in common, and of those who said the same text, who are the harder impostors.
func impostors(bg *speaker.Background, material []utterance) (pools [2][]float64) {
	people := enrolled(bg, material)
	for _, p := range people {
		var others []speaker.Voice
		for _, q := range people {
			if q.speaker != p.speaker && q.text == p.text {
				others = append(others, q.voice)
			}
		}
		pool := 0
		if p.text != "" {
			pool = 1
		}
		if len(others) == 0 {
			continue
		}
		for _, t := range p.tests {
			pools[pool] = append(pools[pool], bg.ScoreAll(others, t)...)
		}
	}
	return pools
}

// enrolled enrols the first half of each speaker's recordings of a text and keeps the others as tests, clean and
// in noise. A single recording is cut: the first two thirds enrol, the last piece is the test.
func enrolled(bg *speaker.Background, material []utterance) []person {
	type key struct{ speaker, text string }
	index := map[key]int{}
	var groups [][]utterance
	for _, u := range material {
		k := key{u.speaker, u.text}
		if _, known := index[k]; !known {
			index[k] = len(groups)
			groups = append(groups, nil)
		}
		groups[index[k]] = append(groups[index[k]], u)
	}
	noise := noises[len(noises)-1]
	var people []person
	for _, g := range groups {
		var heard []gmm.Stats
		p := person{speaker: g[0].speaker, text: g[0].text}
		for i, u := range g {
			features := u.clean()
			switch {
			case len(g) == 1:
				heard = append(heard, bg.Heard(features[:len(features)*2/3]))
				p.tests = append(p.tests, bg.Heard(last(features)), bg.Heard(last(u.noisy(noise))))
			case i < len(g)/2:
				heard = append(heard, bg.Heard(features))
			default:
				p.tests = append(p.tests, bg.Heard(features), bg.Heard(u.noisy(noise)))
			}
		}
		p.voice = bg.Enrol(heard)
		people = append(people, p)
	}
	return people
}

// last returns the last piece of features.
func last(features [][]float32) [][]float32 {
	cut := pieces(features)
	return cut[len(cut)-1]
}
