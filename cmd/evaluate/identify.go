package main

import (
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"time"

	"lockerd/matcher"
	"lockerd/matcher/fingerprint"
	"lockerd/matcher/fingerprint/synthetic"
)

// runIdentify measures a search 1:N. Probes and their mates are fingers of the folders (impression 1 is in
// the gallery, the others are probes), or synthetic fingers without folders. The rest of the gallery are
// records put together of halves of other synthetic fingers' records, whose statistics are alike.
func runIdentify(args []string, out, errs io.Writer) error {
	f := flag.NewFlagSet("evaluate identify", flag.ContinueOnError)
	f.SetOutput(errs)
	n := f.Int("n", 10000, "fingers in the gallery")
	probes := f.Int("probes", 50, "synthetic fingers to look for, where no folders are given")
	base := f.Int("base", 120, "synthetic fingers of which the rest of the gallery is made")
	dpi := f.Int("dpi", 500, "resolution of the folders; DIR@512 overrides it")
	if err := f.Parse(args); err != nil {
		return err
	}
	if err := flagsFirst(f.Args()); err != nil {
		return err
	}
	if *n < 1 || *probes < 1 || *base < 2 || *probes > *n {
		return errors.New("give -n from 1, -probes from 1 to n, and -base from 2")
	}
	var s search
	var err error
	if f.NArg() > 0 {
		err = s.fromFolders(f.Args(), *dpi)
	} else {
		err = s.fromSynthetic(*probes, progress(errs, "fingers to look for", *probes))
	}
	if err != nil {
		return err
	}
	if len(s.probes) == 0 {
		return fmt.Errorf("there is nobody to look for: a finger needs an impression beside its first one, and %d images were refused", s.refused)
	}
	if err := s.fill(*n, *base, progress(errs, "other fingers", *base)); err != nil {
		return err
	}
	return s.report(out, errs)
}

// search is a gallery and the probes to look for in it.
type search struct {
	gallery []matcher.Identification
	probes  []matcher.Identification
	mates   []int // by probe: its finger's place in the gallery
	refused int   // images of the folders that are too poor
}

// fromFolders takes impression 1 of each finger into the gallery and the others as probes.
func (s *search) fromFolders(dirs []string, dpi int) error {
	engine := fingerprint.New(fingerprint.Options{})
	for _, dir := range dirs {
		set, err := findPrints(dir, dpi)
		if err != nil {
			return err
		}
		mate, finger := -1, ""
		for _, p := range set.prints {
			sample, err := capture{bits: 8}.load(p)
			if err != nil {
				return err
			}
			id, err := engine.Extract(sample)
			if quality(err) {
				s.refused++ // at the sensor: it is not looked for
				continue
			}
			if err != nil {
				return fmt.Errorf("%s: %w", p.path, err)
			}
			if p.finger != finger {
				mate, finger = len(s.gallery), p.finger
				s.gallery = append(s.gallery, id)
				continue
			}
			s.probes, s.mates = append(s.probes, id), append(s.mates, mate)
		}
	}
	return nil
}

// fromSynthetic makes n synthetic fingers with two impressions each.
func (s *search) fromSynthetic(n int, step func()) error {
	ids, err := syntheticPrints(0, n, 2, step)
	if err != nil {
		return err
	}
	for i := range n {
		s.mates = append(s.mates, len(s.gallery))
		s.gallery, s.probes = append(s.gallery, ids[2*i]), append(s.probes, ids[2*i+1])
	}
	return nil
}

// syntheticPrints extracts impressions of n synthetic fingers from the seed on.
func syntheticPrints(seed uint64, n, impressions int, step func()) ([]matcher.Identification, error) {
	const w, h = 256, 288
	engine := fingerprint.New(fingerprint.Options{})
	ids, errs := make([]matcher.Identification, n*impressions), make([]error, n)
	inParallel(n, runtime.NumCPU(), func(i int) {
		defer step()
		finger := synthetic.New(seed + uint64(i))
		for k := range impressions {
			id, err := engine.Extract(matcher.Sample{Kind: matcher.Fingerprint, Bytes: finger.Impression(uint64(k), w, h), Width: w, Height: h, DPI: synthetic.DPI})
			if err != nil {
				errs[i] = err
			}
			ids[i*impressions+k] = id
		}
	})
	return ids, errors.Join(errs...)
}

// fill brings the gallery to n fingers.
func (s *search) fill(n, base int, step func()) error {
	ids, err := syntheticPrints(1<<32, base, 1, step)
	if err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	for len(s.gallery) < n {
		a, b := rng.IntN(base), rng.IntN(base)
		id, err := halves(ids[a], ids[b], 64+rng.IntN(128))
		if err != nil {
			return err
		}
		s.gallery = append(s.gallery, id)
	}
	return nil
}

// halves joins the minutiae of a left of column x with those of b right of it.
func halves(a, b matcher.Identification, x int) (matcher.Identification, error) {
	var joined []byte
	count := 0
	for side, id := range [2]matcher.Identification{a, b} {
		records, err := fingerprint.Export(id)
		if err != nil {
			return matcher.Identification{}, err
		}
		r := records[0]
		if side == 0 {
			joined = append(joined, r[:28]...) // the record's header and the first view's
		}
		for m := r[28 : 28+6*int(r[27])]; len(m) > 0; m = m[6:] {
			if left := int(binary.BigEndian.Uint16(m)&0x3fff) < x; left == (side == 0) {
				joined = append(joined, m[:6]...)
				count++
			}
		}
	}
	joined = append(joined, 0, 0)
	binary.BigEndian.PutUint32(joined[8:], uint32(len(joined)))
	joined[22], joined[27] = 1, byte(count)
	return fingerprint.Import("", joined)
}

// report searches every probe and prints the rates and times.
func (s *search) report(out, errs io.Writer) error {
	engine := fingerprint.New(fingerprint.Options{})
	gallery, err := engine.NewGallery(s.gallery)
	if err != nil {
		return err
	}
	step := progress(errs, "searching", len(s.probes))
	first, matched, wrong := 0, 0, 0
	var took time.Duration
	for i, probe := range s.probes {
		start := time.Now()
		found, err := gallery.Identify(probe, 5)
		took += time.Since(start)
		if err != nil {
			return err
		}
		step()
		for rank, c := range found {
			switch right := c.Index == s.mates[i]; {
			case right && rank == 0:
				first++
				if c.Verdict.Match {
					matched++
				}
			case !right && c.Verdict.Match:
				wrong++
			}
		}
	}
	n := float64(len(s.probes))
	_, err = fmt.Fprintf(out, "gallery %d, probes %d: right one first %.1f %%, and above the threshold %.1f %%; wrong ones above it %.2f a probe; %.1f ms a search on one thread\n",
		len(s.gallery), len(s.probes), 100*float64(first)/n, 100*float64(matched)/n, float64(wrong)/n, took.Seconds()*1e3/n)
	return err
}
