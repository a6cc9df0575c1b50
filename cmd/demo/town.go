package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// cabinetID is the cabinet's name in the sandbox's settings.
const cabinetID = "demo"

// town is the whole system: two programs and the ways to talk to them.
type town struct {
	places
	infosystem, lockerd *process
	desk                *desk
	screen              *screen
	front               *front
	fresh               bool // the state was made just now
}

// process is a program that was started.
type process struct {
	name string
	cmd  *exec.Cmd
	log  *os.File
	done chan struct{}
	err  error // valid when done is closed
}

// open starts the information system, introduces the cabinet to it where that was not done before, and
// starts the cabinet. With paced, the emulated module takes its real time.
func open(ctx context.Context, p places, paced bool) (_ *town, err error) {
	t := &town{places: p}
	defer func() {
		if err != nil {
			t.stop()
		}
	}()
	if err := os.MkdirAll(t.cabinetDir(), 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the state folder: %w", err)
	}
	if err := t.startInfosystem(ctx); err != nil {
		return nil, err
	}
	if err := t.introduce(ctx); err != nil {
		return nil, fmt.Errorf("cannot introduce the cabinet: %w", err)
	}
	if err := t.startCabinet(ctx, paced); err != nil {
		return nil, err
	}
	return t, nil
}

func (t *town) cabinetDir() string { return filepath.Join(t.dir, "cabinet") }

func (t *town) startInfosystem(ctx context.Context) (err error) {
	dir := filepath.Join(t.dir, "infosystem")
	t.infosystem, err = t.start("infosystem", "serve", "--config", filepath.Join(t.configs, "infosystem.yaml"),
		"--set", "dir="+dir, "--set", "listen="+t.web, "--set", "broker.listen="+t.broker,
		"--hint", `Try this: add a person, assign a parcel to cabinet "demo", and drop it off at the touchscreen (courier 1001, secret 314159).`)
	if err != nil {
		return err
	}
	if err := t.infosystem.answers(ctx, "http://"+t.web+"/"); err != nil {
		return err
	}
	token, err := os.ReadFile(filepath.Join(dir, "api.token"))
	if err != nil {
		return fmt.Errorf("cannot read the API's token: %w", err)
	}
	t.desk = &desk{base: "http://" + t.web + "/api/v1", token: strings.TrimSpace(string(token))}
	return nil
}

// introduce gives the cabinet a one-time code to join with, the first time.
func (t *town) introduce(ctx context.Context) error {
	var known []struct{ ID string }
	if err := t.desk.get(ctx, "/cabinets", &known); err != nil {
		return err
	}
	if len(known) > 0 {
		return nil
	}
	t.fresh = true
	if err := t.desk.post(ctx, "/cabinets", map[string]any{"id": cabinetID, "name": "Sandbox"}, nil); err != nil {
		return err
	}
	return t.inviteCabinet(ctx)
}

// inviteCabinet lays down a one-time code for the cabinet to join with.
func (t *town) inviteCabinet(ctx context.Context) error {
	var join struct{ Code string }
	if err := t.desk.post(ctx, "/cabinets/"+cabinetID+"/join-codes", map[string]any{}, &join); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(t.cabinetDir(), "join.code"), []byte(join.Code+"\n"), 0o600)
}

func (t *town) startCabinet(ctx context.Context, paced bool) (err error) {
	args := []string{"run", "--config", filepath.Join(t.configs, "sandbox.yaml"), "--set", "dir=" + t.cabinetDir(),
		"--set", "kiosk.listen=" + t.kiosk, "--set", "front.listen=" + t.places.front,
		"--set", "sync.infosystem=http://" + t.web, "--set", fmt.Sprintf("fingerprint.pace=%v", paced),
		"--set", "fingerprint.compare=" + t.compare, "--set", "fingerprint.model=" + t.model}
	if t.fingers != "" {
		args = append(args, "--fingers", t.fingers)
	}
	if t.voice {
		model, err := t.trainVoices(ctx)
		if err != nil {
			return fmt.Errorf("cannot train a voice model: %w", err)
		}
		args = append(args, "--set", "off=[]", "--set", "voice.model="+model)
	}
	if t.lockerd, err = t.start("lockerd", args...); err != nil {
		return err
	}
	for _, address := range []string{t.places.front, t.kiosk} {
		if err := t.lockerd.answers(ctx, "http://"+address+"/"); err != nil {
			return err
		}
	}
	t.front = &front{base: "http://" + t.places.front}
	t.screen, err = watchScreen(ctx, "http://"+t.kiosk, "/")
	return err
}

// start runs one of the programs. What it tells people goes to this program's output, its log to a file.
func (t *town) start(name string, args ...string) (*process, error) {
	log, err := os.OpenFile(filepath.Join(t.dir, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot open a log: %w", err)
	}
	p := &process{name: name, log: log, done: make(chan struct{})}
	p.cmd = exec.Command(filepath.Join(t.bin, name), args...)
	p.cmd.Stdout, p.cmd.Stderr = os.Stdout, log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM} // Ctrl-C is for demo, which stops them in order
	if err := p.cmd.Start(); err != nil {
		log.Close()
		return nil, fmt.Errorf("cannot start %s: %w (run make build first)", name, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		log.Close()
		close(p.done)
	}()
	return p, nil
}

// answers waits until the program serves a page.
func (p *process) answers(ctx context.Context, url string) error {
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		response, err := http.Get(url)
		if err == nil {
			response.Body.Close()
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.done:
			return p.ended()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return fmt.Errorf("%s does not answer at %s: see %s", p.name, url, p.log.Name())
}

// ended tells why a program ended, with the last line of its log.
func (p *process) ended() error {
	log, err := os.ReadFile(p.log.Name())
	if err != nil {
		return fmt.Errorf("%s ended: %w", p.name, p.err)
	}
	lines := strings.Split(strings.TrimSpace(string(log)), "\n")
	last := lines[len(lines)-1]
	if strings.Contains(last, "address already in use") {
		last += "\ndoes it run already? Otherwise choose other addresses, for example: make run ARGS=\"-kiosk 127.0.0.1:9080 -front 127.0.0.1:9081 -web 127.0.0.1:9082 -broker 127.0.0.1:9884\""
	}
	return fmt.Errorf("%s ended (%v): %s\nits whole log: %s", p.name, p.err, last, p.log.Name())
}

// stop ends the cabinet first, then the information system.
func (t *town) stop() {
	if t.screen != nil {
		t.screen.close()
	}
	for _, p := range []*process{t.lockerd, t.infosystem} {
		if p != nil {
			p.stop()
		}
	}
}

// stop asks the program to end and waits for it; one that hangs is killed.
func (p *process) stop() {
	p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(15 * time.Second):
		p.cmd.Process.Kill()
		<-p.done
	}
}

// wait lasts until ctx ends or a program does.
func (t *town) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		fmt.Println("\nstopping …")
		return nil
	case <-t.lockerd.done:
		return t.lockerd.ended()
	case <-t.infosystem.done:
		return t.infosystem.ended()
	}
}

// freePorts returns n addresses on this machine where nothing listens.
func freePorts(n int) ([]string, error) {
	var addresses []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("cannot find a free port: %w", err)
		}
		defer l.Close()
		addresses = append(addresses, l.Addr().String())
	}
	return addresses, nil
}
