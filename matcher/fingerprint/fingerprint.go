// Package fingerprint extracts, enrols and compares fingerprints: an implementation of matcher.Matcher
// and matcher.Preparer in pure Go, from published descriptions that each file names.
//
// An image goes through segment.go (even contrast, foreground), orientation.go (ridge flow), period.go
// (ridge period), enhance.go (ridge filter) and minutiae.go (spiral points of the ridge phase). Two
// filters see each image, so that one finds what the other misses. Two sets of minutiae are compared by
// descriptor.go and local.go (neighbourhoods), relax.go (mutual support), verify.go (rigid alignment) and
// evidence.go (measurements), and calibrate.go turns the measurements into a false match rate.
//
// Everything that decides is computed in whole numbers or with rounding at every step, so that templates
// and scores are the same on every machine.
package fingerprint

import (
	"fmt"

	"lockerd/matcher"
)

// Options sets how strict a Matcher is.
type Options struct {
	// FMR is the largest false match rate at which fingers count as the same: the share of other people's
	// fingers that would be taken for this one. 0 stands for 1 in 10,000, as NIST SP 800-63B asks.
	FMR float64
	// Calibration replaces the built-in weights; nil keeps them.
	Calibration *Calibration
}

// DefaultFMR is the false match rate where Options give none.
const DefaultFMR = 1.0 / 10000

// Matcher compares fingerprints. It is safe for use from several goroutines.
type Matcher struct {
	fmr         float64
	calibration *Calibration
}

// New returns a Matcher.
func New(o Options) *Matcher {
	m := &Matcher{fmr: o.FMR, calibration: o.Calibration}
	if !(m.fmr > 0 && m.fmr < 1) {
		m.fmr = DefaultFMR
	}
	if m.calibration == nil {
		m.calibration = &builtIn
	}
	return m
}

// Kind returns matcher.Fingerprint.
func (m *Matcher) Kind() matcher.Kind { return matcher.Fingerprint }

// Extract takes the features of one image. It returns a *matcher.QualityError with advice for an image
// that is no good finger, and ErrImage for what cannot be an image of one.
func (m *Matcher) Extract(s matcher.Sample) (matcher.Identification, error) {
	p, how, err := extract(s)
	if err != nil {
		return matcher.Identification{}, err
	}
	if err := p.gate(how); err != nil {
		return matcher.Identification{}, err
	}
	return matcher.Identification{Kind: matcher.Fingerprint, Data: pack(p)}, nil
}

// form is an identification's data, decoded and ready to be compared.
type form struct {
	prints []ready
}

// ready is one impression, ready to be compared.
type ready struct {
	views []*view
	ridge *ridgeMap
}

func newForm(impressions []*impression) *form {
	f := &form{make([]ready, len(impressions))}
	for i, p := range impressions {
		f.prints[i].ridge = &p.ridge
		for _, v := range p.views {
			f.prints[i].views = append(f.prints[i].views, newView(v, &p.ridge))
		}
	}
	return f
}

// Prepare returns id with Form set, so that comparing with it needs no decoding.
func (m *Matcher) Prepare(id matcher.Identification) (matcher.Identification, error) {
	f, err := formOf(id)
	if err != nil {
		return matcher.Identification{}, err
	}
	id.Form = f
	return id, nil
}

// formOf returns an identification's form, decoding its data where Prepare has not.
func formOf(id matcher.Identification) (*form, error) {
	if f, ok := id.Form.(*form); ok {
		return f, nil
	}
	if id.Kind != matcher.Fingerprint {
		return nil, fmt.Errorf("cannot read a fingerprint: %w: its kind is %q", matcher.ErrDamaged, id.Kind)
	}
	impressions, err := unpack(id.Data)
	if err != nil {
		return nil, fmt.Errorf("cannot read a fingerprint: %w", err)
	}
	return newForm(impressions), nil
}

// Compare tells whether the second identification's finger is the first one's. A first identification of
// several impressions scores the mean of its impressions' scores.
func (m *Matcher) Compare(first, second matcher.Identification) (matcher.Verdict, error) {
	a, err := formOf(first)
	if err != nil {
		return matcher.Verdict{}, err
	}
	b, err := formOf(second)
	if err != nil {
		return matcher.Verdict{}, err
	}
	w := works.Get().(*work)
	defer works.Put(w)
	return m.verdict(w.score(m.calibration, a, b)), nil
}

// verdict judges a score.
func (m *Matcher) verdict(score float64) matcher.Verdict {
	fmr := m.calibration.FMR(score)
	return matcher.Verdict{Match: fmr <= m.fmr, Score: score, FMR: fmr}
}
