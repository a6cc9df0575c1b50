package infosystem_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"lockerd/infosystem"
)

// withBrokerElsewhere runs a system whose broker is elsewhere, and away.
func withBrokerElsewhere(t *testing.T) (a api, file string) {
	t.Helper()
	dir := t.TempDir()
	s := start(t, func(o *infosystem.Options) { o.Dir, o.BrokerURL = dir, "tcp://127.0.0.1:1" })
	return apiOf(t, s), filepath.Join(dir, "broker.passwords")
}

// joiner adds a cabinet; the function that it returns has it join.
func joiner(t *testing.T, a api, id string) (join func()) {
	t.Helper()
	a.do("POST", "/api/v1/cabinets", object{"id": id, "name": id}, nil)
	code, c := a.text("POST", "/api/v1/cabinets/"+id+"/join-codes", nil, "code"), newCabinet(t)
	return func() { c.join(a, code) }
}

// TestCabinetsJoinAtOnce: of cabinets that join at the same time the broker learns of each before it has its answer, and
// never forgets it.
func TestCabinetsJoinAtOnce(t *testing.T) {
	a, file := withBrokerElsewhere(t)
	joins := map[string]func(){}
	for i := range 20 {
		id := fmt.Sprintf("c%d", i)
		joins[id] = joiner(t, a, id)
	}
	var mu sync.Mutex
	var joined []string
	var all sync.WaitGroup
	for id, join := range joins {
		all.Go(func() {
			join()
			mu.Lock()
			defer mu.Unlock()
			joined = append(joined, id)
			told, err := os.ReadFile(file)
			if err != nil {
				t.Error(err)
			}
			for _, id := range joined {
				if !strings.Contains("\n"+string(told), "\n"+id+":") {
					t.Errorf("of %d that joined the broker does not know %s", len(joined), id)
				}
			}
		})
	}
	all.Wait()
	if len(joined) != len(joins) {
		t.Errorf("%d of %d joined", len(joined), len(joins))
	}
}

// TestBrokerIsToldLate: what could not be written when a cabinet joined is written later.
func TestBrokerIsToldLate(t *testing.T) {
	a, file := withBrokerElsewhere(t)
	inTheWay := filepath.Join(file, "in the way")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(inTheWay, 0o700); err != nil {
		t.Fatal(err)
	}
	joiner(t, a, "lobby")()
	if _, err := os.Stat(inTheWay); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(file); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the broker learns of the cabinet", func() bool {
		told, err := os.ReadFile(file)
		return err == nil && strings.Contains("\n"+string(told), "\nlobby:")
	})
}
