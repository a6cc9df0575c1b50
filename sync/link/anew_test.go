package link

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"lockerd/controller"
	"lockerd/sync/wire"
)

// anew is a cabinet that has joined, and a desk at which it can join once more.
type anew struct {
	*shelf
	*cloud
	*desk
	options Options
	within  time.Duration // for joining; 0 for the usual time
	before  identity
}

func newAnew(t *testing.T) *anew {
	t.Helper()
	a := &anew{shelf: newShelf()}
	a.cloud = newCloud(t, a.shelf)
	a.cloud.silent, a.before = true, *a.cloud.cabinet
	a.desk = &desk{answer: a.cloud.answer("tcp://127.0.0.1:1884")}
	server := httptest.NewServer(a.desk)
	t.Cleanup(server.Close)
	a.options = a.cloud.options(a.shelf)
	a.options.URL, a.options.Code = server.URL, "right"
	return a
}

// who is the cabinet's identity as it is stored.
func (a *anew) who(t *testing.T) *identity {
	t.Helper()
	who, err := loadIdentity(a.shelf)
	if err != nil || !who.joined() {
		t.Fatalf("the identity is gone: %v", err)
	}
	return who
}

// dials runs the link until it has dialled: it knows by then who it is.
func (a *anew) dials(t *testing.T) {
	t.Helper()
	a.cloud.mu.Lock()
	a.cloud.dialled = 0
	a.cloud.mu.Unlock()
	l, err := New(a.options)
	if err != nil {
		t.Fatal(err)
	}
	l.anewWithin = cmp.Or(a.within, l.anewWithin)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	eventually(t, "the link dials", func() bool {
		a.cloud.mu.Lock()
		defer a.cloud.mu.Unlock()
		return a.cloud.dialled > 0
	})
	stop()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
}

// TestJoinAnew: a joined cabinet with another code gets other keys, another broker and another password, once.
func TestJoinAnew(t *testing.T) {
	a := newAnew(t)
	a.dials(t)
	who := a.who(t)
	if bytes.Equal(who.SignKey, a.before.SignKey) || bytes.Equal(who.OpenKey, a.before.OpenKey) {
		t.Error("its keys are the old ones")
	}
	if who.Answer.Broker != "tcp://127.0.0.1:1884" || !bytes.Equal(who.verifyingKey(), a.desk.asked[0].SignKey) {
		t.Errorf("it is %+v", who)
	}
	if as := a.desk.asked[0]; as.Tenant != "acme" || as.Cabinet != "lobby-1" {
		t.Errorf("it says that it is %q of %q", as.Cabinet, as.Tenant)
	}
	if _, err := NewSealer(a.shelf).SealCode(controller.Parcel{ID: "p-1"}, "12345678"); err != nil {
		t.Error(err)
	}
	a.dials(t) // the code lies there still
	if n := len(a.desk.asked); n != 1 || !bytes.Equal(a.who(t).SignKey, who.SignKey) {
		t.Errorf("a code that was used is tried again: asked %d times", n)
	}
}

// TestJoinAnewFails: whatever goes wrong on the way, the cabinet is who it was, and another code has it join.
func TestJoinAnewFails(t *testing.T) {
	for name, test := range map[string]struct {
		breaks func(*anew)
		again  bool // the same code is tried at the next start again
	}{
		"the code is refused":       {func(a *anew) { a.options.Code = "wrong" }, false},
		"it is another cabinet's":   {func(a *anew) { a.desk.answer.Cabinet, a.desk.answer.User = "yard-1", "yard-1" }, false},
		"the answer is of no use":   {func(a *anew) { a.desk.answer.SealKey = nil }, true},
		"answer lost, code too old": {func(a *anew) { a.options.URL = a.loses(t) }, false},
		"nobody answers for a time": {func(a *anew) { a.desk.broken, a.desk.trouble, a.within = 1000, 503, 50*time.Millisecond }, true},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAnew(t)
			good, answer := a.options, a.desk.answer
			test.breaks(a)
			a.dials(t)
			who := a.who(t)
			if !bytes.Equal(who.SignKey, a.before.SignKey) || who.Answer.Broker != a.before.Answer.Broker {
				t.Errorf("it is somebody else: %+v", who)
			}
			if who.spent(a.options.Code) == test.again {
				t.Errorf("the code counts as spent: %v", !test.again)
			}
			a.desk.mu.Lock()
			a.desk.answer, a.desk.broken, a.options = answer, 0, good
			a.desk.mu.Unlock()
			a.options.Code = "another"
			a.dials(t)
			if bytes.Equal(a.who(t).SignKey, a.before.SignKey) {
				t.Error("another code does not have it join")
			}
		})
	}
}

// TestJoinedBeforeCodesWereRemembered: the code that lies in such a cabinet since it joined is not tried again, and a later
// one is.
func TestJoinedBeforeCodesWereRemembered(t *testing.T) {
	for name, code := range map[string]string{"its code lies there": "old", "its code was removed": ""} {
		t.Run(name, func(t *testing.T) {
			a := newAnew(t)
			old := a.before
			old.Spent = nil
			if err := old.store(a.shelf); err != nil {
				t.Fatal(err)
			}
			a.options.Code = code
			a.dials(t)
			if n := a.desk.asks(); n != 0 || !bytes.Equal(a.who(t).SignKey, old.SignKey) {
				t.Errorf("it asked %d times", n)
			}
			a.options.Code = "right"
			a.dials(t)
			if bytes.Equal(a.who(t).SignKey, old.SignKey) {
				t.Error("a later code does not have it join")
			}
		})
	}
}

