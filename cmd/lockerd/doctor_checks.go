package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"lockerd/configs"
	"lockerd/controller/console"
)

// serviceUser is whom the unit unitName runs lockerd as, and serviceGroups are whom it lends the devices of (lockerd.service).
const (
	serviceUser = "lockerd"
	unitName    = "lockerd.service"
)

var serviceGroups = []string{"dialout", "gpio", "input", "audio", "i2c"}

// What a disk must have: the store, its copy at an upgrade, and the journal of a year.
const wantedSpace = 100 << 20

// doctor examines a machine for a cabinet's settings.
type doctor struct {
	cfg configs.Cabinet
	site
}

func (d doctor) examine(ctx context.Context) []console.Check {
	checks := slices.Concat(d.checkKernel(), d.checkDisk(), d.checkClock())
	if d.cfg.Hardware == "pi" { // the sandbox needs neither users nor lines
		checks = slices.Concat(checks, d.checkAccounts(), d.checkLines(), d.checkPorts(), d.checkPi())
	}
	return slices.Concat(checks, d.checkKey(), d.checkSync(ctx))
}

// checkKernel: lines are asked for through the second GPIO interface, which came with 5.10.
func (d doctor) checkKernel() []console.Check {
	release, err := d.kernel()
	var major, minor int
	if err == nil {
		_, err = fmt.Sscanf(release, "%d.%d", &major, &minor)
	}
	if err == nil && (major < 5 || major == 5 && minor < 10) {
		err = fmt.Errorf("%s is older than 5.10, which first had the GPIO interface that is used", release)
	}
	return []console.Check{check("kernel", "", release, err, "install Raspberry Pi OS 12 or Debian 12, or newer")}
}

func (d doctor) checkAccounts() []console.Check {
	_, err := d.who(serviceUser)
	checks := []console.Check{check("user", serviceUser, "is there", err, "systemd-sysusers makes it; the Debian package runs that")}
	for _, name := range serviceGroups {
		_, err := d.group(name)
		checks = append(checks, check("group", name, "is there", err, "groupadd --system "+name+", then: udevadm trigger"))
	}
	return checks
}

func (d doctor) checkDisk() []console.Check {
	dir, err := filepath.Abs(d.cfg.Dir)
	if err != nil {
		return []console.Check{check("disk", d.cfg.Dir, "", err, "write dir as a whole path in the settings")}
	}
	folder, err := d.stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return []console.Check{{Part: "disk", Name: dir, Detail: "is not there yet", Advice: "systemctl start lockerd makes it (StateDirectory); elsewhere: install -d -m 700 -o " + serviceUser + " " + dir}}
	}
	switch {
	case err != nil:
	case !folder.mode.IsDir():
		err = errors.New("is no folder")
	case folder.mode.Perm()&0o077 != 0:
		err = fmt.Errorf("has the mode %04o: others can look into it", folder.mode.Perm())
	}
	checks := []console.Check{check("disk", dir, "is lockerd's alone", err, "chmod 700 "+dir)}
	if who, err := d.who(serviceUser); err == nil && d.cfg.Hardware == "pi" {
		if folder.uid != who.uid {
			err = fmt.Errorf("belongs to user %d, not to %s", folder.uid, serviceUser)
		}
		checks = append(checks, check("disk", "owner", "is "+serviceUser, err, "chown -R "+serviceUser+": "+dir))
	}
	space, err := d.disk(dir)
	switch {
	case err != nil:
	case space.readOnly:
		err = errors.New("is mounted read-only: nothing can be recorded, so no door opens")
	case space.free < wantedSpace:
		err = fmt.Errorf("has %d MB left, and wants %d", space.free>>20, wantedSpace>>20)
	}
	return append(checks, check("disk", "space", fmt.Sprintf("%d MB are free", space.free>>20), err, "df -h "+dir+"; remove what is not needed, or replace a worn card"))
}

func (d doctor) checkClock() []console.Check {
	var err error
	if !d.synced() {
		err = errors.New("no time service disciplines it")
	}
	return []console.Check{check("clock", "", "is synchronised", err, "timedatectl set-ntp true, and the network; waits and commands do not depend on it, due dates do")}
}

// checkPorts looks at every device that the settings name, with the eyes of the service's user.
func (d doctor) checkPorts() []console.Check {
	var checks []console.Check
	see := func(part, path, advice string) {
		if strings.HasPrefix(path, "/") {
			checks = append(checks, d.checkDevice(part, path, advice))
		}
	}
	plug := "look at its plug; ls -l /dev/serial/by-path lists the ports, and systemd/70-lockerd.rules names them"
	see("fingerprint", d.cfg.Fingerprint.Port, plug+"; a Pi 5 has it on GPIO14 and 15 with dtparam=uart0=on in /boot/firmware/config.txt")
	see("console", d.cfg.Console.Port, plug+"; for a USB gadget: modprobe g_serial")
	see("keypad", d.cfg.Keypad.Device, "look at its plug; ls -l /dev/input/by-path lists the keyboards")
	see("scanner", d.cfg.Scanner.Device, "look at its plug; ls -l /dev/input/by-id lists the keyboards")
	see("watchdog", d.cfg.Watchdog.Device, watchdogAdvice)
	for _, line := range d.cfg.RS485 {
		see("rs485 "+line.Name, line.Port, plug)
	}
	for _, b := range d.cfg.Boards {
		if b.Kind == configs.Expander {
			see("board "+b.Name, b.Bus, "dtparam=i2c_arm=on in /boot/firmware/config.txt, i2c-dev in a file of /etc/modules-load.d, and restart; i2cdetect -y shows the addresses")
		}
	}
	return checks
}

