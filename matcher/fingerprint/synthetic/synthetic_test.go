package synthetic

import (
	"bytes"
	"testing"
)

func TestImpressionIsDeterministic(t *testing.T) {
	a, b := New(1), New(1)
	if !bytes.Equal(a.Impression(3, 256, 288), b.Impression(3, 256, 288)) {
		t.Error("the same seed and number gave two different impressions")
	}
	if bytes.Equal(a.Impression(3, 256, 288), a.Impression(4, 256, 288)) {
		t.Error("two impressions are equal")
	}
	if bytes.Equal(a.Impression(3, 256, 288), New(2).Impression(3, 256, 288)) {
		t.Error("two fingers gave equal impressions")
	}
}

func TestImpressionSizeAndGrey(t *testing.T) {
	for _, size := range []struct{ w, h int }{{192, 192}, {96, 96}} {
		image := New(1).Impression(0, size.w, size.h)
		if len(image) != size.w*size.h {
			t.Fatalf("%d bytes for %d × %d", len(image), size.w, size.h)
		}
		dark := 0
		for _, g := range image {
			if g < 128 {
				dark++
			}
		}
		if share := float64(dark) / float64(len(image)); share < 0.2 || share > 0.8 {
			t.Errorf("%d × %d: %.0f %% of the pixels are dark", size.w, size.h, 100*share)
		}
	}
}

func BenchmarkMaster(b *testing.B) {
	for i := range b.N {
		New(uint64(i)).pattern()
	}
}

func BenchmarkImpression(b *testing.B) {
	f := New(1)
	f.pattern()
	for i := range b.N {
		f.Impression(uint64(i), 256, 288)
	}
}
