package web

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Live tells open pages that something changed, by server-sent events.
type Live struct {
	mu      sync.Mutex
	changed chan struct{} // closed at the next change
	count   int
}

// NewLive returns a Live.
func NewLive() *Live { return &Live{changed: make(chan struct{})} }

// Changed tells every open page.
func (l *Live) Changed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.changed)
	l.changed = make(chan struct{})
	l.count++
}

func (l *Live) next() (<-chan struct{}, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed, l.count
}

// serve sends one event a change, at most two a second, and a comment now and then so that a page that
// went away is noticed.
func (l *Live) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // an nginx in front passes it on at once
	flush := http.NewResponseController(w)
	for {
		changed, count := l.next()
		fmt.Fprintf(w, "data: %d\n\n", count)
		if flush.Flush() != nil {
			return
		}
		for quiet := false; !quiet; {
			select {
			case <-r.Context().Done():
				return
			case <-changed:
				quiet = true
			case <-time.After(20 * time.Second):
				fmt.Fprint(w, ": still here\n\n")
				if flush.Flush() != nil {
					return
				}
			}
		}
		select {
		case <-r.Context().Done():
			return
		case <-time.After(500 * time.Millisecond):
		}
	}
}
