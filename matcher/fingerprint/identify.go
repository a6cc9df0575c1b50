package fingerprint

import (
	"fmt"
	"math/bits"
	"slices"

	"lockerd/matcher"
)

// A sketch is a seed's neighbourhood in 512 bits, for a first look at many fingers: the frame in 8 × 8
// squares, and 8 directions in each. A gallery's sketch has a bit for each neighbour; a probe's has also
// the bits next to them, so that the bits in common count the neighbours found again.
type sketch [8]uint64

const (
	sketchSide    = 8
	sketchSectors = 8
	gallerySeeds  = 24 // seeds of a gallery's impression that are sketched
	probeSeeds    = 32 // seeds of a probe that are sketched
	sketchReach   = 3  // pixels by which a probe's neighbour reaches into the next square
	sketchTurn    = 5  // 1/256 turn by which it reaches into the next direction
	mostTurn      = 40 // 1/256 turn: fingers are laid down more or less upright
)

// add sets the bit of a neighbour.
func (s *sketch) add(x, y int, turn uint8) {
	cx := clampRow((x+reach)*sketchSide/(2*reach), sketchSide)
	cy := clampRow((y+reach)*sketchSide/(2*reach), sketchSide)
	bit := (cy*sketchSide+cx)*sketchSectors + int(turn)*sketchSectors>>8
	s[bit>>6] |= 1 << (bit & 63)
}

// common counts the bits that both sketches have.
func (s *sketch) common(t *sketch) int {
	return bits.OnesCount64(s[0]&t[0]) + bits.OnesCount64(s[1]&t[1]) + bits.OnesCount64(s[2]&t[2]) + bits.OnesCount64(s[3]&t[3]) +
		bits.OnesCount64(s[4]&t[4]) + bits.OnesCount64(s[5]&t[5]) + bits.OnesCount64(s[6]&t[6]) + bits.OnesCount64(s[7]&t[7])
}

// sketchOf sketches a minutia's neighbourhood. With wide it sets the bits next to each neighbour, too.
func sketchOf(m Minutia, others []Minutia, wide bool) (s sketch) {
	for _, o := range others {
		x, y := seenFrom(m, int(o.X), int(o.Y))
		if d := x*x + y*y; d <= 4 || d > reach*reach {
			continue
		}
		turn := o.Angle - m.Angle
		if !wide {
			s.add(x, y, turn)
			continue
		}
		for _, t := range [3]uint8{turn, turn - sketchTurn, turn + sketchTurn} {
			for _, d := range [5]step{{}, {1, 1}, {1, -1}, {-1, 1}, {-1, -1}} {
				s.add(x+int(d.dx)*sketchReach, y+int(d.dy)*sketchReach, t)
			}
		}
	}
	return s
}

// clearest returns the minutiae of the highest quality.
func clearest(minutiae []Minutia, most int) []Minutia {
	seeds := slices.Clone(minutiae)
	slices.SortStableFunc(seeds, func(a, b Minutia) int { return int(b.Quality) - int(a.Quality) })
	return seeds[:min(len(seeds), most)]
}

// probe is the second identification's sketches by rising angle, twice over, so that those within a range
// of angles stand together.
type probe struct {
	sketches    []sketch
	first, last [256]int // by angle: the sketches at most mostTurn away
}

func newProbe(minutiae []Minutia) *probe {
	seeds := clearest(minutiae, probeSeeds)
	slices.SortStableFunc(seeds, func(a, b Minutia) int { return int(a.Angle) - int(b.Angle) })
	p := new(probe)
	for range 2 {
		for _, m := range seeds {
			p.sketches = append(p.sketches, sketchOf(m, minutiae, true))
		}
	}
	for angle := range p.first {
		low := int(uint8(angle - mostTurn))
		for i, m := range seeds {
			if int(m.Angle) < low {
				p.first[angle] = i + 1
			}
		}
		p.last[angle] = p.first[angle]
		for p.last[angle] < p.first[angle]+len(seeds) {
			m := seeds[p.last[angle]%len(seeds)]
			if m.Angle-uint8(low) > 2*mostTurn {
				break
			}
			p.last[angle]++
		}
	}
	return p
}

