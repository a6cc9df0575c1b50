package link

import (
	"fmt"
	"sync"
	"time"

	"lockerd/sync/wire"
)

// limiter lets at most so many things pass in every span of time and counts those that it held back.
type limiter struct {
	every time.Duration
	most  int

	mu     sync.Mutex
	began  time.Time
	passed int
	held   int
}

// allow tells whether one more may pass now and, if so, how many were held back since the last that did.
func (l *limiter) allow(now time.Time) (held int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.began.IsZero() || now.Sub(l.began) >= l.every {
		l.began, l.passed = now, 0
	}
	if l.passed >= l.most {
		l.held++
		return 0, false
	}
	l.passed++
	held, l.held = l.held, 0
	return held, true
}

// badDetail is the journal's line about a message that was dropped.
func badDetail(what wire.Type, reason error, held int) string {
	detail := fmt.Sprintf("%s: %.200v", what, reason)
	if held > 0 {
		detail += fmt.Sprintf(" (and %d more since the last such line)", held)
	}
	return detail
}
