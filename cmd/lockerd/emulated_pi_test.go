package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"lockerd/controller"
)

// bootPatience is how long an emulated Pi may take to boot and to do what it is told: it is some 20 times slower than
// its host, which may have much else to do.
const bootPatience = 4 * time.Minute

// piSettings are those of a cabinet of two slots on the lines of a Pi 3.
const piSettings = `
name: Emulated Pi
dir: /var/lib/lockerd
hardware: pi
gpio: {chip: pinctrl-bcm2835}
slots:
  - {number: 1, size: small, relay: GPIO17, switch: GPIO22}
  - {number: 2, size: small, relay: GPIO27, switch: GPIO23}
lock: {pulse: 2s, jam_wait: 1s}
console: {port: /dev/ttyS1}
fingerprint: {port: ""}
`

// piInit is the first program of the emulated Pi. The log goes to the first serial line, the technician sits at the
// second. The daemon is started as its unit does.
const piInit = `#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t tmpfs run /run
/bin/busybox mkdir -p /run/lockerd
/bin/busybox ifconfig lo up
exec /usr/bin/lockerd run --config /etc/lockerd/cabinet.yaml >/dev/ttyAMA0 2>&1
`

// TestEmulatedPi boots the arm64 package (LOCKERD_DEB) on an emulated Raspberry Pi 3 with Debian's own kernel
// (LOCKERD_PI, the folder that scripts/qemu/fetch prints), signs in at the technician's serial console, and opens a
// door. The relay's line is read from outside, in the emulated processor's own registers.
func TestEmulatedPi(t *testing.T) {
	folder, deb := os.Getenv("LOCKERD_PI"), os.Getenv("LOCKERD_DEB")
	if folder == "" || deb == "" {
		t.Skip("skipped: it boots an emulated Raspberry Pi (make test-machine)")
	}
	pi := bootPi(t, folder, cardOf(t, folder, deb))
	before, err := pi.levels()
	if err != nil {
		t.Fatal(err)
	}
	const slot1, slot2 = 1 << 17, 1 << 27
	if before&(slot1|slot2) != 0 {
		t.Fatalf("a relay is on before anybody asked: levels %#x", before)
	}
	watched := pi.watch(slot1 | slot2)
	pi.expect("Staff number:", "9001\r")
	pi.expect("Secret:", "161803\r")
	pi.expect("Emulated Pi> ", "open 1 looking for its line\r")
	pi.expect("Emulated Pi> ", "")
	rises := watched()
	t.Logf("levels of the two relays, as seen from outside: %v", rises)
	if len(rises) == 0 {
		t.Fatal("no relay was seen on")
	}
	for _, r := range rises {
		if r.lines != slot1 {
			t.Errorf("lines %#x were on, and slot 1 is %#x alone", r.lines, slot1)
		}
	}
	after, err := pi.levels()
	if err != nil || after&(slot1|slot2) != 0 {
		t.Errorf("a relay stays on: levels %#x, %v", after, err)
	}
}

