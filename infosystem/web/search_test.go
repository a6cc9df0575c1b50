package web

import (
	"testing"

	"lockerd/infosystem/operators"
)

// TestSearches: each session sees what it searched for itself, on the page of it alone, and nothing is kept behind its end.
func TestSearches(t *testing.T) {
	var all searches
	ada, bo := operators.Session{CSRF: "a"}, operators.Session{CSRF: "b"}
	all.put(ada, foundPeople, "0123")
	all.put(bo, foundPeople, "0815")
	all.put(ada, foundParcels, "P-1")
	if got := all.get(ada, foundPeople); got != "0123" || all.get(ada, foundParcels) != "P-1" || all.get(ada, "/people") != "" {
		t.Errorf("Ada searched for %q", got)
	}
	all.end(ada)
	if len(all.last) != 1 || all.get(bo, foundPeople) != "0815" {
		t.Errorf("when Ada has left %d searches are kept", len(all.last))
	}
}