func (d doctor) checkDevice(part, path, advice string) console.Check {
	n, err := d.stat(path)
	fine := path + " is there"
	switch {
	case err != nil:
	case n.mode&fs.ModeCharDevice == 0:
		err = fmt.Errorf("%s is no device", path)
	case !d.may(n):
		err = fmt.Errorf("%s may not be used by %s (mode %04o, user %d, group %d)", path, serviceUser, n.mode.Perm(), n.uid, n.gid)
		advice = "udev gives devices to " + strings.Join(serviceGroups, ", ") + ": install systemd/70-lockerd.rules, then: udevadm trigger"
	}
	return check(part, "", fine, err, advice)
}

// may tells whether the service's user may read and write a device.
func (d doctor) may(n node) bool {
	who, err := d.who(serviceUser)
	if err != nil {
		return true // told elsewhere
	}
	gids := who.gids
	for _, name := range serviceGroups {
		if gid, err := d.group(name); err == nil {
			gids = append(gids, gid)
		}
	}
	perm := n.mode.Perm()
	return n.uid == who.uid && perm&0o600 == 0o600 || slices.Contains(gids, n.gid) && perm&0o060 == 0o060 || perm&0o006 == 0o006
}

// checkPi looks for what is known to go wrong on a Raspberry Pi.
func (d doctor) checkPi() []console.Check {
	var checks []console.Check
	cmdline, err := d.read("/proc/cmdline")
	for _, port := range []string{"ttyAMA0", "ttyS0", "serial0"} {
		if err == nil && strings.Contains(cmdline, "console="+port) {
			checks = append(checks, console.Check{Part: "kernel", Name: "console", Detail: "the kernel talks on " + port,
				Advice: "remove console=" + port + ",… from /boot/firmware/cmdline.txt (raspi-config: Serial Port), or a module there hears noise"})
		}
	}
	model, err := d.read("/proc/device-tree/model")
	if err != nil || !strings.Contains(model, "Raspberry Pi") || !d.timesPulses() {
		return checks
	}
	config, err := d.read("/boot/firmware/config.txt")
	if err == nil && !strings.Contains(config, "strict_gpiod") {
		err = errors.New("the kernel keeps a relay on when its program is killed")
	}
	return append(checks, check("kernel", "strict_gpiod", "lines of a dead program fall back to rest", err,
		"add dtparam=strict_gpiod to /boot/firmware/config.txt and restart; or use led: lines, whose pulse the kernel times"))
}

// timesPulses tells whether a relay is on a pin whose pulse this program times.
func (d doctor) timesPulses() bool {
	return slices.ContainsFunc(d.cfg.Slots, func(s configs.Slot) bool { return configs.ParseLine(s.Relay).Board == "" })
}

func (d doctor) checkKey() []console.Check {
	if d.cfg.Key.Source != "file" {
		return []console.Check{{Part: "key", OK: true, Detail: "comes as the credential " + d.cfg.Key.Path}}
	}
	n, err := d.stat(d.cfg.Key.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return []console.Check{{Part: "key", OK: true, Detail: "will be made at the first start"}}
	}
	if err == nil && n.mode.Perm()&0o077 != 0 {
		err = fmt.Errorf("%s has the mode %04o: others can read it", d.cfg.Key.Path, n.mode.Perm())
	}
	return []console.Check{check("key", "", "is lockerd's alone", err, "chmod 600 "+d.cfg.Key.Path)}
}

// checkSync reaches for the information system, without a word to it.
func (d doctor) checkSync(ctx context.Context) []console.Check {
	if d.cfg.Sync.Infosystem == "" {
		return []console.Check{{Part: "sync", OK: true, Detail: "the cabinet stands alone"}}
	}
	u, err := url.Parse(d.cfg.Sync.Infosystem)
	if err != nil {
		return []console.Check{check("sync", "", "", err, "mend sync.infosystem in the settings")}
	}
	address := u.Host
	if u.Port() == "" {
		address = net.JoinHostPort(u.Hostname(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	err = d.dial(ctx, address)
	advice := "look at cable, antenna and firewall; picking up works without it"
	if unknown, ok := errors.AsType[*net.DNSError](err); ok {
		advice = "the name " + unknown.Name + " is not found: look at sync.infosystem and at the network's DNS"
	}
	return []console.Check{check("sync", "", address+" is reached", err, advice)}
}
