package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"testing"

	"lockerd/configs"
	"lockerd/controller/console"
	"lockerd/drivers/gpio"
)

// healthy is a Raspberry Pi on which nothing is wrong, as the doctor sees it.
func healthy() site {
	device := node{mode: fs.ModeDevice | fs.ModeCharDevice | 0o660, gid: 20}
	nodes := map[string]node{
		"/var/lib/lockerd": {mode: fs.ModeDir | 0o700, uid: 999}, "/var/lib/lockerd/device.key": {mode: 0o600, uid: 999},
		"/dev/lockerd/fingerprint": device, "/dev/lockerd/console": device,
	}
	groups := map[string]int{"dialout": 20, "gpio": 21, "input": 22, "audio": 23, "i2c": 24}
	return site{
		read: func(path string) (string, error) {
			return map[string]string{"/proc/cmdline": "root=/dev/mmcblk0p2", "/proc/device-tree/model": "Raspberry Pi 4 Model B\x00",
				"/boot/firmware/config.txt": "dtparam=strict_gpiod\n"}[path], nil
		},
		stat: func(path string) (node, error) {
			n, ok := nodes[path]
			if !ok {
				return n, fmt.Errorf("stat %s: %w", path, fs.ErrNotExist)
			}
			return n, nil
		},
		real: func(path string) (string, error) {
			return strings.Replace(path, "/sys/class/leds", "/sys/devices/platform/leds/leds", 1), nil
		},
		unit:   func() (string, error) { return "ReadWritePaths=/run/lockerd\nProtectKernelTunables=yes\n", nil },
		kernel: func() (string, error) { return "6.6.31+rpt-rpi-v8", nil },
		line:   func(l gpio.Line) (gpio.Info, error) { return gpio.Info{Chip: "gpiochip0", Offset: l.Offset}, nil },
		disk:   func(string) (diskSpace, error) { return diskSpace{free: 8 << 30}, nil },
		who:    func(string) (account, error) { return account{uid: 999, gids: []int{999}}, nil },
		group: func(name string) (int, error) {
			if gid, ok := groups[name]; ok {
				return gid, nil
			}
			return 0, errors.New("unknown group " + name)
		},
		synced: func() bool { return true },
		dial:   func(context.Context, string) error { return nil },
	}
}

// faultsOf are the faults that the doctor finds, one a line, with what to do.
func faultsOf(t *testing.T, s site, cfg configs.Cabinet) string {
	t.Helper()
	var faults []string
	for _, c := range (doctor{cfg, s}).examine(t.Context()) {
		if c.OK == (c.Advice != "") {
			t.Errorf("advice belongs to faults: %+v", c)
		}
		if !c.OK {
			faults = append(faults, strings.Join([]string{c.Part, c.Name, c.Detail, c.Advice}, " | "))
		}
	}
	return strings.Join(faults, "\n")
}

func TestDoctorOfAHealthyCabinet(t *testing.T) {
	cfg, err := configs.Load("../../configs/cabinet.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if faults := faultsOf(t, healthy(), cfg); faults != "" {
		t.Errorf("faults:\n%s", faults)
	}
}

