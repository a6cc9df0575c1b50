package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"periph.io/x/conn/v3/gpio"

	"lockerd/controller"
	"lockerd/drivers/lock"
	"lockerd/drivers/sandbox"
)

// leastSamples is how often at least a code is measured, so that there is a 99th percentile; a touch, which takes
// longer, an eighth as often.
const leastSamples = 400

// edge is a relay that tells when it is switched on.
type edge struct {
	gpio.PinOut
	rose chan<- time.Time
}

// Out is gpio.PinOut's.
func (e edge) Out(l gpio.Level) error {
	if l {
		e.rose <- time.Now()
	}
	return e.PinOut.Out(l)
}

// benchRig is a cabinet that runs, with an eye on the relay of slot 1.
type benchRig struct {
	*rig
	rose    chan time.Time
	parcels uint64
}

func newBenchRig(b *testing.B, sets ...string) *benchRig {
	r := &benchRig{rig: newRig(b, sets...), rose: make(chan time.Time, 8)}
	r.rig.doors = func(d *cabinet) map[controller.Slot]controller.Lock {
		box := d.hardware.box
		l, err := lock.New(lock.Config{Relay: edge{box.Relay(1), r.rose}, Switch: box.Switch(1), ShutLevel: sandbox.ShutLevel,
			Pulse: d.cfg.Lock.Pulse, Poll: time.Millisecond})
		r.check(err)
		return map[controller.Slot]controller.Lock{1: l}
	}
	r.check(r.on())
	return r
}

func (r *benchRig) check(err error) {
	if err != nil {
		r.t.Helper()
		r.t.Fatal(err)
	}
}

// stored lays the next parcel into slot 1, as if a courier had.
func (r *benchRig) stored(name string) controller.ParcelID {
	r.parcels++
	p := controller.Parcel{ID: controller.ParcelID(fmt.Sprint("p", r.parcels)), Recipient: controller.RecipientID("r-" + name),
		Size: controller.Small, Phase: controller.Stored, Slot: 1, Stored: time.Now(), Generation: r.parcels}
	r.check(r.d.store.Commit(controller.Change{Parcels: []controller.Parcel{p},
		Entries: []controller.Entry{{At: time.Now(), What: controller.Deposited, Slot: 1, Parcel: p.ID}}}))
	return p.ID
}

// collected shuts the door behind the parcel, and runs next before the touchscreen goes home.
func (r *benchRig) collected(next func()) {
	r.check(r.seesScreen(controller.SlotOpen))
	r.check(r.say("door 1 shut"))
	r.check(r.seesScreen(controller.Message))
	next()
	r.check(r.tap("ok", ""))
	r.check(r.seesScreen(controller.Home))
}

// BenchmarkTouchToRelay measures from a finger's touch to the relay's rising edge, where the module compares and
// where this machine does: without the wire's time for the image, which an unpaced module does not take. The module
// is asked for a finger every 100 ms; a touch waits for that 50 ms on average. The target is a second.
func BenchmarkTouchToRelay(b *testing.B) {
	for _, where := range []string{"module", "host"} {
		b.Run(where, func(b *testing.B) { touchToRelay(b, newBenchRig(b, "fingerprint.compare="+where)) })
	}
}

func touchToRelay(b *testing.B, r *benchRig) {
	records, err := enrolled("ada")
	r.check(err)
	r.check(r.desire(records...))
	r.stored("ada")
	r.check(r.tap("pickup", "")) // another view: the module learns who has a parcel here
	r.check(r.tap("back", ""))
	var took []time.Duration
	touch := func() {
		begun := time.Now()
		r.check(r.lay("ada"))
		took = append(took, (<-r.rose).Sub(begun))
		r.collected(func() { r.stored("ada") })
		time.Sleep(250 * time.Millisecond) // the module sees the empty glass
	}
	for b.Loop() {
		touch()
	}
	for len(took) < leastSamples/8 {
		touch()
	}
	b.ReportMetric(0, "ns/op") // of what lies between the touches, too
	report(b, "touch-to-relay", took)
}

// BenchmarkCodeToRelay measures from the eight digits of a code to the relay's rising edge, on a store on the
// disk of TMPDIR, and in the same run what that disk takes for as many bare syncs: to write a page and sync
// it, once for each commit before the pulse. bbolt itself syncs twice a commit. "beyond" is the difference.
func BenchmarkCodeToRelay(b *testing.B) {
	r := newBenchRig(b)
	r.check(r.desire(recipient("bo")))
	file, err := os.Create(filepath.Join(r.dir, "bare"))
	r.check(err)
	defer file.Close()
	var took, bare []time.Duration
	commits := 0
	pickUp := func() {
		parcel := r.stored("bo")
		r.check(r.d.controller.Execute(context.Background(), controller.RemoteCommand{ID: string(parcel), Action: "recode", Parcel: parcel}))
		before := r.supply.count()
		begun := time.Now()
		r.check(r.d.controller.Answer(controller.Answer{Act: controller.ActDigits, Text: r.post.code(parcel)}))
		took = append(took, (<-r.rose).Sub(begun))
		commits = r.supply.count() - before
		r.collected(func() {})
		bare = append(bare, r.sync(file, commits))
	}
	for b.Loop() {
		pickUp()
	}
	for len(took) < leastSamples {
		pickUp()
	}
	b.ReportMetric(0, "ns/op") // of what lies between the codes, too
	b.ReportMetric(float64(commits), "commits")
	report(b, "code-to-relay", took)
	report(b, "bare-sync", bare)
	b.ReportMetric(milliseconds(percentile(took, 99)-percentile(bare, 99)), "beyond-p99-ms")
}

// sync writes and syncs one page so many times.
func (r *benchRig) sync(file *os.File, times int) time.Duration {
	page := make([]byte, 4096)
	begun := time.Now()
	for i := range times {
		_, err := file.WriteAt(page, int64(i)*4096)
		r.check(err)
		r.check(file.Sync())
	}
	return time.Since(begun)
}

func report(b *testing.B, what string, took []time.Duration) {
	for _, p := range []int{50, 99} {
		b.ReportMetric(milliseconds(percentile(took, p)), fmt.Sprintf("%s-p%d-ms", what, p))
	}
}

// percentile returns the p-th percentile: the smallest value that p in a hundred do not exceed.
func percentile(took []time.Duration, p int) time.Duration {
	sorted := slices.Sorted(slices.Values(took))
	return sorted[(len(sorted)*p+99)/100-1]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
