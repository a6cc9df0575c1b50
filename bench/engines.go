package main

import (
	"context"
	"image"

	sourceafis "github.com/miqdadyyy/go-sourceafis"
	"github.com/miqdadyyy/go-sourceafis/config"
	"github.com/miqdadyyy/go-sourceafis/templates"

	"lockerd/matcher"
	"lockerd/matcher/fingerprint"
)

// peer is go-sourceafis with its default configuration and one worker.
type peer struct {
	logger  *sourceafis.DefaultTransparencyLogger
	creator *sourceafis.TemplateCreator
}

// silent takes none of the peer's intermediate results.
type silent struct{}

func (silent) Accepts(string) bool                 { return false }
func (silent) Accept(string, string, []byte) error { return nil }

func newPeer() engine {
	config.LoadDefaultConfig()
	config.Config.Workers = 1
	logger := sourceafis.NewTransparencyLogger(silent{})
	return &peer{logger, sourceafis.NewTemplateCreator(logger)}
}

func (*peer) name() string { return "go-sourceafis" }

func (p *peer) extract(img *image.Gray, dpi int) any {
	i, err := sourceafis.NewFromGray(img, sourceafis.WithResolution(float64(dpi)))
	if err != nil {
		return nil
	}
	t, err := p.creator.Template(i)
	if err != nil {
		return nil
	}
	return t
}

func (p *peer) probe(template any) any {
	m, err := sourceafis.NewMatcher(p.logger, template.(*templates.SearchTemplate))
	if err != nil {
		return nil
	}
	return m
}

func (*peer) compare(probe, template any) float64 {
	return probe.(*sourceafis.Matcher).Match(context.Background(), template.(*templates.SearchTemplate))
}

// ours is lockerd's engine with its built-in weights. A template is a prepared identification.
type ours struct{ matcher *fingerprint.Matcher }

func newOurs() engine { return ours{fingerprint.New(fingerprint.Options{})} }

func (ours) name() string { return "lockerd" }

func (o ours) extract(img *image.Gray, dpi int) any {
	id, err := o.matcher.Extract(matcher.Sample{Kind: matcher.Fingerprint, Bytes: img.Pix, Width: img.Rect.Dx(), Height: img.Rect.Dy(), DPI: dpi})
	if err != nil {
		return nil
	}
	if id, err = o.matcher.Prepare(id); err != nil {
		return nil
	}
	return id
}

func (ours) probe(template any) any { return template }

func (o ours) compare(probe, template any) float64 {
	v, err := o.matcher.Compare(probe.(matcher.Identification), template.(matcher.Identification))
	if err != nil {
		return -1e9
	}
	return v.Score
}