// Each fault is found, alone, and what is to be done about it is said.
func TestDoctorFinds(t *testing.T) {
	other := func(stat func(string) (node, error), path string, n node) func(string) (node, error) {
		return func(asked string) (node, error) {
			if asked == path {
				return n, nil
			}
			return stat(asked)
		}
	}
	led := node{mode: 0o664, gid: 21}
	without := func(missing string) func(gpio.Line) (gpio.Info, error) {
		return func(l gpio.Line) (gpio.Info, error) {
			if l.Name == missing {
				return gpio.Info{}, gpio.ErrNoLine
			}
			return gpio.Info{}, nil
		}
	}
	for name, tt := range map[string]struct {
		ill        func(*site, *configs.Cabinet)
		want, does string
	}{
		"old kernel": {func(s *site, _ *configs.Cabinet) { s.kernel = func() (string, error) { return "5.4.0", nil } }, "kernel |  | 5.4.0 is older than 5.10", "install Raspberry Pi OS"},
		"no user": {func(s *site, _ *configs.Cabinet) {
			s.who = func(string) (account, error) { return account{}, errors.New("unknown user") }
		}, "user | lockerd", "systemd-sysusers"},
		"no group": {func(s *site, _ *configs.Cabinet) {
			old := s.group
			s.group = func(g string) (int, error) {
				if g == "gpio" {
					return 0, errors.New("unknown group")
				}
				return old(g)
			}
		}, "group | gpio", "groupadd --system gpio"},
		"open folder": {func(s *site, _ *configs.Cabinet) {
			s.stat = other(s.stat, "/var/lib/lockerd", node{mode: fs.ModeDir | 0o755, uid: 999})
		}, "disk | /var/lib/lockerd | has the mode 0755", "chmod 700"},
		"root's folder": {func(s *site, _ *configs.Cabinet) {
			s.stat = other(s.stat, "/var/lib/lockerd", node{mode: fs.ModeDir | 0o700})
		}, "disk | owner | belongs to user 0", "chown -R lockerd"},
		"no folder": {func(_ *site, c *configs.Cabinet) { c.Dir = "/srv/none" }, "disk | /srv/none | is not there yet", "systemctl start lockerd"},
		"full disk": {func(s *site, _ *configs.Cabinet) {
			s.disk = func(string) (diskSpace, error) { return diskSpace{free: 5 << 20}, nil }
		}, "has 5 MB left, and wants 100", "worn card"},
		"read-only disk": {func(s *site, _ *configs.Cabinet) {
			s.disk = func(string) (diskSpace, error) { return diskSpace{8 << 30, true}, nil }
		}, "mounted read-only", "df -h"},
		"wrong clock":  {func(s *site, _ *configs.Cabinet) { s.synced = func() bool { return false } }, "clock | ", "timedatectl"},
		"no such line": {func(s *site, _ *configs.Cabinet) { s.line = without("GPIO16") }, "line | relay 1 | no such GPIO line", "gpioinfo"},
		"busy line": {func(s *site, _ *configs.Cabinet) {
			s.line = func(l gpio.Line) (gpio.Info, error) {
				return gpio.Info{Used: l.Name == "GPIO2", Consumer: "spi0 CS0"}, nil
			}
		}, `line | switch 1 | GPIO2 is held by "spi0 CS0"`, "dtoverlay"},
		"no LED": {func(_ *site, c *configs.Cabinet) { c.Slots[2].Relay = "led:slot3" }, "line | relay 3", "dtoverlay=gpio-led,gpio=N,label=slot3"},
		"LED of another": {func(s *site, c *configs.Cabinet) {
			c.Slots[2].Relay = "led:relay3"
			s.stat = other(s.stat, "/sys/class/leds/relay3/trigger", node{mode: 0o644})
		}, "line | relay 3 | led:relay3 may not be driven by lockerd (mode 0644", "70-lockerd.rules"},
		"LED out of reach": {func(s *site, c *configs.Cabinet) {
			c.Slots[2].Relay, c.Slots[3].Relay = "led:slot3", "led:slot4"
			s.stat = other(other(s.stat, "/sys/class/leds/slot3/trigger", led), "/sys/class/leds/slot4/trigger", led)
			s.unit = func() (string, error) {
				return "ReadWritePaths=/run/lockerd /sys/devices/platform/leds/leds/slot4\nProtectKernelTunables=yes\n", nil
			}
		}, "line | relay 3 | led:slot3 is read-only for lockerd.service", "ReadWritePaths=/sys/devices/platform/leds/leds/slot3;"},
		"no siren": {func(s *site, c *configs.Cabinet) {
			c.Siren.Line, s.line = "GPIO99", without("GPIO99")
		}, "line | siren | no such GPIO line", "gpioinfo"},
		"no row of keys": {func(s *site, c *configs.Cabinet) {
			c.Keypad.Rows, s.line = []string{"GPIO98", "GPIO99"}, without("GPIO99")
		}, "line | keypad row 2 | no such GPIO line", "gpioinfo"},
		"no column of keys": {func(s *site, c *configs.Cabinet) {
			c.Keypad.Columns, s.line = []string{"GPIO99"}, without("GPIO99")
		}, "line | keypad column 1 | no such GPIO line", "gpioinfo"},
		"no scanner": {func(_ *site, c *configs.Cabinet) {
			c.Scanner.Device = "/dev/input/by-id/none"
		}, "scanner |  | stat /dev/input/by-id/none", "/dev/input/by-id"},
		"no module":      {func(_ *site, c *configs.Cabinet) { c.Fingerprint.Port = "/dev/lockerd/none" }, "fingerprint |  | stat /dev/lockerd/none", "dtparam=uart0=on"},
		"port is a file": {func(s *site, _ *configs.Cabinet) { s.stat = other(s.stat, "/dev/lockerd/console", node{mode: 0o644}) }, "console |  | /dev/lockerd/console is no device", "plug"},
		"root's port": {func(s *site, _ *configs.Cabinet) {
			s.stat = other(s.stat, "/dev/lockerd/console", node{mode: fs.ModeDevice | fs.ModeCharDevice | 0o600})
		}, "console |  | /dev/lockerd/console may not be used by lockerd", "udevadm trigger"},
		"kernel's console": {func(s *site, _ *configs.Cabinet) {
			old := s.read
			s.read = func(p string) (string, error) {
				if p == "/proc/cmdline" {
					return "console=ttyAMA0,115200", nil
				}
				return old(p)
			}
		}, "kernel | console | the kernel talks on ttyAMA0", "cmdline.txt"},
		"keeps relays on": {func(s *site, _ *configs.Cabinet) {
			old := s.read
			s.read = func(p string) (string, error) {
				if p == "/boot/firmware/config.txt" {
					return "", nil
				}
				return old(p)
			}
		}, "kernel | strict_gpiod", "dtparam=strict_gpiod"},
		"open key": {func(s *site, _ *configs.Cabinet) {
			s.stat = other(s.stat, "/var/lib/lockerd/device.key", node{mode: 0o644, uid: 999})
		}, "key |  | /var/lib/lockerd/device.key has the mode 0644", "chmod 600"},
		"no network": {func(s *site, _ *configs.Cabinet) {
			s.dial = func(context.Context, string) error { return errors.New("connection refused") }
		}, "sync |  | connection refused", "picking up works without it"},
		"no such name": {func(s *site, _ *configs.Cabinet) {
			s.dial = func(_ context.Context, a string) error { return &net.DNSError{Name: a, Err: "no such host"} }
		}, "no such host", "the name lockers.example.org:443 is not found"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, err := configs.Load("../../configs/cabinet.yaml")
			if err != nil {
				t.Fatal(err)
			}
			s := healthy()
			tt.ill(&s, &cfg)
			faults := faultsOf(t, s, cfg)
			if !strings.Contains(faults, tt.want) || !strings.Contains(faults, tt.does) || strings.Count(faults, "\n") != 0 {
				t.Errorf("faults:\n%s\nwant one: %s … %s", faults, tt.want, tt.does)
			}
		})
	}
}

