package matcher_test

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"lockerd/matcher"
)

// plain compares data as text, and counts how many comparisons run at once.
type plain struct{ now, most, prepared *atomic.Int64 }

func newPlain() plain { return plain{new(atomic.Int64), new(atomic.Int64), new(atomic.Int64)} }

func (plain) Kind() matcher.Kind { return matcher.Passcode }

func (plain) Extract(matcher.Sample) (matcher.Identification, error) {
	return matcher.Identification{}, errors.New("not here")
}

func (plain) Enrol([]matcher.Sample) (matcher.Identification, error) {
	return matcher.Identification{}, errors.New("not here")
}

func (p plain) Compare(first, second matcher.Identification) (matcher.Verdict, error) {
	p.most.Store(max(p.most.Load(), p.now.Add(1)))
	defer p.now.Add(-1)
	if string(first.Data) == "damaged" {
		return matcher.Verdict{}, matcher.ErrDamaged
	}
	return matcher.Verdict{Match: string(first.Data) == string(second.Data), Score: float64(len(first.Data))}, nil
}

// preparing is a Preparer.
type preparing struct{ plain }

func (p preparing) Prepare(id matcher.Identification) (matcher.Identification, error) {
	p.prepared.Add(1)
	return id, nil
}

// Every first identification has its own result, whoever compares it; what is compared in secret is compared one
// by one, and a second identification is prepared once.
func TestCompareAll(t *testing.T) {
	firsts := []matcher.Identification{{Data: []byte("damaged")}}
	for i := range 200 {
		firsts = append(firsts, matcher.Identification{Data: fmt.Appendf(nil, "%0*d", i+1, 0)})
	}
	second := matcher.Identification{Data: firsts[77].Data}
	secret, biometric := newPlain(), preparing{newPlain()}
	for name, m := range map[string]matcher.Matcher{"secret": secret, "biometric": biometric} {
		results := matcher.CompareAll(m, firsts, second)
		if len(results) != len(firsts) || !errors.Is(results[0].Err, matcher.ErrDamaged) {
			t.Fatalf("%s: %d results, the first %+v", name, len(results), results[0])
		}
		for i, r := range results[1:] {
			if r.Err != nil || r.Match != (i+1 == 77) || r.Score != float64(i+1) {
				t.Errorf("%s: result %d is %+v", name, i+1, r)
			}
		}
		if none := matcher.CompareAll(m, nil, second); !slices.Equal(none, []matcher.Result{}) {
			t.Errorf("%s: of nobody: %v", name, none)
		}
	}
	if secret.most.Load() != 1 || biometric.prepared.Load() != 2 {
		t.Errorf("%d secrets at once, %d preparations", secret.most.Load(), biometric.prepared.Load())
	}
}