// loses is the address of an information system that takes the cabinet in, and whose answer is cut off; the code is of no
// use to anybody then.
func (a *anew) loses(t *testing.T) string {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) > 1 {
			http.Error(w, `{"error": "the code is used"}`, http.StatusConflict)
			return
		}
		w.Header().Set("Content-Length", "1000")
		w.WriteHeader(http.StatusOK)
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// TestJoinAnewAfterALostAnswer: the information system took other keys, and the cabinet does not know it when it ends. At
// its next start it shows the same ones with the same code, and gets its answer.
func TestJoinAnewAfterALostAnswer(t *testing.T) {
	for name, ends := range map[string]func(*anew, *testing.T){
		"it was asked for long enough": func(a *anew, t *testing.T) {
			a.within = 50 * time.Millisecond
			a.dials(t)
			if who := a.who(t); !bytes.Equal(who.SignKey, a.before.SignKey) || who.spent(a.options.Code) {
				t.Errorf("it is %+v", who)
			}
			a.within = 0
		},
		"the power fails": func(a *anew, t *testing.T) {
			l, err := New(a.options)
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- l.Run(ctx) }()
			eventually(t, "it asks", func() bool { return a.desk.asks() > 0 })
			stop()
			if err := <-done; err != nil {
				t.Errorf("Run: %v", err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAnew(t)
			a.desk.lost = 1000
			ends(a, t)
			a.desk.mu.Lock()
			a.desk.lost = 0
			a.desk.mu.Unlock()
			a.dials(t)
			who := a.who(t)
			if !bytes.Equal(who.verifyingKey(), a.desk.taken["right"]) || who.Answer.Broker != a.desk.answer.Broker {
				t.Errorf("the information system knows other keys: it is %+v", who)
			}
			if who.Next != nil || !who.spent("right") {
				t.Errorf("it goes on joining: %+v", who)
			}
		})
	}
}

// TestJoinAnewWhileShutOut: where the broker knows other keys already, and the answer comes only later, nobody has to start
// the cabinet once more.
func TestJoinAnewWhileShutOut(t *testing.T) {
	a := newAnew(t)
	a.desk.lost, a.cloud.away = 1000, true
	l, err := New(a.options)
	if err != nil {
		t.Fatal(err)
	}
	l.anewWithin = 300 * time.Millisecond
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	eventually(t, "it asks, and dials as who it was", func() bool {
		a.cloud.mu.Lock()
		defer a.cloud.mu.Unlock()
		return a.desk.asks() > 0 && a.cloud.dialled > 0
	})
	a.desk.mu.Lock()
	a.desk.lost = 0
	a.desk.mu.Unlock()
	eventually(t, "it has other keys", func() bool { return !bytes.Equal(a.who(t).SignKey, a.before.SignKey) })
	stop()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
	if who := a.who(t); !bytes.Equal(who.verifyingKey(), a.desk.taken["right"]) || !who.spent("right") {
		t.Error("the information system knows other keys")
	}
}

// TestJoinAnewIsNotStored: a disk that refuses leaves the cabinet who it was.
func TestJoinAnewIsNotStored(t *testing.T) {
	a := newAnew(t)
	a.shelf.refuses = errors.New("no space left on device")
	l, err := New(a.options)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Run(t.Context()); !errors.Is(err, a.shelf.refuses) {
		t.Errorf("Run: %v", err)
	}
	a.shelf.refuses = nil
	if who := a.who(t); !bytes.Equal(who.SignKey, a.before.SignKey) || who.spent(a.options.Code) || who.Next != nil {
		t.Errorf("it is somebody else: %+v", who)
	}
}

// TestProxyThatAnswersWhileJoiningAnew: whoever else answers after the information system took the keys, a proxy, a portal
// or a firewall, the cabinet keeps them and asks again.
func TestProxyThatAnswersWhileJoiningAnew(t *testing.T) {
	for _, status := range []int{http.StatusFound, http.StatusForbidden, http.StatusNotFound, http.StatusConflict} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			a := newAnew(t)
			a.desk.lost = 1
			var asked atomic.Int32
			front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if asked.Add(1) == 2 {
					w.Header().Set("Location", "http://portal.invalid/")
					w.WriteHeader(status)
					return
				}
				a.desk.ServeHTTP(w, r)
			}))
			t.Cleanup(front.Close)
			a.options.URL, a.within = front.URL, 50*time.Millisecond
			a.dials(t) // the answer is lost
			a.dials(t) // another one answers
			a.within = 0
			a.dials(t)
			if who := a.who(t); !bytes.Equal(who.verifyingKey(), a.desk.taken["right"]) {
				t.Errorf("the information system took keys that the cabinet threw away: next %v, code spent %v", who.Next != nil, who.spent("right"))
			}
		})
	}
}

// TestJoinAnewForgetsOrders: what the information system of before signed opens nothing any more, nor what of it still waits.
func TestJoinAnewForgetsOrders(t *testing.T) {
	a := newAnew(t)
	l, err := New(a.options)
	if err != nil {
		t.Fatal(err)
	}
	l.orders.meet([16]byte{1}, time.Hour)
	waits := wire.Command{Nonce: [16]byte{1}, Uptime: time.Hour.Milliseconds(), TTL: 30_000}
	if err := l.orders.fresh(waits, time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, err := l.joinAnew(t.Context(), a.who(t), "right"); err != nil {
		t.Fatal(err)
	}
	if err := l.orders.fresh(waits, time.Hour); !errors.Is(err, controller.ErrStale) {
		t.Errorf("after joining anew it is %v", err)
	}
}
