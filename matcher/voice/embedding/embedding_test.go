package embedding

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"testing"
)

// A fixture is a small network and what torch makes of some frames with it (testdata/fixture.py).
type fixture struct {
	Network string
	Cases   []struct {
		Frames    [][]float32
		Embedding []float32
	}
}

func readFixture(t testing.TB) (fixture, []byte) {
	t.Helper()
	b, err := os.ReadFile("testdata/tiny.json")
	if err != nil {
		t.Fatal(err)
	}
	var f fixture
	if err := json.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	file, err := hex.DecodeString(f.Network)
	if err != nil {
		t.Fatal(err)
	}
	return f, file
}

func TestEmbedAgreesWithTorch(t *testing.T) {
	f, file := readFixture(t)
	n, err := Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Cases) == 0 {
		t.Fatal("no case")
	}
	for _, c := range f.Cases {
		got := n.Embed(c.Frames)
		if len(got) != n.Size() || len(got) != len(c.Embedding) {
			t.Fatalf("%d values, want %d", len(got), len(c.Embedding))
		}
		for i, v := range c.Embedding {
			if math.Abs(float64(got[i]-v)) > 1e-4 {
				t.Errorf("%d frames: value %d is %g, torch has %g", len(c.Frames), i, got[i], v)
			}
		}
	}
}

func TestEmbedOfNothing(t *testing.T) {
	_, file := readFixture(t)
	n, err := Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range n.Embed(nil) {
		if v != 0 {
			t.Errorf("value %d is %g", i, v)
		}
	}
}

func TestNetworkFile(t *testing.T) {
	_, file := readFixture(t)
	n, err := Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Decode(n.Encode())
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range n.Weights {
		if math.Abs(float64(w-again.Weights[i])) > 1e-6 {
			t.Fatalf("weight %d: %g was written and %g read", i, w, again.Weights[i])
		}
	}
	for cut := range len(file) {
		if _, err := Decode(file[:cut]); !errors.Is(err, ErrNetwork) {
			t.Fatalf("%d bytes of %d: %v, want ErrNetwork", cut, len(file), err)
		}
	}
	if _, err := Decode(append(file, 0)); !errors.Is(err, ErrNetwork) {
		t.Errorf("a byte too many: %v, want ErrNetwork", err)
	}
}

func FuzzDecode(f *testing.F) {
	_, file := readFixture(f)
	f.Add(file)
	f.Add(file[:40])
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := Decode(b)
		if err != nil {
			return
		}
		frames := make([][]float32, 3)
		for i := range frames {
			frames[i] = make([]float32, n.Filters())
		}
		if got := n.Embed(frames); len(got) != n.Size() {
			t.Errorf("%d values of %d", len(got), n.Size())
		}
	})
}

// BenchmarkEmbed embeds two seconds of speech with a network as large as the shipped one.
func BenchmarkEmbed(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 1))
	values := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(random.NormFloat64())
		}
		return v
	}
	n := &Network{Weights: values(96 * 512), Bias: values(96)}
	for _, l := range []Layer{{In: 26, Out: 128, Kernel: 5, Stride: 2, Dilation: 1}, {In: 128, Out: 128, Kernel: 3, Stride: 1, Dilation: 1},
		{In: 128, Out: 128, Kernel: 3, Stride: 1, Dilation: 2}, {In: 128, Out: 128, Kernel: 3, Stride: 1, Dilation: 3},
		{In: 128, Out: 256, Kernel: 1, Stride: 1, Dilation: 1}} {
		l.Weights, l.Bias = values(l.Out*l.Kernel*l.In), values(l.Out)
		n.Layers = append(n.Layers, l)
	}
	frames := make([][]float32, 200)
	for i := range frames {
		frames[i] = values(26)
	}
	for b.Loop() {
		n.Embed(frames)
	}
}