// cardOf makes what the emulated Pi boots: the package's files, settings, and a state that knows one technician.
func cardOf(t *testing.T, folder, deb string) string {
	t.Helper()
	r := newRig(t)
	err := r.on()
	if err == nil {
		err = r.desire(controller.DesiredRecord{Key: "staff/9001",
			Staff: &controller.Staff{Number: "9001", Role: controller.Technician, Secret: hashed("161803")()}})
	}
	if err := errors.Join(err, r.off()); err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	if out, err := exec.Command("dpkg-deb", "-x", deb, root).CombinedOutput(); err != nil {
		t.Fatalf("the package cannot be unpacked: %v\n%s", err, out)
	}
	for _, dir := range []string{"bin", "dev", "proc", "sys", "run", "tmp", "var/lib/lockerd"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for to, from := range map[string]string{
		"bin/busybox": filepath.Join(folder, "busybox"), "var/lib/lockerd/lockerd.db": filepath.Join(r.dir, "lockerd.db"),
		"var/lib/lockerd/device.key": filepath.Join(r.dir, "device.key"),
	} {
		text, err := os.ReadFile(from)
		if err := errors.Join(err, os.WriteFile(filepath.Join(root, to), text, 0o700)); err != nil {
			t.Fatal(err)
		}
	}
	for to, text := range map[string]string{"init": piInit, "etc/lockerd/cabinet.yaml": piSettings} {
		if err := os.WriteFile(filepath.Join(root, to), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	card := filepath.Join(t.TempDir(), "card")
	pack := exec.Command("sh", "-c", `find . | cpio --quiet -o -H newc -R 0:0 >"$0"`, card)
	pack.Dir = root
	if out, err := pack.CombinedOutput(); err != nil {
		t.Fatalf("the card cannot be made: %v\n%s", err, out)
	}
	return card
}

// emulatedPi is a Pi that runs, with what it says and what its processor holds.
type emulatedPi struct {
	t       *testing.T
	dir     string
	console net.Conn
	said    bytes.Buffer

	mu      sync.Mutex // the monitor answers one question at a time
	monitor net.Conn
	answers *bufio.Reader
}

// bootPi starts QEMU, with a serial line for the log, one for the technician, and its monitor.
func bootPi(t *testing.T, folder, card string) *emulatedPi {
	t.Helper()
	pi := &emulatedPi{t: t, dir: t.TempDir()}
	at := func(name string) string { return filepath.Join(pi.dir, name) }
	qemu := exec.Command("qemu-system-aarch64", "-M", "raspi3b", "-kernel", filepath.Join(folder, "vmlinuz"),
		"-dtb", filepath.Join(folder, "bcm2837-rpi-3-b.dtb"), "-initrd", card,
		"-append", "console=ttyS1,115200 quiet loglevel=0 rdinit=/init panic=-1", "-display", "none", "-no-reboot",
		"-serial", "file:"+at("log"), "-serial", "unix:"+at("console")+",server=on,wait=off",
		"-monitor", "unix:"+at("monitor")+",server=on,wait=off")
	var complaints bytes.Buffer
	qemu.Stderr = &complaints
	if err := qemu.Start(); err != nil {
		t.Fatalf("no emulated Pi: %v", err)
	}
	t.Cleanup(func() {
		qemu.Process.Kill()
		qemu.Wait() // says that it was killed
		if t.Failed() {
			log, err := os.ReadFile(at("log"))
			t.Logf("the console:\n%s\nthe log (%v):\n%s\nthe emulator:\n%s", pi.said.String(), err, log, complaints.String())
		}
	})
	for name, to := range map[string]*net.Conn{"console": &pi.console, "monitor": &pi.monitor} {
		err := eventually(func() (err error) {
			*to, err = net.Dial("unix", at(name))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { (*to).Close() })
	}
	pi.answers = bufio.NewReader(pi.monitor)
	return pi
}

// expect waits until the console says something new, and then types.
func (pi *emulatedPi) expect(want, typed string) {
	pi.t.Helper()
	begun := pi.said.Len()
	for deadline := time.Now().Add(bootPatience); !strings.Contains(pi.said.String()[begun:], want); {
		var some [512]byte
		pi.console.SetReadDeadline(deadline)
		n, err := pi.console.Read(some[:])
		if err != nil {
			pi.t.Fatalf("the console does not say %q: %v", want, err)
		}
		pi.said.Write(some[:n])
	}
	if _, err := pi.console.Write([]byte(typed)); err != nil {
		pi.t.Fatal(err)
	}
}

// levelRegister is GPLEV0 of the BCM2837: the levels of lines 0 to 31, as they are now (BCM2835 ARM Peripherals, 6.1,
// at the Pi 3's address).
const levelRegister = "3f200034"

var levelLine = regexp.MustCompile(levelRegister + `: 0x([0-9a-f]{8})`)

// levels reads the lines through the emulator's monitor, which the program inside cannot notice.
func (pi *emulatedPi) levels() (uint32, error) {
	pi.mu.Lock()
	defer pi.mu.Unlock()
	pi.monitor.SetDeadline(time.Now().Add(bootPatience))
	if _, err := fmt.Fprintf(pi.monitor, "xp /1wx 0x%s\n", levelRegister); err != nil {
		return 0, err
	}
	for {
		line, err := pi.answers.ReadString('\n')
		if err != nil {
			return 0, fmt.Errorf("cannot read the lines from outside: %w", err)
		}
		if found := levelLine.FindStringSubmatch(line); found != nil {
			value, err := strconv.ParseUint(found[1], 16, 32)
			return uint32(value), err
		}
	}
}

// rise is a time in which lines were high.
type rise struct {
	lines uint32
	lasts time.Duration
}

func (r rise) String() string { return fmt.Sprintf("%#x for %v", r.lines, r.lasts) }

// watch notes the times in which one of the lines is high, until the function that it returns is called.
func (pi *emulatedPi) watch(lines uint32) func() []rise {
	var rises []rise
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		var high uint32
		var since time.Time
		for tick := time.NewTicker(20 * time.Millisecond); ; {
			now, err := pi.levels()
			if err != nil {
				return // the next read says so, too
			}
			if now &= lines; now != high {
				if high != 0 {
					rises = append(rises, rise{high, time.Since(since).Round(10 * time.Millisecond)})
				}
				high, since = now, time.Now()
			}
			select {
			case <-done:
				tick.Stop()
				return
			case <-tick.C:
			}
		}
	}()
	return func() []rise {
		close(done)
		<-ended
		return rises
	}
}
