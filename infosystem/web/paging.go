package web

import (
	"net/http"
	"strconv"
)

// perPage is how many rows a page of a list shows.
const perPage = 50

// paging are the links from one page of a list to those beside it; empty where there is none.
type paging struct{ Previous, Next string }

// pageOf is the number of the page that is asked for, from 1.
func pageOf(r *http.Request) (int, error) {
	n, err := number(r.URL.Query().Get("page"), 1)
	return int(min(max(n, 1), 1_000_000)), err
}

// paged cuts rows, one more of which was asked for than a page has, and links to the pages beside it.
func paged[T any](r *http.Request, page int, rows []T) ([]T, paging) {
	var links paging
	if page > 1 {
		links.Previous = with(r, "page", strconv.Itoa(page-1))
	}
	if len(rows) > perPage {
		rows, links.Next = rows[:perPage], with(r, "page", strconv.Itoa(page+1))
	}
	return rows, links
}

// older cuts lines of which the newest stand first, and links to those before them and back to the newest.
func older[T any](r *http.Request, lines []T, most int, number func(T) int64) ([]T, paging) {
	var links paging
	if r.URL.Query().Get("before") != "" {
		links.Previous = with(r, "before", "")
	}
	if len(lines) > most {
		lines = lines[:most]
		links.Next = with(r, "before", strconv.FormatInt(number(lines[most-1]), 10))
	}
	return lines, links
}

// with is the request's address with another value of one parameter; empty takes it out. Another list begins at its first
// page.
func with(r *http.Request, name, value string) string {
	query := r.URL.Query()
	if name != "page" {
		query.Del("page")
	}
	query.Set(name, value)
	if value == "" {
		query.Del(name)
	}
	if len(query) == 0 {
		return r.URL.Path
	}
	return r.URL.Path + "?" + query.Encode()
}
