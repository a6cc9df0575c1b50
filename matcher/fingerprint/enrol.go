package fingerprint

import (
	"fmt"
	"math"
	"slices"

	"lockerd/matcher"
)

// Bounds of an enrolment.
const (
	leastSamples = 3
	mostSamples  = mostImpressions
	mostKept     = 4    // impressions that an enrolment keeps
	sameFMR      = 1e-3 // up to which two impressions count as one finger's
	mostLike     = 12   // score from which two impressions are no more alike for their choice
)

// Enrol makes a first identification of 3 to 6 images of one finger. Each must be good, and agree with at
// least half of the others. The best are kept: of more than four, those that agree best with each other, and
// are clearest where they agree alike.
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
	scores := m.scores(newForm(impressions))
	for i := range scores {
		if n := m.agreeing(scores[i]); 2*n < len(scores)-1 {
			return matcher.Identification{}, &matcher.QualityError{Advice: matcher.SameFinger,
				Detail: fmt.Sprintf("impression %d agrees with %d of %d others", i+1, n, len(scores)-1)}
		}
	}
	grades := make([]uint8, len(impressions))
	for i, p := range impressions {
		grades[i] = p.grade
	}
	var kept []*impression
	for _, i := range best(scores, grades, mostKept) {
		kept = append(kept, impressions[i])
	}
	return matcher.Identification{Kind: matcher.Fingerprint, Data: pack(kept...)}, nil
}

// scores compares each impression with each other one. An impression scores lowest against itself.
func (m *Matcher) scores(f *form) [][]float64 {
	w := works.Get().(*work)
	defer works.Put(w)
	scores := make([][]float64, len(f.prints))
	for i := range scores {
		scores[i] = make([]float64, len(f.prints))
		scores[i][i] = math.Inf(-1)
		for j := range i {
			e := w.compare(&f.prints[i], &f.prints[j])
			scores[i][j] = m.calibration.one(&e)
			scores[j][i] = scores[i][j]
		}
	}
	return scores
}

// agreeing counts the scores of one impression that look like the same finger.
func (m *Matcher) agreeing(scores []float64) int {
	n := 0
	for _, s := range scores {
		if m.calibration.FMR(s) <= sameFMR {
			n++
		}
	}
	return n
}

// best returns which n impressions to keep, in their order: until n remain, the one least like the other remaining
// ones goes; of several, the one of the lowest grade.
func best(scores [][]float64, grades []uint8, n int) []int {
	kept := make([]int, len(scores))
	for i := range kept {
		kept[i] = i
	}
	for len(kept) > n {
		least, worst := 0.0, -1
		for k, i := range kept {
			sum := 0.0
			for _, j := range kept {
				if j != i {
					sum += min(scores[i][j], mostLike)
				}
			}
			if worst < 0 || sum < least || sum == least && grades[i] < grades[kept[worst]] {
				least, worst = sum, k
			}
		}
		kept = slices.Delete(kept, worst, worst+1)
	}
	return kept
}
