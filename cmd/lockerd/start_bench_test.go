package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"lockerd/controller"
	"lockerd/store"
)

// manyPeople is how many people a large cabinet's store knows.
const manyPeople = 10_000

// BenchmarkStart10k starts the real program, as a process of its own, on a store of 10,000 people with two
// fingers and a passcode each, twelve of them with a parcel, and measures until the touchscreen's page is
// home. "anon" is the most anonymous memory that the process had until a second later.
func BenchmarkStart10k(b *testing.B) {
	dir := b.TempDir()
	if err := seed(dir); err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	most, last := 0.0, 0.0
	for b.Loop() {
		p, err := startProgram(dir)
		if err != nil {
			b.Fatal(err)
		}
		took = append(took, p.took)
		for end := time.Now().Add(time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			last, err = p.anonymous()
			most = max(most, last)
		}
		if err := errors.Join(err, p.stop()); err != nil {
			b.Fatalf("%v\n%s", err, &p.log)
		}
	}
	b.ReportMetric(0, "ns/op") // holds the second of watching
	report(b, "start", took)
	b.ReportMetric(most, "anon-max-MB")
	b.ReportMetric(last, "anon-MB")
}

// seed makes the store.
func seed(dir string) error {
	s, err := store.Open(filepath.Join(dir, "lockerd.db"), store.KeyFile{Path: filepath.Join(dir, "device.key")}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	template, err := enrolled("ada")
	if err != nil {
		return err
	}
	for version := range uint64(manyPeople / 500) {
		var records []controller.DesiredRecord
		for i := range 500 {
			name := fmt.Sprintf("person-%05d", int(version)*500+i)
			records = append(records, recipient(name))
			for _, record := range template[1:] {
				first := *record.First
				first.Recipient, first.ID = controller.RecipientID("r-"+name), name+first.ID
				records = append(records, controller.DesiredRecord{Key: "verification/" + first.ID, First: &first})
			}
		}
		err := s.Commit(controller.Change{Desired: &controller.DesiredChange{From: version, To: version + 1, Records: records}})
		if err != nil {
			return err
		}
	}
	var lying []controller.Parcel
	for slot := range controller.Slot(12) {
		lying = append(lying, controller.Parcel{ID: controller.ParcelID(fmt.Sprint("p", slot)), Size: controller.Small, Phase: controller.Stored,
			Recipient: controller.RecipientID(fmt.Sprintf("r-person-%05d", slot)), Slot: slot + 1, Generation: uint64(slot) + 1, Stored: time.Now()})
	}
	return errors.Join(s.Commit(controller.Change{Parcels: lying}), s.Close())
}

// program is lockerd as a process of its own.
type program struct {
	command *exec.Cmd
	kiosk   string
	took    time.Duration // until its touchscreen was home
	log     bytes.Buffer  // read it when the program has ended
}

// startProgram starts lockerd on the state in dir and waits for its touchscreen.
func startProgram(dir string, sets ...string) (*program, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	kiosk, err := freePort()
	if err != nil {
		return nil, err
	}
	p := &program{kiosk: kiosk}
	args := []string{"run", "-config", "../../configs/sandbox.yaml"}
	for _, set := range append([]string{"dir=" + dir, "sync.infosystem=", "kiosk.listen=" + kiosk, "front.listen=127.0.0.1:0", "fingerprint.pace=false"}, sets...) {
		args = append(args, "-set", set)
	}
	p.command = exec.Command(self, args...)
	p.command.Env = append(os.Environ(), asProgram+"=1")
	p.command.Stdout, p.command.Stderr = &p.log, &p.log
	begun := time.Now()
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	for deadline := begun.Add(patience); !p.home(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			return nil, errors.Join(fmt.Errorf("the touchscreen at %s does not answer", kiosk), p.stop())
		}
	}
	p.took = time.Since(begun)
	return p, nil
}

// freePort returns an address of this machine that nobody listens on.
func freePort() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// home tells whether the touchscreen shows the home screen.
func (p *program) home() bool {
	response, err := http.Get("http://" + p.kiosk + "/")
	if err != nil {
		return false
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	return err == nil && strings.Contains(string(page), "screen-home")
}

var rssAnon = regexp.MustCompile(`RssAnon:\s+(\d+) kB`)

// anonymous returns the memory in MB that is the process's own, not a file's.
func (p *program) anonymous() (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	found := rssAnon.FindSubmatch(status)
	if found == nil {
		return 0, errors.New("the kernel does not tell RssAnon")
	}
	kilobytes, err := strconv.Atoi(string(found[1]))
	return float64(kilobytes) / 1000, err
}

// stop ends the program in order.
func (p *program) stop() error {
	return errors.Join(p.command.Process.Signal(syscall.SIGTERM), p.command.Wait())
}
