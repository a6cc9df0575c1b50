package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/signal"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"lockerd/controller"
	"lockerd/drivers/lock/board/boardtest"
	"lockerd/drivers/sandbox"
)

// The tests in this file are parts of packaging/test-booted: a Debian that runs, where lockerd and infosystem are
// services of systemd, started from their packages. Its locks are on an emulated board, fingers and console on terminals.

// onMachine is the folder in which the parts leave word for each other, or skips the test.
func onMachine(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("LOCKERD_MACHINE")
	if dir == "" {
		t.Skip("skipped: it runs in a Debian of its own (make test-boot)")
	}
	return dir
}

// machineSlots are those of configs/cabinet.yaml.
const machineSlots = 12

// cabinetFront is what stands before and behind the doors: coils that open a door, people who shut it, fingers and keys.
type cabinetFront struct {
	box  *sandbox.Cabinet // for fingers and the console: their wires are terminals
	shut func(slot int)   // a door, as people do
}

// TestMachineFront is the cabinet's front, until it is told to end.
func TestMachineFront(t *testing.T) {
	dir := onMachine(t)
	ctx, stop := signal.NotifyContext(t.Context(), syscall.SIGTERM)
	defer stop()
	box, err := sandbox.New(sandbox.Options{Slots: machineSlots, Dir: filepath.Join(dir, "box")})
	if err != nil {
		t.Fatal(err)
	}
	board := &boardtest.CU16{Address: 1}
	line, err := boardtest.Open(board)
	if err == nil {
		err = os.Symlink(line.Path(), filepath.Join(dir, "locks"))
	}
	if err != nil {
		t.Fatal(err)
	}
	defer line.Close()
	f := &cabinetFront{box: box, shut: board.Push}
	ports := []string{box.ModulePort(), box.ConsolePort(), line.Path()}
	if err := lend(ports, dir, filepath.Join(dir, "box")); err != nil {
		t.Fatal(err)
	}
	go box.Run(ctx)
	server := http.Server{Addr: "127.0.0.1:8081", Handler: http.HandlerFunc(f.words)}
	go server.ListenAndServe()
	defer server.Close()
	<-ctx.Done()
}

// lend gives the service's user the terminals, and a way to them.
func lend(ports []string, folders ...string) error {
	who, err := user.Lookup("lockerd")
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(who.Uid)
	for _, port := range ports {
		err = errors.Join(err, os.Chown(port, uid, 0)) // what the link leads to
	}
	for _, folder := range folders {
		err = errors.Join(err, os.Chmod(folder, 0o711))
	}
	return err
}

