package fingerprint

import (
	"fmt"

	"lockerd/matcher"
)

// Bounds of an enrolment.
const (
	leastSamples = 3
	mostSamples  = mostImpressions
	sameFMR      = 1e-3 // up to which two impressions count as one finger's
)

// gate refuses an impression with too little to compare, with advice.
func (p *impression) gate() error {
	area := 0
	for _, v := range p.ridge.cells {
		if v != none {
			area++
		}
	}
	switch {
	case area == 0:
		return &matcher.QualityError{Advice: matcher.CleanSensor, Detail: "no ridges seen"}
	case area < 30:
		return &matcher.QualityError{Advice: matcher.PressCentre, Detail: "too little of the finger seen"}
	case len(p.views[0]) < 4:
		return &matcher.QualityError{Advice: matcher.PressCentre, Detail: "too few details seen"}
	}
	return nil
}

// Enrol makes a first identification of 3 to 6 images of one finger. Each must be good and agree with the
// others; the best are kept.
func (m *Matcher) Enrol(samples []matcher.Sample) (matcher.Identification, error) {
	if len(samples) < leastSamples || len(samples) > mostSamples {
		return matcher.Identification{}, fmt.Errorf("cannot enrol %d fingerprints: give %d to %d", len(samples), leastSamples, mostSamples)
	}
	var impressions []*impression
	for _, s := range samples {
		p, err := extract(s)
		if err != nil {
			return matcher.Identification{}, err
		}
		if err := p.gate(); err != nil {
			return matcher.Identification{}, err
		}
		impressions = append(impressions, p)
	}
	f := newForm(impressions)
	w := works.Get().(*work)
	defer works.Put(w)
	for i := range f.prints {
		agree := 0
		for j := range f.prints {
			e := w.compare(&f.prints[i], &f.prints[j])
			if j != i && m.calibration.FMR(m.calibration.one(&e)) <= sameFMR {
				agree++
			}
		}
		if 2*agree < len(f.prints)-1 {
			return matcher.Identification{}, &matcher.QualityError{Advice: matcher.SameFinger,
				Detail: fmt.Sprintf("impression %d agrees with %d of %d others", i+1, agree, len(f.prints)-1)}
		}
	}
	return matcher.Identification{Kind: matcher.Fingerprint, Data: pack(impressions...)}, nil
}
