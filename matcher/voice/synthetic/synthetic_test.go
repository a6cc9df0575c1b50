package synthetic

import (
	"bytes"
	"testing"
)

func TestSay(t *testing.T) {
	a := New(1).Say("0123", 16000, 1)
	if !bytes.Equal(a, New(1).Say("0123", 16000, 1)) {
		t.Error("the same seeds give other sound")
	}
	if bytes.Equal(a, New(1).Say("0123", 16000, 2)) || bytes.Equal(a, New(2).Say("0123", 16000, 1)) {
		t.Error("another seed gives the same sound")
	}
	if seconds := float64(len(a)) / 2 / 16000; seconds < 1.2 || seconds > 3 {
		t.Errorf("four digits take %.1f s", seconds)
	}
	if len(New(1).Say("", 8000, 1)) == 0 {
		t.Error("nothing said has no pause")
	}
}
