package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
)

// TestKilledAtTheOpenDoor kills the real program, a process of its own, while a door stands open for its
// parcel. The next start knows of it, pulses nothing, and the parcel counts as collected when the door is shut.
func TestKilledAtTheOpenDoor(t *testing.T) {
	t.Parallel()
	s := &story{rig: newRig(t), newest: map[string]string{}}
	steps := func(steps ...string) {
		t.Helper()
		for _, step := range steps {
			if err := s.take(step); err != nil {
				t.Fatalf("%s: %v\n%s", step, err, s.journal())
			}
		}
	}
	steps("given ada, with a parcel in slot 1", "power off")
	fingers, err := prints.shown()
	if err != nil {
		t.Fatal(err)
	}
	p, err := startProgram(s.dir, fingers)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.say("finger ada"); err != nil {
		t.Error(err)
	}
	err = eventually(func() error {
		if !p.shows("slot-open") {
			return errors.New("the touchscreen does not show the open door")
		}
		return s.openOnDisk(1)
	})
	if err := errors.Join(err, p.command.Process.Kill()); err != nil {
		t.Error(err)
	}
	p.command.Wait() // says that it was killed
	if t.Failed() {
		t.Fatalf("the program's log:\n%s", &p.log)
	}
	steps("power on", "pulses 1:2", "parcel out of 1", "door 1 shut", "noted collected 1", "pulses 1:2", "never noted forced")
	if err := s.d.store.Verify(); err != nil {
		t.Error(err)
	}
}

// openOnDisk tells whether the sandbox, whose doors are part of the world and not of the program, has written
// down that a door is open.
func (r *rig) openOnDisk(slot int) error {
	text, err := os.ReadFile(filepath.Join(r.dir, "sandbox.json"))
	if err != nil {
		return err
	}
	var world struct{ Doors []struct{ Open bool } }
	if err := json.Unmarshal(text, &world); err != nil {
		return err
	}
	if !world.Doors[slot-1].Open {
		return fmt.Errorf("door %d is shut", slot)
	}
	return nil
}

// TestProgramRefuses: what hinders a start is one line that says what to do, and the exit status is not 0.
func TestProgramRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "device.key"), []byte("too short"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := newProgram(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	err = p.command.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("it ends with %v, want exit status 1", err)
	}
	if said := p.log.String(); !strings.HasPrefix(said, "lockerd: ") || !strings.Contains(said, "must have 32") || strings.Count(said, "\n") != 1 {
		t.Errorf("it says %q", said)
	}
}

// program is lockerd as a process of its own.
type program struct {
	command *exec.Cmd
	kiosk   string // its address
	front   string
	took    time.Duration // until its touchscreen was home
	log     bytes.Buffer  // read it when the program has ended
}

// newProgram returns lockerd, not yet started, on the state in dir. fingers is a folder of images, or empty.
func newProgram(dir, fingers string) (*program, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &program{}
	for _, address := range []*string{&p.kiosk, &p.front} {
		if *address, err = freePort(); err != nil {
			return nil, err
		}
	}
	args := []string{"run", "-config", "../../configs/sandbox.yaml", "-fingers", fingers}
	for _, set := range []string{"dir=" + dir, "sync.infosystem=", "kiosk.listen=" + p.kiosk, "front.listen=" + p.front, "fingerprint.pace=false"} {
		args = append(args, "-set", set)
	}
	p.command = exec.Command(self, args...)
	p.command.Env = append(os.Environ(), asProgram+"=1")
	p.command.Stdout, p.command.Stderr = &p.log, &p.log
	return p, nil
}

// startProgram starts lockerd and waits for its touchscreen.
func startProgram(dir, fingers string) (*program, error) {
	p, err := newProgram(dir, fingers)
	if err != nil {
		return nil, err
	}
	return p, p.start()
}

// start starts the program and waits for its touchscreen.
func (p *program) start() error {
	begun := time.Now()
	if err := p.command.Start(); err != nil {
		return err
	}
	for deadline := begun.Add(patience); !p.shows("home"); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			return errors.Join(fmt.Errorf("the touchscreen at %s does not answer", p.kiosk), p.stop())
		}
	}
	p.took = time.Since(begun)
	return nil
}

// freePort returns an address of this machine that nobody listens on.
func freePort() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// say says words of the sandbox.
func (p *program) say(words string) error {
	response, err := http.Post("http://"+p.front+"/words", "text/plain", strings.NewReader(words))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%q: %s", words, answer)
	}
	return err
}

// shows tells whether the touchscreen's page is that screen.
func (p *program) shows(screen string) bool {
	response, err := http.Get("http://" + p.kiosk + "/")
	if err != nil {
		return false
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	return err == nil && strings.Contains(string(page), `"screen screen-`+screen+`"`)
}

var rssAnon = regexp.MustCompile(`RssAnon:\s+(\d+) kB`)

// anonymous returns the memory in MB that is the program's own, not a file's.
func (p *program) anonymous() (float64, error) { return memoryOf(p.command.Process.Pid) }

// memoryOf returns the memory in MB that is a process's own, not a file's.
func memoryOf(pid int) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
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