// words are the sandbox's, as far as the story says them.
func (f *cabinetFront) words(w http.ResponseWriter, r *http.Request) {
	line, err := io.ReadAll(r.Body)
	var slot int
	text := string(line)
	switch {
	case err != nil:
	case scans(text, "door %d shut", &slot):
		f.shut(slot)
	case strings.HasPrefix(text, "parcel "): // the board does not know
	default:
		_, err = f.box.Words(text)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

func scans(text, form string, to any) bool {
	n, err := fmt.Sscanf(text, form, to)
	return n == 1 && err == nil
}

// machineTown is the town of services that run already.
func machineTown(t *testing.T) *teller {
	t.Helper()
	dir := onMachine(t)
	token, err := os.ReadFile("/var/lib/infosystem/api.token")
	if err != nil {
		t.Fatal(err)
	}
	return &teller{town: &town{places: places{dir: dir}, front: &front{base: "http://127.0.0.1:8081"},
		desk: &desk{base: "http://127.0.0.1:8082/api/v1", token: string(bytes.TrimSpace(token))}}}
}

// typedAtTheScreen stands before the cabinet's front since there is no keyboard: keys become digits typed at the screen.
func (t *teller) typedAtTheScreen() http.HandlerFunc {
	behind := *t.front
	return func(w http.ResponseWriter, r *http.Request) {
		line, err := io.ReadAll(r.Body)
		var keys string
		if scans(string(line), "type %s", &keys) {
			err = errors.Join(err, t.screen.does(controller.ActDigits, strings.TrimSuffix(keys, "#")))
		} else if err == nil {
			err = behind.say(string(line))
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	}
}

// watch takes the place of the screen's browser.
func (t *teller) watch(ctx context.Context) error {
	key, err := os.ReadFile("/run/lockerd/kiosk.token")
	if err != nil {
		return err
	}
	t.screen, err = watchScreen(ctx, "http://127.0.0.1:8080", "/enter?key="+url.QueryEscape(string(bytes.TrimSpace(key))))
	return err
}

// TestMachineIntroduced is the operator's part: a cabinet, a join code, staff.
func TestMachineIntroduced(t *testing.T) {
	town := machineTown(t)
	if err := os.MkdirAll(town.cabinetDir(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(town.introduce(t.Context()), town.employ(t.Context())); err != nil {
		t.Fatal(err)
	}
}

// machineStory is what of the method is told on the machine: the network's cut and the restart have parts of
// their own, and it has no microphone.
var machineStory = []step{
	{"Ada enrols at the touchscreen: two fingers, a pattern, a passcode, with consent", (*teller).enrols, false},
	{"a parcel is assigned to Ada, a courier drops it off, and Ada is told of it", (*teller).adaGetsParcel, false},
	{"Ada's finger opens her slot and no other", (*teller).fingerOpens, false},
	{"the door is shut: collected, and the information system knows", (*teller).collected, false},
	{"the same by pattern", (*teller).byPattern, false},
	{"the same by passcode", (*teller).byPasscode, false},
	{"a stranger's finger opens nothing and is told so", (*teller).stranger, false},
	{"Bo stored nothing: a code is sent to him", (*teller).boGetsCode, false},
	{"a wrong code is refused, the right one opens, a second use is refused", (*teller).boUsesCode, false},
	{"codes for everyone: Ada gets one, too", (*teller).everyone, false},
	{"a courier brings a parcel by its recipient's phone number, who agreed to the locker and gets a code", (*teller).walkUp, false},
	{"two recalled parcels are taken back in one go", (*teller).takesBack, false},
	{"an operator opens a door from afar", (*teller).fromAfar, false},
	{"a technician signs in on the serial console, opens a slot with a reason, runs the self-test", (*teller).technician, false},
	{"a parcel for Ada stays", func(t *teller, ctx context.Context) error { return t.parcelFor(ctx, "S-8", t.ada) }, false},
}

// TestMachineStory tells the method through services of systemd.
func TestMachineStory(t *testing.T) {
	teller := machineTown(t)
	if err := teller.watch(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer teller.screen.close()
	server := httptest.NewServer(teller.typedAtTheScreen())
	defer server.Close()
	teller.front = &front{base: server.URL}
	for i, s := range machineStory {
		at := time.Now()
		if err := s.do(teller, t.Context()); err != nil {
			t.Fatalf("%2d  %s: %v", i+1, s.name, err)
		}
		t.Logf("%2d  %5.1f s  %s", i+1, time.Since(at).Seconds(), s.name)
	}
}

// TestMachineRejoined is the operator's part when the cabinet joins anew.
func TestMachineRejoined(t *testing.T) {
	town := machineTown(t)
	if err := errors.Join(os.MkdirAll(town.cabinetDir(), 0o700), town.inviteCabinet(t.Context())); err != nil {
		t.Fatal(err)
	}
}

// TestMachineAfar has an operator open a door: a command goes down, and what became of it comes up.
func TestMachineAfar(t *testing.T) {
	teller := machineTown(t)
	if err := teller.watch(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer teller.screen.close()
	if err := teller.fromAfar(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestMachineAlone picks up, by finger, what stayed in the story, while no information system runs.
func TestMachineAlone(t *testing.T) {
	teller := machineTown(t)
	if err := teller.watch(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer teller.screen.close()
	v, err := teller.touch(t.Context(), "ada")
	if err != nil || v.screen != controller.SlotOpen {
		t.Fatalf("the touchscreen shows %q (%s), %v", v.screen, v.text, err)
	}
	if err := teller.shut(t.Context(), v.slot); err != nil {
		t.Fatal(err)
	}
}
