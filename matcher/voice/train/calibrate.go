package train

import (
	"fmt"

	"lockerd/matcher/voice/speaker"
	"lockerd/matcher/voice/speech"
)

// calibrate measures what impostors score on speakers that a background, its mixture too, has not heard: one trained on
// every second speaker is tried on the others, and the other way round, clean and in noise.
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
	for i, unheard := range halves {
		o.Log.Info("calibrating", "rate", band.Rate, "half", i+1, "utterances", len(unheard))
		bg, err := background(halves[1-i], band, o)
		if err != nil {
			return nil, err
		}
		for k, scores := range impostors(enrolled(bg, heardIn(bg.Mixture, unheard))) {
			pools[k] = append(pools[k], scores...)
		}
	}
	if len(pools[0])+len(pools[1]) == 0 {
		return nil, fmt.Errorf("%w who can be compared with one another", ErrTooFew)
	}
	return hardest(pools), nil
}

// hardest returns, rate by rate, the higher of the thresholds of pools that are large enough to tell; where none is,
// those of the largest.
func hardest(pools [2][]float64) []float32 {
	const enough = 500
	least := min(enough, max(len(pools[0]), len(pools[1])))
	var highest []float32
	for _, scores := range pools {
		if len(scores) < least {
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
	tests         []speaker.Voice
}

// impostors returns the scores of tests against the voices of other speakers: of all whose recordings have no
// text in common, and of those who said the same text, who are the harder impostors.
func impostors(people []person) (pools [2][]float64) {
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
		for _, t := range p.tests {
			for _, other := range others {
				pools[pool] = append(pools[pool], speaker.Score(other, t))
			}
		}
	}
	return pools
}

// enrolled enrols the first half of each speaker's recordings of a text and keeps the others as tests, clean and
// in the loudest noise. A single recording is cut: the first two thirds enrol, the last piece is the test; one of a
// single piece is left out.
func enrolled(bg *speaker.Background, all []spoken) []person {
	type key struct{ speaker, text string }
	index := map[key]int{}
	var groups [][]spoken
	for _, u := range all {
		k := key{u.speaker, u.text}
		if _, known := index[k]; !known {
			index[k] = len(groups)
			groups = append(groups, nil)
		}
		groups[index[k]] = append(groups[index[k]], u)
	}
	var people []person
	for _, g := range groups {
		if len(g) == 1 && len(g[0].conditions[0]) < 2 {
			continue
		}
		p := person{speaker: g[0].speaker, text: g[0].text}
		first := g[:len(g)/2]
		if len(g) == 1 {
			first = g
		}
		var heard []speaker.Heard
		for _, u := range first {
			clean := u.conditions[0]
			if len(g) == 1 {
				clean = clean[:len(clean)*2/3]
			}
			heard = append(heard, bg.Clean(whole(clean)))
		}
		for _, u := range g[len(g)/2:] {
			for _, pieces := range [][]speaker.Heard{u.conditions[0], u.conditions[len(u.conditions)-1]} {
				if len(g) == 1 {
					pieces = pieces[len(pieces)-1:]
				}
				p.tests = append(p.tests, bg.Voice(bg.Clean(whole(pieces))))
			}
		}
		p.voice = bg.Voice(heard...)
		people = append(people, p)
	}
	return people
}
