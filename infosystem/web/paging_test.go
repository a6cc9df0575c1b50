package web

import (
	"net/http/httptest"
	"slices"
	"testing"
)

func TestPaged(t *testing.T) {
	full := make([]int, perPage+1)
	for name, test := range map[string]struct {
		target string
		rows   int
		want   paging
	}{
		"all on one":      {"/people", perPage, paging{}},
		"the first":       {"/people", perPage + 1, paging{Next: "/people?page=2"}},
		"one between":     {"/parcels?state=inside&page=2", perPage + 1, paging{"/parcels?page=1&state=inside", "/parcels?page=3&state=inside"}},
		"the last":        {"/people?page=3", 1, paging{Previous: "/people?page=2"}},
		"before a first":  {"/people?page=0", perPage + 1, paging{Next: "/people?page=2"}},
		"beyond the last": {"/people?page=4", 0, paging{Previous: "/people?page=3"}},
	} {
		r := httptest.NewRequest("GET", test.target, nil)
		page, err := pageOf(r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		rows, links := paged(r, page, full[:test.rows])
		if links != test.want || len(rows) != min(test.rows, perPage) {
			t.Errorf("%s: %d rows, %+v, want %+v", name, len(rows), links, test.want)
		}
	}
	if _, err := pageOf(httptest.NewRequest("GET", "/people?page=-1", nil)); err == nil {
		t.Error("page -1 is one")
	}
}

func TestOlder(t *testing.T) {
	number := func(n int64) int64 { return n }
	lines, links := older(httptest.NewRequest("GET", "/events?cabinet=lobby", nil), []int64{9, 8, 7}, 2, number)
	if !slices.Equal(lines, []int64{9, 8}) || links != (paging{Next: "/events?before=8&cabinet=lobby"}) {
		t.Errorf("of the newest: %v, %+v", lines, links)
	}
	lines, links = older(httptest.NewRequest("GET", "/events?cabinet=lobby&before=8", nil), []int64{7, 6}, 2, number)
	if !slices.Equal(lines, []int64{7, 6}) || links != (paging{Previous: "/events?cabinet=lobby"}) {
		t.Errorf("of the oldest: %v, %+v", lines, links)
	}
}

// TestFromParcels: a form leads back to where it stood, and nowhere else.
func TestFromParcels(t *testing.T) {
	for referer, want := range map[string]string{
		"": "/parcels", "http://127.0.0.1:8082/parcels?state=inside&page=2": "/parcels?state=inside&page=2",
		"http://127.0.0.1:8082/parcels/found": "/parcels/found", "https://x.example/people/r-1": "/people/r-1",
		"https://x.example/": "/parcels", "//x.example//evil": "/parcels", "%": "/parcels", "javascript:alert(1)": "/parcels",
		"http://127.0.0.1:8082/sign-out": "/parcels",
	} {
		r := httptest.NewRequest("POST", "/parcels", nil)
		r.Header.Set("Referer", referer)
		if got := fromParcels(r); got != want {
			t.Errorf("from %q it leads to %s, want %s", referer, got, want)
		}
	}
}
