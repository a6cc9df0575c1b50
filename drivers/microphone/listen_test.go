package microphone

import (
	"bytes"
	"context"
	"io"
	"testing"
	"time"
)

// seconds is sound of a loudness: noise between quiet and loud is not told apart from speech here.
func seconds(loud float64, d time.Duration) []byte {
	whole := bytes.Repeat(tone(loud, loud), int(d/time.Second)+1)
	return whole[:int(d.Seconds()*Rate)*2]
}

// A recording ends when the speaker has been quiet for a while, and not at a pause between two digits.
func TestListen(t *testing.T) {
	for name, test := range map[string]struct {
		sound []byte
		want  time.Duration
	}{
		"speaks and stops": {bytes.Join([][]byte{seconds(20, time.Second), seconds(5000, 3*time.Second), seconds(20, 9*time.Second)}, nil), 5 * time.Second},
		"pauses":           {bytes.Join([][]byte{seconds(20, time.Second), seconds(5000, 2*time.Second), seconds(20, 700*time.Millisecond), seconds(5000, 2*time.Second), seconds(20, 9*time.Second)}, nil), 6700 * time.Millisecond},
		"a knock":          {bytes.Join([][]byte{seconds(20, time.Second), seconds(9000, 200*time.Millisecond), seconds(20, 9*time.Second)}, nil), 8 * time.Second},
		"nobody":           {seconds(20, 9*time.Second), 8 * time.Second},
		"noise":            {seconds(5000, 9*time.Second), 8 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			source := func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(test.sound)), nil }
			pcm, err := Microphone{Source: source}.Listen(t.Context(), 8*time.Second, time.Second, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := time.Duration(len(pcm)/2) * time.Second / Rate; (got - test.want).Abs() > 150*time.Millisecond {
				t.Errorf("it listened for %v, want %v", got, test.want)
			}
		})
	}
}
