// Package train makes voice models of recordings: the background model, the channel, the cohort and the
// calibration of package speaker. The same recordings in the same order and the same Options give the same model.
//
// Noise is not recorded: babble is made of other training speakers' spectra, so that a model can be trained on
// nothing but voices.
package train

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"lockerd/matcher/voice/embedding"
	"lockerd/matcher/voice/gmm"
	"lockerd/matcher/voice/speaker"
	"lockerd/matcher/voice/speech"
)

// A Recording is one utterance of one person.
type Recording struct {
	Speaker string
	// Text says what was said, where several recordings of a speaker share it; recordings of the same speaker
	// and text make one member of the cohort.
	Text  string
	Rate  int // samples a second, 16000 or 8000
	Sound []float32
}

// Options of Train. The zero value of each field means its default.
type Options struct {
	Rates      []int              // bands to train, by samples a second; default 16000 and 8000
	Components int                // Gaussians, up to speaker.MaxComponents, fewer where there is little speech; default 256
	Rank       int                // of the channel, likewise; default 30
	Cohort     int                // speakers kept to normalise with; default 240
	Network    *embedding.Network // kept in the model as it is; default none
	Seed       uint64
	Log        *slog.Logger // progress; default none
}

// What little speech can bear: frames to a Gaussian, and pieces of utterances to a direction of the channel.
const (
	leastFrames = 200
	leastParts  = 4
)

// leastSpeakers is how many people a model needs: half of them are set against the other half to calibrate it.
const leastSpeakers = 10

// ErrTooFew is returned when there are too few speakers to train a model on.
var ErrTooFew = errors.New("too few speakers")

func (o Options) filled() Options {
	if len(o.Rates) == 0 {
		o.Rates = []int{speech.Wide.Rate, speech.Narrow.Rate}
	}
	o.Components = cmp.Or(o.Components, 256)
	o.Rank = cmp.Or(o.Rank, 30)
	o.Cohort = cmp.Or(o.Cohort, 240)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Train makes a model of recordings of at least ten speakers. A band for which no recording has enough
// samples a second is left out.
func Train(recordings []Recording, o Options) (*speaker.Model, error) {
	o = o.filled()
	if o.Components < 1 || o.Components > speaker.MaxComponents {
		return nil, fmt.Errorf("cannot train %d components: use 1 to %d", o.Components, speaker.MaxComponents)
	}
	model := &speaker.Model{Network: o.Network}
	for _, rate := range o.Rates {
		band, err := speech.BandOf(rate)
		if err != nil {
			return nil, err
		}
		material, err := prepare(recordings, band, o)
		if err != nil {
			return nil, err
		}
		if len(material) == 0 {
			continue
		}
		bg, err := trainBand(material, band, o)
		if err != nil {
			return nil, fmt.Errorf("cannot train for %d samples a second: %w", rate, err)
		}
		model.Backgrounds = append(model.Backgrounds, bg)
	}
	if len(model.Backgrounds) == 0 {
		return nil, fmt.Errorf("no recording can be used: %w", ErrTooFew)
	}
	if _, err := model.Encode(); err != nil { // which names the model
		return nil, err
	}
	return model, nil
}

// trainBand trains one background, and others to calibrate it.
func trainBand(material []utterance, band speech.Band, o Options) (*speaker.Background, error) {
	bg, err := background(material, band, o)
	if err != nil {
		return nil, err
	}
	if bg.Impostors, err = calibrate(material, band, o); err != nil {
		return nil, fmt.Errorf("cannot calibrate: %w", err)
	}
	return bg, nil
}

// background trains mixture, channel, centre and cohort.
func background(material []utterance, band speech.Band, o Options) (*speaker.Background, error) {
	o.Log.Info("training the mixture", "rate", band.Rate, "utterances", len(material))
	frames := sampled(material)
	mixture, err := gmm.Train(frames, min(o.Components, max(1, len(frames)/leastFrames)), 6, o.Seed)
	if err != nil {
		return nil, err
	}
	o.Log.Info("taking statistics", "rate", band.Rate)
	all := heardIn(mixture, material)
	o.Log.Info("training the channel", "rate", band.Rate)
	parts, speakers := partsOf(all)
	const iterations, drawn = 4, 8
	rank := min(o.Rank, max(1, len(parts)/leastParts))
	channel, err := gmm.TrainChannel(parts, speakers, mixture.Dimensions(), rank, iterations, drawn, o.Seed)
	if err != nil {
		return nil, err
	}
	bg := &speaker.Background{Band: band, Mixture: mixture, Channel: channel, Network: o.Network}
	bg.Centre = make([]float32, len(parts[0].Shifts))
	for _, p := range parts {
		for i, x := range speaker.Adapted(channel.Remove(p)) {
			bg.Centre[i] += x / float32(len(parts))
		}
	}
	bg.NetworkCentre = meanEmbedding(all)
	bg.Cohort = speaker.NewCohort(cohort(all, bg, o.Cohort))
	return bg, nil
}

// partsOf returns the statistics of every piece in every condition, and who said it.
func partsOf(all []spoken) (parts []gmm.Stats, speakers []string) {
	for _, u := range all {
		for _, pieces := range u.conditions {
			for _, p := range pieces {
				parts, speakers = append(parts, p.Stats), append(speakers, u.speaker)
			}
		}
	}
	return parts, speakers
}

// meanEmbedding returns the mean embedding of all frames.
func meanEmbedding(all []spoken) []float32 {
	var total speaker.Heard
	for _, u := range all {
		for _, pieces := range u.conditions {
			total = speaker.Sum(total, whole(pieces))
		}
	}
	for i := range total.Embedding {
		total.Embedding[i] /= total.Stats.Frames()
	}
	return total.Embedding
}

// cohort returns the cohort's members: first those who said a text most often, since their scores
// tell apart who says the same words.
func cohort(all []spoken, bg *speaker.Background, size int) []speaker.Member {
	type key struct{ speaker, text string }
	members := map[key][]spoken{}
	for _, u := range all {
		k := key{u.speaker, u.text}
		members[k] = append(members[k], u)
	}
	keys := make([]key, 0, len(members))
	for k := range members {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(min(len(members[b]), 3), min(len(members[a]), 3)),
			cmp.Compare(a.speaker, b.speaker), cmp.Compare(a.text, b.text))
	})
	var chosen []speaker.Member
	for _, k := range keys[:min(size, len(keys))] {
		var total speaker.Heard
		for _, u := range members[k][:min(3, len(members[k]))] {
			total = speaker.Sum(total, bg.Clean(whole(u.conditions[0])))
		}
		chosen = append(chosen, bg.Member(total))
	}
	return chosen
}
