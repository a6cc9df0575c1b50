package hotplug

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// A device that was there for less than steady, short times in a row, comes and goes.
const (
	steady = time.Minute
	short  = 3
)

// news tells what becomes of a device, each thing once.
type news struct {
	gone   error
	change func(error)

	mu     sync.Mutex
	told   string // last
	since  time.Time
	there  bool
	shorts int         // how many times in a row it stayed for less than steady
	stays  *time.Timer // tells of a device that stays after all
}

// came is told that the device is there.
func (n *news) came() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.there, n.since = true, time.Now()
	if n.shorts < short {
		n.tell(nil)
		return
	}
	n.stays = time.AfterFunc(steady, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		if n.there && time.Since(n.since) >= steady {
			n.shorts = 0
			n.tell(nil)
		}
	})
}

// went is told why the device is not there.
func (n *news) went(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.there && time.Since(n.since) < steady {
		n.shorts++
	} else if n.there {
		n.shorts = 0
	}
	n.leave()
	if n.shorts >= short {
		err = fmt.Errorf("%w: it comes and goes", n.gone)
	}
	n.tell(err)
}

// end is told that nobody listens any more.
func (n *news) end() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.leave()
}

func (n *news) leave() {
	n.there = false
	if n.stays != nil {
		n.stays.Stop()
	}
}

func (n *news) tell(err error) {
	now := fmt.Sprint(err)
	if errors.Is(err, n.gone) && n.shorts < short {
		now = n.gone.Error()
	}
	if now != n.told {
		n.change(err)
	}
	n.told = now
}
