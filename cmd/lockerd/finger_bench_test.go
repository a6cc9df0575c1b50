package main

import (
	"context"
	"log/slog"
	"net"
	"runtime"
	"syscall"
	"testing"
	"time"

	"lockerd/controller"
	"lockerd/drivers/fingerprint"
	"lockerd/drivers/fingerprint/fingerprinttest"
	"lockerd/matcher"
	ridges "lockerd/matcher/fingerprint"
	"lockerd/matcher/fingerprint/synthetic"
)

// grown is a synthetic finger that can be laid on the emulated module.
type grown struct {
	seed   uint64
	finger *synthetic.Finger
}

func (g grown) Identity() uint64 { return g.seed }

func (g grown) Impression(n uint64, width, height int) []byte {
	return g.finger.Impression(n, width, height)
}

// lastByte is a host's line that remembers when the last byte came, by the clock and by the processor time of
// the thread.
type lastByte struct {
	net.Conn
	at  time.Time
	cpu time.Duration
}

func (l *lastByte) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	if n > 0 {
		l.at, l.cpu = time.Now(), processorTime()
	}
	return n, err
}

// processorTime is what this thread has used so far.
func processorTime() time.Duration {
	const thisThread = 1
	var usage syscall.Rusage
	syscall.Getrusage(thisThread, &usage) // fails for no thread that asks for itself
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkLastByteToVerdict measures from the last byte of a finger's image, 256×288 pixels that come packet by
// packet from an emulated module, to the verdict among 60 people who enrolled a finger with three impressions
// and whose templates are prepared, as they are while their parcels lie here. Nothing is written to a disk.
// "cpu" is the same in the thread's processor time, which other programs disturb less.
func BenchmarkLastByteToVerdict(b *testing.B) {
	const people, fingers = 60, 20 // each of the fingers stands for three people
	engine := ridges.New(ridges.Options{})
	var shown []grown
	var firsts []matcher.Identification
	for seed := range uint64(fingers) {
		finger := grown{seed, synthetic.New(1000 + seed)}
		var samples []matcher.Sample
		for n := range uint64(3) {
			samples = append(samples, matcher.Sample{Kind: matcher.Fingerprint, Bytes: finger.Impression(n, 256, 288), Width: 256, Height: 288, DPI: 500})
		}
		first, err := engine.Enrol(samples)
		if err == nil {
			first, err = engine.Prepare(first)
		}
		if err != nil {
			b.Fatal(err)
		}
		shown, firsts = append(shown, finger), append(firsts, first)
	}
	var enrolled []matcher.Identification
	for person := range people {
		enrolled = append(enrolled, firsts[person%fingers])
	}
	host, module := net.Pipe()
	emulated := fingerprinttest.New(fingerprinttest.Options{Model: fingerprinttest.R307})
	ended := make(chan error, 1)
	go func() { ended <- emulated.Serve(context.Background(), module) }()
	defer func() { host.Close(); <-ended }()
	line := &lastByte{Conn: host}
	sensor := &finger{module: fingerprint.New(line, fingerprint.Options{Poll: time.Millisecond}), compare: "host", log: slog.New(slog.DiscardHandler)}

	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var took, cpu, unpacked, extracted []time.Duration
	turn := 0
	touch := func() {
		owner := turn % fingers
		emulated.Put(shown[owner], uint64(10+turn))
		turn++
		sensor.laid = false // the finger before was lifted
		sample, err := sensor.Capture(b.Context(), controller.ToCompare, func(controller.Progress) {})
		if err != nil {
			b.Fatal(err)
		}
		unpacked = append(unpacked, processorTime()-line.cpu)
		second, err := engine.Extract(sample)
		if err != nil {
			b.Fatal(err)
		}
		extracted = append(extracted, processorTime()-line.cpu)
		best, least := -1, 2.0
		for person, result := range matcher.CompareAll(engine, enrolled, second) {
			if result.Err != nil {
				b.Fatal(result.Err)
			}
			if result.Match && result.FMR < least {
				best, least = person%fingers, result.FMR
			}
		}
		took, cpu = append(took, time.Since(line.at)), append(cpu, processorTime()-line.cpu)
		emulated.Lift()
		if best != owner {
			b.Errorf("the finger of %d was taken for %d's", owner, best)
		}
	}
	for b.Loop() {
		touch()
	}
	for len(took) < leastSamples/4 {
		touch()
	}
	b.ReportMetric(0, "ns/op") // of the wire, too
	report(b, "last-byte-to-verdict", took)
	report(b, "last-byte-to-verdict-cpu", cpu)
	report(b, "last-byte-to-image-cpu", unpacked)
	report(b, "last-byte-to-features-cpu", extracted)
}
