package kiosk

import (
	"bytes"
	"fmt"
	"net/http"
	"time"
)

// beat is how often a silent stream sends a comment, so that a page that is gone is noticed; writeFor is
// how long one write may take.
const (
	beat     = 15 * time.Second
	writeFor = 5 * time.Second
)

// stream sends the view at hand and every later one until the page goes away.
func (k *Kiosk) stream(w http.ResponseWriter, r *http.Request) {
	select {
	case k.streams <- struct{}{}:
		defer func() { <-k.streams }()
	default:
		http.Error(w, "too many pages are open", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	out := http.NewResponseController(w)
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for {
		view, changed := k.currentAndNext()
		if !send(w, out, event(view.Number, k.drawOrHelp(view))) {
			return
		}
		for waiting := true; waiting; {
			select {
			case <-changed:
				waiting = false
			case <-ticker.C:
				if !send(w, out, []byte(": still here\n\n")) {
					return
				}
			case <-r.Context().Done():
				return
			}
		}
	}
}

func send(w http.ResponseWriter, out *http.ResponseController, data []byte) bool {
	// A writer without deadlines (a test's recorder) is written to without one.
	_ = out.SetWriteDeadline(time.Now().Add(writeFor))
	_, err := w.Write(data)
	return err == nil && out.Flush() == nil
}

// event frames a fragment as one server-sent event.
func event(number uint64, fragment []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "id: %d\nevent: view\n", number)
	for line := range bytes.Lines(fragment) {
		b.WriteString("data: ")
		b.Write(bytes.TrimRight(line, "\r\n"))
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// Watched returns how many pages show the touchscreen now.
func (k *Kiosk) Watched() int { return len(k.streams) }
