package main

import (
	"math"
	"slices"
	"sort"
)

// rates are the error rates of a set of scores, as shares.
type rates struct {
	Set       string  `json:"set"`
	EER45     float64 `json:"eer45"`      // equal error rate, each pair of fingers once
	EER       float64 `json:"eer"`        // equal error rate, extended impostors
	FMR100    float64 `json:"fmr100"`     // share of genuine ones refused where at most 1 in 100 impostors passes
	FMR1000   float64 `json:"fmr1000"`    // 1 in 1,000
	FMR10000  float64 `json:"fmr10000"`   // 1 in 10,000
	ZeroFMR   float64 `json:"zerofmr"`    // none
	FTE       float64 `json:"fte"`        // share of the images that gave no template
	ExtractMS float64 `json:"extract_ms"` // mean of an image
	CompareUS float64 `json:"compare_us"` // mean of a pair
}

// sortedScores returns the scores of the genuine comparisons, of all impostors and of those that are
// compared once, each ascending.
func sortedScores(comparisons []comparison) (genuine, impostor, once []float64) {
	for _, c := range comparisons {
		if c.genuine {
			genuine = append(genuine, c.score)
			continue
		}
		impostor = append(impostor, c.score)
		if c.once {
			once = append(once, c.score)
		}
	}
	slices.Sort(genuine)
	slices.Sort(impostor)
	slices.Sort(once)
	return genuine, impostor, once
}

// ratesOf computes the error rates of comparisons.
func ratesOf(set string, comparisons []comparison) rates {
	genuine, impostor, once := sortedScores(comparisons)
	return rates{
		Set:      set,
		EER45:    equalError(genuine, once),
		EER:      equalError(genuine, impostor),
		FMR100:   refusedAt(genuine, impostor, 1.0/100),
		FMR1000:  refusedAt(genuine, impostor, 1.0/1000),
		FMR10000: refusedAt(genuine, impostor, 1.0/10000),
		ZeroFMR:  refusedAt(genuine, impostor, 0),
	}
}

// equalError returns the mean of false matches and false non-matches at the threshold where they differ
// least. Both slices ascend.
func equalError(genuine, impostor []float64) float64 {
	if len(genuine) == 0 || len(impostor) == 0 {
		return math.NaN()
	}
	least, rate := math.Inf(1), math.NaN()
	for _, scores := range [][]float64{genuine, impostor} {
		for _, t := range scores {
			refused := float64(sort.SearchFloat64s(genuine, t)) / float64(len(genuine))
			passed := 1 - float64(sort.SearchFloat64s(impostor, t))/float64(len(impostor))
			if d := math.Abs(refused - passed); d < least {
				least, rate = d, (refused+passed)/2
			}
		}
	}
	return rate
}

// refusedAt returns the share of genuine scores that are refused at the lowest threshold which lets at
// most the share fmr of the impostors pass. Both slices ascend.
func refusedAt(genuine, impostor []float64, fmr float64) float64 {
	if len(genuine) == 0 || len(impostor) == 0 {
		return math.NaN()
	}
	passing := int(fmr*float64(len(impostor)) + 1e-9)
	threshold := impostor[max(len(impostor)-1-passing, 0)]
	refused := sort.Search(len(genuine), func(i int) bool { return genuine[i] > threshold })
	return float64(refused) / float64(len(genuine))
}

// meanOf returns the mean of several sets' rates.
func meanOf(sets []rates) rates {
	m := rates{Set: "mean"}
	n := float64(len(sets))
	for _, r := range sets {
		m.EER45 += r.EER45 / n
		m.EER += r.EER / n
		m.FMR100 += r.FMR100 / n
		m.FMR1000 += r.FMR1000 / n
		m.FMR10000 += r.FMR10000 / n
		m.ZeroFMR += r.ZeroFMR / n
		m.FTE += r.FTE / n
		m.ExtractMS += r.ExtractMS / n
		m.CompareUS += r.CompareUS / n
	}
	return m
}
