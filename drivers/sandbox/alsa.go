package sandbox

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"lockerd/drivers/microphone"
)

// alsa has arecord, the program that records on a real cabinet, too, record what the emulated microphone hears: a
// device of ALSA's "file" plugin reads it from a pipe.
type alsa struct {
	speech *speech
	dir    string
	speed  time.Duration // times real time
}

// device is the definition of the microphone; the pipe's path is put in.
const (
	device = `pcm.sandbox { type plug slave {
	pcm { type file slave.pcm { type null } file "/dev/null" infile %q format raw }
	rate 16000 channels 1 format S16_LE
} }
`
	// period is what arecord reads at once, an eighth of a second, in bytes. A shorter read from a pipe would be
	// taken for a whole one.
	period = microphone.Rate / 8 * 2
)

// record starts a recording.
func (a alsa) record(ctx context.Context) (io.ReadCloser, error) {
	if !a.speech.take(nil) {
		return nil, fmt.Errorf("cannot open the emulated microphone: %w", microphone.ErrGone)
	}
	folder, err := os.MkdirTemp(a.dir, "microphone-")
	if err != nil {
		return nil, fmt.Errorf("cannot make a pipe to the microphone: %w", err)
	}
	r := &taped{alsa: a, folder: folder, end: make(chan struct{})}
	if err := r.begin(ctx); err != nil {
		return nil, fmt.Errorf("cannot record with arecord: %w", err)
	}
	return r, nil
}

// taped is a recording by arecord.
type taped struct {
	io.Reader
	alsa
	folder  string
	pipe    *os.File
	arecord io.Closer
	once    sync.Once
	end     chan struct{}
	playing sync.WaitGroup
	gone    bool
	err     error
}

// begin starts arecord, and the sound.
func (r *taped) begin(ctx context.Context) (err error) {
	config, pipe := filepath.Join(r.folder, "asound.conf"), filepath.Join(r.folder, "sound")
	if err = os.WriteFile(config, fmt.Appendf(nil, device, pipe), 0o600); err == nil {
		err = syscall.Mkfifo(pipe, 0o600)
	}
	if err == nil { // for reading, too, so that opening waits for nobody
		r.pipe, err = os.OpenFile(pipe, os.O_RDWR, 0)
	}
	if err != nil {
		os.RemoveAll(r.folder)
		return err
	}
	stream, err := microphone.Arecord("sandbox", "ALSA_CONFIG_PATH="+config)(ctx)
	if err != nil {
		r.pipe.Close()
		os.RemoveAll(r.folder)
		return err
	}
	r.Reader, r.arecord = stream, stream
	r.playing.Go(r.play)
	return nil
}

// play sounds at the pace of real time until the recording ends.
func (r *taped) play() {
	b := make([]byte, period)
	beat := time.NewTicker(time.Second / 8 / r.speed)
	defer beat.Stop()
	for {
		if !r.speech.take(b) { // pulled out: arecord would wait for ever
			r.gone = true
			r.arecord.Close()
			return
		}
		if _, err := r.pipe.Write(b); err != nil {
			return
		}
		select {
		case <-r.end:
			return
		case <-beat.C:
		}
	}
}

// Close ends the recording.
func (r *taped) Close() error {
	r.once.Do(func() {
		close(r.end)
		r.err = r.arecord.Close()
		r.pipe.Close()
		r.playing.Wait()
		os.RemoveAll(r.folder)
		r.speech.unheard()
		if r.gone {
			r.err = fmt.Errorf("the emulated microphone was pulled out: %w", microphone.ErrGone)
		}
	})
	return r.err
}
