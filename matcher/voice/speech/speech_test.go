package speech

import (
	"math"
	"math/rand/v2"
	"testing"
)

// tone returns seconds of a sine of hz.
func tone(rate int, hz, seconds, size float64) []float32 {
	sound := make([]float32, int(seconds*float64(rate)))
	for i := range sound {
		sound[i] = float32(size * math.Sin(2*math.Pi*hz*float64(i)/float64(rate)))
	}
	return sound
}

func TestBandOf(t *testing.T) {
	for _, rate := range []int{8000, 16000} {
		if b, err := BandOf(rate); err != nil || b.Rate != rate {
			t.Errorf("%d: %v, %v", rate, b, err)
		}
	}
	if _, err := BandOf(44100); err == nil {
		t.Error("44100 samples a second are accepted")
	}
}

func TestSpectrumFindsTones(t *testing.T) {
	for _, b := range []Band{Wide, Narrow} {
		a, before := NewAnalyser(b), -1
		for _, hz := range []float64{500, 1000, 2000, 3000} {
			s := a.Spectrum(tone(b.Rate, hz, 0.1, 0.5))
			if want := 8; len(s) != want {
				t.Fatalf("%d frames of 0.1 s, want %d", len(s), want)
			}
			strongest := 0
			for i, p := range s[4] {
				if p > s[4][strongest] {
					strongest = i
				}
			}
			if strongest <= before {
				t.Errorf("%d Hz: %g Hz is strongest in filter %d, the tone before in %d", b.Rate, hz, strongest, before)
			}
			before = strongest
		}
	}
	if s := NewAnalyser(Wide).Spectrum(make([]float32, 10)); len(s) != 0 {
		t.Errorf("%d frames of ten samples", len(s))
	}
}

// word is half a second of hush, of noise, and of hush.
func word(loud float64) []float32 {
	random := rand.New(rand.NewPCG(1, 1))
	sound := make([]float32, Wide.Rate*3/2)
	for i := range sound {
		size := 0.001
		if i > Wide.Rate/2 && i < Wide.Rate {
			size = loud
		}
		sound[i] = float32(size * random.NormFloat64())
	}
	return sound
}

func TestVoiced(t *testing.T) {
	voiced, snr := Voiced(NewAnalyser(Wide).Spectrum(word(0.1)))
	n := 0
	for i, v := range voiced {
		if v {
			n++
			if i < 45 || i > 102 {
				t.Errorf("frame %d of the hush is voiced", i)
			}
		}
	}
	if n < 45 || n > 55 {
		t.Errorf("%d voiced frames, want about 50", n)
	}
	if snr < 35 || snr > 45 {
		t.Errorf("signal-to-noise ratio of %.1f dB, want about 40", snr)
	}
	if voiced, _ := Voiced(nil); voiced != nil {
		t.Errorf("frames of nothing: %v", voiced)
	}
}

func TestFeaturesForgetTheMicrophone(t *testing.T) {
	s := NewAnalyser(Wide).Spectrum(word(0.1))
	voiced, _ := Voiced(s)
	coloured := make(Spectrum, len(s))
	for i, frame := range s {
		coloured[i] = make([]float32, len(frame))
		for k, p := range frame {
			coloured[i][k] = p * float32(1+0.2*float64(k)) // another microphone
		}
	}
	c := NewCepstrum(Wide)
	a, b := c.Features(s, voiced), c.Features(coloured, voiced)
	if len(a) == 0 || len(a[0]) != Dimensions {
		t.Fatalf("%d vectors", len(a))
	}
	apart, size := 0.0, 0.0 // what lies under the floor keeps some of the microphone's colour
	for i := range a {
		for d := range a[i] {
			apart += math.Abs(float64(a[i][d] - b[i][d]))
			size += math.Abs(float64(a[i][d]))
		}
	}
	if apart > 0.25*size {
		t.Errorf("features differ by %.2f of their size", apart/size)
	}
}

func TestMix(t *testing.T) {
	s := NewAnalyser(Wide).Spectrum(word(0.1))
	voiced, before := Voiced(s)
	noise := NewAnalyser(Wide).Spectrum(word(0.1))[60:90]
	_, after := Voiced(Mix(s, voiced, noise, 7, 10))
	if before < 30 || after < 7 || after > 14 {
		t.Errorf("%.1f dB before and %.1f after adding noise at 10 dB", before, after)
	}
}

func TestHalve(t *testing.T) {
	low, high := Halve(tone(16000, 1000, 0.5, 0.5)), Halve(tone(16000, 6000, 0.5, 0.5))
	if p := LevelOf(low).Power; math.Abs(p-0.125) > 0.005 {
		t.Errorf("a tone of 1 kHz has power %.3f, want 0.125", p)
	}
	if p := LevelOf(high).Power; p > 1e-4 {
		t.Errorf("a tone of 6 kHz leaves power %g", p)
	}
}

func TestLevelAndSteadiness(t *testing.T) {
	clipped := tone(16000, 440, 1, 2)
	for i, x := range clipped {
		clipped[i] = max(-1, min(1, x))
	}
	if l := LevelOf(clipped); l.Clipped < 0.5 || l.Peak < 0.99 {
		t.Errorf("%+v of a clipped tone", l)
	}
	if l := LevelOf(Sound([]byte{0, 64, 0, 64})); l.Offset != 0.5 || l.Power != 0 {
		t.Errorf("%+v of a constant", l)
	}
	if l := LevelOf(nil); l != (Level{}) {
		t.Errorf("%+v of nothing", l)
	}
	a := NewAnalyser(Wide)
	if s := Steadiness(a.Spectrum(tone(16000, 1000, 1, 0.3))); s < 0.9 {
		t.Errorf("steadiness of a tone %.2f", s)
	}
	if s := Steadiness(a.Spectrum(word(0.1))); s > 0.3 {
		t.Errorf("steadiness of noise %.2f", s)
	}
}

func TestTelephone(t *testing.T) {
	power := func(hz float64) float64 { return LevelOf(Telephone(tone(8000, hz, 0.5, 0.5))).Power }
	if low, voice := power(60), power(1000); low > 0.01*voice || voice < 0.1 || voice > 0.13 {
		t.Errorf("a hum of 60 Hz has a power of %.4f, a tone of 1 kHz %.4f, want next to nothing and 0.125", low, voice)
	}
	quiet := Telephone(tone(8000, 1000, 0.5, 1e-3))
	if p := LevelOf(quiet).Power; p < 2e-7 || p > 8e-7 {
		t.Errorf("a tone of power 5e-7 comes out with %.2g", p)
	}
}