// Gallery holds many first identifications for search. It is safe for use from several goroutines.
type Gallery struct {
	matcher *Matcher
	ids     []matcher.Identification
	prints  []sketched
}

// sketched is one impression of a gallery.
type sketched struct {
	id       int32
	count    int32
	sketches [gallerySeeds]sketch
	sizes    [gallerySeeds]uint8 // bits set
	angles   [gallerySeeds]uint8
}

// NewGallery returns a gallery of the identifications, which must stay as they are. It keeps
// 1.6 kilobytes an impression beside them.
func (m *Matcher) NewGallery(ids []matcher.Identification) (*Gallery, error) {
	g := &Gallery{matcher: m, ids: ids}
	for i, id := range ids {
		impressions, err := unpack(id.Data)
		if err != nil {
			return nil, fmt.Errorf("cannot add fingerprint %d to the gallery: %w", i, err)
		}
		for _, p := range impressions {
			s := sketched{id: int32(i)}
			for k, seed := range clearest(p.views[0], gallerySeeds) {
				own := sketchOf(seed, p.views[0], false)
				s.sketches[k], s.angles[k], s.sizes[k] = own, seed.Angle, uint8(own.common(&own))
				s.count++
			}
			g.prints = append(g.prints, s)
		}
	}
	return g, nil
}

// Candidate is a gallery's identification that may be the probe's.
type Candidate struct {
	Index   int // in the slice that NewGallery got
	Verdict matcher.Verdict
}

// Identify returns up to most candidates for the second identification, the most similar first. A first
// look at the sketches leaves a short list, which is compared in full. The false match rate of each
// verdict is that of one comparison; among n fingers it is up to n times as large.
func (g *Gallery) Identify(second matcher.Identification, most int) ([]Candidate, error) {
	form, err := formOf(second)
	if err != nil {
		return nil, err
	}
	list := g.shortlist(newProbe(form.prints[0].views[0].minutiae))
	candidates := make([]Candidate, 0, len(list))
	for _, i := range list {
		v, err := g.matcher.Compare(g.ids[i], matcher.Identification{Kind: matcher.Fingerprint, Form: form})
		if err != nil {
			return nil, err
		}
		candidates = append(candidates, Candidate{int(i), v})
	}
	slices.SortStableFunc(candidates, func(a, b Candidate) int {
		switch {
		case a.Verdict.Score > b.Verdict.Score:
			return -1
		case a.Verdict.Score < b.Verdict.Score:
			return 1
		}
		return 0
	})
	return candidates[:min(most, len(candidates))], nil
}

// shortlist returns the identifications whose sketches are most like the probe's: 32 and one in 40.
func (g *Gallery) shortlist(p *probe) []int32 {
	scores := make([]int32, len(g.ids))
	for i := range g.prints {
		s := &g.prints[i]
		scores[s.id] = max(scores[s.id], s.like(p))
	}
	order := make([]int32, len(scores))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		if scores[a] != scores[b] {
			return int(scores[b] - scores[a])
		}
		return int(a - b)
	})
	return order[:min(32+len(order)/40, len(order))]
}

// like sums, over the gallery's sketches, the best share of their neighbours that a probe's sketch finds
// again, squared so that few good ones outweigh many middling ones.
func (s *sketched) like(p *probe) int32 {
	total := int32(0)
	for k := range s.count {
		own, best, angle := &s.sketches[k], 0, s.angles[k]
		near := p.sketches[p.first[angle]:p.last[angle]]
		for i := range near {
			best = max(best, own.common(&near[i]))
		}
		share := int32(best*256) / (int32(s.sizes[k]) + 4)
		total += share * share >> 4
	}
	return total / (s.count + 2)
}