// The doctor looks with the eyes of the service, whose groups the unit names.
func TestDoctorKnowsTheServicesGroups(t *testing.T) {
	unit, err := os.ReadFile("../../systemd/lockerd.service")
	if err != nil {
		t.Fatal(err)
	}
	if want := "\nSupplementaryGroups=" + strings.Join(serviceGroups, " ") + "\n"; !strings.Contains(string(unit), want) {
		t.Errorf("lockerd.service has no line %q", strings.TrimSpace(want))
	}
}

// An LED is fine when the unit leaves it writable: by its folder, by one above it, or by not protecting /sys at all.
func TestDoctorOfLEDs(t *testing.T) {
	cfg, err := configs.Load("../../configs/cabinet.yaml", "gpio.relay_active_low=false")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Slots[2].Relay = "led:slot3"
	for unit, fine := range map[string]bool{
		"ReadWritePaths=/run/lockerd /sys/devices/platform/leds/leds/slot3\nProtectKernelTunables=yes\n": true,
		"ReadWritePaths=-/sys/devices/platform/leds\nProtectKernelTunables=yes\n":                        true,
		"ProtectKernelTunables=no\n": true,
		"ReadWritePaths=/sys/devices/platform/leds/leds/slot\nProtectKernelTunables=yes\n": false,
		"": false,
	} {
		s := healthy()
		stat := s.stat
		s.stat = func(path string) (node, error) {
			if path == "/sys/class/leds/slot3/trigger" {
				return node{mode: 0o664, gid: 21}, nil
			}
			return stat(path)
		}
		s.unit = func() (string, error) { return unit, nil }
		if faults := faultsOf(t, s, cfg); (faults == "") != fine {
			t.Errorf("%q: faults %q", unit, faults)
		}
	}
}

// Problems of the settings are told one by one, and end the examination: nothing else could be said.
func TestDoctorReport(t *testing.T) {
	_, bad := configs.Load("../../configs/sandbox.yaml", "lock.pulse=9s", "codes=all")
	checks := settingsChecks(configs.Cabinet{}, bad)
	if len(checks) != 2 {
		t.Fatalf("%d checks: %+v", len(checks), checks)
	}
	var text, asJSON bytes.Buffer
	if err := printChecks(&text, checks, false); err == nil || !strings.Contains(err.Error(), "2 of 2 checks") {
		t.Errorf("it ends with %v", err)
	}
	if strings.Count(text.String(), "→") != 1 || strings.Count(text.String(), "FAULT") != 2 {
		t.Errorf("the same advice stands twice, or a fault is missing:\n%s", &text)
	}
	var read []console.Check
	printChecks(&asJSON, checks, true)
	if err := json.Unmarshal(asJSON.Bytes(), &read); err != nil || len(read) != 2 || read[1] != checks[1] {
		t.Errorf("%v, %+v", err, read)
	}
	if err := printChecks(&text, []console.Check{{Part: "clock", OK: true}}, false); err != nil {
		t.Errorf("all is well: %v", err)
	}
}

// TestVersionSaysWhatIsInside: the bill of materials names what is linked in.
func TestVersionSaysWhatIsInside(t *testing.T) {
	b := buildInfo()
	text, err := json.Marshal(b)
	if err != nil || b.Version == "" || b.Go == "" || b.Platform == "" {
		t.Errorf("%s, %v", text, err)
	}
	if err := printVersion(t.Context(), []string{"-yaml"}); err == nil {
		t.Error("an unknown flag is taken")
	}
}
