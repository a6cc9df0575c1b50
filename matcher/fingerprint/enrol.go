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

// Enrol makes a first identification of 3 to 6 images of one finger. Each must be good, and agree with at
// least half of the others; all are kept.
func (m *Matcher) Enrol(samples []matcher.Sample) (matcher.Identification, error) {
	if len(samples) < leastSamples || len(samples) > mostSamples {
		return matcher.Identification{}, fmt.Errorf("cannot enrol %d fingerprints: give %d to %d", len(samples), leastSamples, mostSamples)
	}
	var impressions []*impression
	for _, s := range samples {
		p, how, err := extract(s)
		if err != nil {
			return matcher.Identification{}, err
		}
		if err := p.gate(how); err != nil {
			return matcher.Identification{}, err
		}
		impressions = append(impressions, p)
	}
	f := newForm(impressions)
	for i := range f.prints {
		if n := m.agreeing(f, i); 2*n < len(f.prints)-1 {
			return matcher.Identification{}, &matcher.QualityError{Advice: matcher.SameFinger,
				Detail: fmt.Sprintf("impression %d agrees with %d of %d others", i+1, n, len(f.prints)-1)}
		}
	}
	return matcher.Identification{Kind: matcher.Fingerprint, Data: pack(impressions...)}, nil
}

// agreeing counts the impressions that look like the same finger as the i-th.
func (m *Matcher) agreeing(f *form, i int) int {
	w := works.Get().(*work)
	defer works.Put(w)
	n := 0
	for j := range f.prints {
		if j == i {
			continue
		}
		if e := w.compare(&f.prints[i], &f.prints[j]); m.calibration.FMR(m.calibration.one(&e)) <= sameFMR {
			n++
		}
	}
	return n
}
