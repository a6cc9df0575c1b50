package secret

import (
	"bytes"
	"errors"
	"testing"
)

func TestVerify(t *testing.T) {
	template := Hash([]byte("271828"))
	for _, c := range []struct {
		secret string
		want   bool
	}{{"271828", true}, {"271829", false}, {"", false}, {"2718281", false}} {
		got, err := Verify(template, []byte(c.secret))
		if err != nil || got != c.want {
			t.Errorf("Verify(%q) = %v, %v; want %v", c.secret, got, err, c.want)
		}
	}
}

func TestHashIsSalted(t *testing.T) {
	if bytes.Equal(Hash([]byte("271828")), Hash([]byte("271828"))) {
		t.Error("two hashes of one secret are equal")
	}
}

func TestDamagedTemplates(t *testing.T) {
	good := Hash([]byte("271828"))
	huge := bytes.Clone(good)
	huge[1] = 0xFF // would ask for 4 TiB
	for name, template := range map[string][]byte{
		"empty": nil, "short": good[:20], "long": append(bytes.Clone(good), 0),
		"another version": append([]byte{9}, good[1:]...), "too much memory": huge,
	} {
		if _, err := Verify(template, []byte("271828")); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: error %v, want ErrDamaged", name, err)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(Hash([]byte("1")))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, template []byte) {
		if Check(template) == nil && len(template) != size {
			t.Errorf("accepted %d bytes", len(template))
		}
	})
}
