// Package systemd holds no code: only these tests of the units, rules and users beside them.
package systemd

import (
	"bufio"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lockerd/configs"
)

// exposure bounds what `systemd-analyze security` says of each unit, 0 (safe) to 10. A browser writes
// machine code and builds namespaces, so its unit cannot forbid either.
var exposure = map[string]float64{
	"lockerd.service":           1.5,
	"infosystem.service":        1.5,
	"infosystem-signer.service": 1.0,
	"infosystem-broker.service": 3.0, // root copies a file between two users
	"kiosk.service":             6.5,
}

// line is one directive of a unit and the comment above it.
type line struct{ section, key, value, why string }

// read returns a unit's directives. A line that ends in a backslash goes on in the next.
func read(t *testing.T, unit string) []line {
	t.Helper()
	f, err := os.Open(unit)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var lines []line
	var section, why, begun string
	for s := bufio.NewScanner(f); s.Scan(); {
		text := strings.TrimSpace(s.Text())
		switch {
		case begun == "" && text == "":
			why = ""
		case begun == "" && strings.HasPrefix(text, "#"):
			why += strings.TrimSpace(strings.TrimLeft(text, "#- "))
		case begun == "" && strings.HasPrefix(text, "["):
			section, why = text, ""
		case strings.HasSuffix(text, `\`):
			begun += strings.TrimSuffix(text, `\`)
		default:
			key, value, ok := strings.Cut(begun+text, "=")
			if !ok {
				t.Fatalf("%s: %q is no directive", unit, begun+text)
			}
			lines = append(lines, line{section, key, value, why})
			begun, why = "", ""
		}
	}
	return lines
}

func units(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob("*.service")
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != len(exposure) {
		t.Fatalf("found %v, want the %d units that the test knows", found, len(exposure))
	}
	return found
}

// hardening tells the directives that take something away from a service.
var hardening = regexp.MustCompile(`^(Protect|Private|Restrict|NoNew|Capability|Ambient|Device|SystemCall|Memory|Lock|Remove|IPAddress|ProcSubset|UMask|OOMScore|Tasks)`)

func TestEveryHardeningLineSaysWhy(t *testing.T) {
	for _, unit := range units(t) {
		hard := 0
		for _, l := range read(t, unit) {
			if l.section != "[Service]" || !hardening.MatchString(l.key) {
				continue
			}
			hard++
			if l.why == "" {
				t.Errorf("%s: %s=%s has no comment above it that says why", unit, l.key, l.value)
			}
		}
		if hard < 10 {
			t.Errorf("%s: %d hardening lines were found, which is too few to be true", unit, hard)
		}
	}
}

// analyze returns the program that checks units, or skips.
func analyze(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("skipped: systemd-analyze is missing (Debian package systemd)")
	}
	return path
}

func TestExposure(t *testing.T) {
	program := analyze(t)
	level := regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+)`)
	for _, unit := range units(t) {
		out, err := exec.Command(program, "security", "--no-pager", "--offline=true", unit).CombinedOutput()
		if strings.Contains(string(out), "unrecognized option") {
			t.Skip("skipped: this systemd-analyze is older than 250 and cannot score a file")
		}
		found := level.FindSubmatch(out)
		if err != nil || found == nil {
			t.Errorf("%s: %v\n%s", unit, err, out)
			continue
		}
		got, err := strconv.ParseFloat(string(found[1]), 64)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: exposure %.1f", unit, got)
		if got > exposure[unit] {
			t.Errorf("%s: exposure %.1f is over %.1f:\n%s", unit, got, exposure[unit], out)
		}
	}
}

// TestVerify has systemd read the units. Their programs are not installed here, so others stand in.
func TestVerify(t *testing.T) {
	program := analyze(t)
	dir := t.TempDir()
	var copies []string
	for _, unit := range append(units(t), "infosystem-broker.path") {
		text, err := os.ReadFile(unit)
		if err != nil {
			t.Fatal(err)
		}
		changed := regexp.MustCompile(`(?m)^(Exec\w+)=[-+]?/(usr/)?bin/\S+`).ReplaceAll(text, []byte("$1=/bin/true"))
		to := filepath.Join(dir, unit)
		if err := os.WriteFile(to, changed, 0o644); err != nil {
			t.Fatal(err)
		}
		copies = append(copies, to)
	}
	out, err := exec.Command(program, append([]string{"verify", "--man=no"}, copies...)...).CombinedOutput()
	if err != nil || regexp.MustCompile(regexp.QuoteMeta(dir)+`.*Unknown`).Match(out) {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}

// TestUsersAndFolders has systemd make the users and the folder below a root of its own.
func TestUsersAndFolders(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("skipped: making users and folders below another root needs root")
	}
	for _, program := range []string{"systemd-sysusers", "systemd-tmpfiles"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("skipped: %s is missing (Debian package systemd)", program)
		}
	}
	root := t.TempDir()
	for _, kind := range []string{"sysusers", "tmpfiles"} {
		folder := filepath.Join(root, "usr/lib", kind+".d")
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, program := range []string{"lockerd", "infosystem"} {
			text, err := os.ReadFile(program + "." + kind)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, program+".conf"), text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.MkdirAll(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"systemd-sysusers", "--root=" + root}, {"systemd-tmpfiles", "--create", "--root=" + root}} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	passwd, err := os.ReadFile(filepath.Join(root, "etc/passwd"))
	if err != nil {
		t.Fatal(err)
	}
	for _, unit := range units(t) {
		user := value(read(t, unit), "User")
		if unit == "infosystem-broker.service" {
			continue // which is root's
		}
		if user == "" || !strings.Contains("\n"+string(passwd), "\n"+user+":") {
			t.Errorf("%s runs as %q, whom no sysusers file makes", unit, user)
		}
	}
	run, err := os.Stat(filepath.Join(root, "run/lockerd"))
	if err != nil {
		t.Fatal(err)
	}
	if run.Mode() != os.ModeDir|os.ModeSetgid|0o750 {
		t.Errorf("/run/lockerd has mode %v", run.Mode())
	}
}

// What udev's rules give a group must reach lockerd through that group, and the group must be there on every Debian:
// in its base (base-passwd), of udev's own making (input), or made by us.
func TestDevicesReachTheService(t *testing.T) {
	rules, err := os.ReadFile("70-lockerd.rules")
	if err != nil {
		t.Fatal(err)
	}
	made, err := os.ReadFile("lockerd.sysusers")
	if err != nil {
		t.Fatal(err)
	}
	lent := strings.Fields(value(read(t, "lockerd.service"), "SupplementaryGroups"))
	for _, group := range lent {
		if own := regexp.MustCompile(`(?m)^g ` + group + ` `); !slices.Contains([]string{"dialout", "audio", "input"}, group) && !own.Match(made) {
			t.Errorf("nobody makes the group %s", group)
		}
	}
	given := map[string]string{} // subsystem → group
	for _, rule := range regexp.MustCompile(`(?m)^SUBSYSTEM=="([^"]+)".* GROUP="([^"]+)"`).FindAllStringSubmatch(string(rules), -1) {
		given[rule[1]] = rule[2]
		if !slices.Contains(lent, rule[2]) {
			t.Errorf("%s devices go to the group %s, which lockerd is not in: %v", rule[1], rule[2], lent)
		}
	}
	// These groups are those of Raspberry Pi OS's own rules (99-com.rules), which come after ours.
	for subsystem, want := range map[string]string{"gpio": "gpio", "i2c-dev": "i2c", "tty": "dialout"} {
		if given[subsystem] != want {
			t.Errorf("%s devices go to %q, and on Raspberry Pi OS to %s", subsystem, given[subsystem], want)
		}
	}
}

// value returns the last value of a key.
func value(lines []line, key string) string {
	for _, l := range slices.Backward(lines) {
		if l.key == key {
			return l.value
		}
	}
	return ""
}

// The units and the cabinet's settings file must mean the same folders.
func TestUnitsFitSettings(t *testing.T) {
	c, err := configs.Load("../configs/cabinet.yaml")
	if err != nil {
		t.Fatal(err)
	}
	lockerd, kiosk := read(t, "lockerd.service"), read(t, "kiosk.service")
	if want := "/var/lib/" + value(lockerd, "StateDirectory"); c.Dir != want {
		t.Errorf("dir is %s, the unit may write %s", c.Dir, want)
	}
	if dir := filepath.Dir(c.Kiosk.TokenFile); value(lockerd, "ReadWritePaths") != dir {
		t.Errorf("the token lies in %s, the unit may write %s", dir, value(lockerd, "ReadWritePaths"))
	}
	start := value(kiosk, "ExecStart")
	for _, want := range []string{c.Kiosk.TokenFile, "http://" + c.Kiosk.Listen + "/"} {
		if !strings.Contains(start, want) {
			t.Errorf("the browser is not started with %s: %s", want, start)
		}
	}
	rules, err := os.ReadFile("70-lockerd.rules")
	if err != nil {
		t.Fatal(err)
	}
	for _, port := range []string{c.Fingerprint.Port, c.Console.Port} {
		if link := strings.TrimPrefix(port, "/dev/"); !strings.Contains(string(rules), `SYMLINK+="`+link+`"`) {
			t.Errorf("no rule makes %s", port)
		}
	}
	if pulse := c.Lock.Pulse.Seconds(); value(lockerd, "TimeoutStopSec") != "15s" || pulse > 15 {
		t.Errorf("a pulse of %v s could be cut short by a stop", pulse)
	}
	for _, unit := range []string{"lockerd.service", "infosystem.service"} {
		if value(read(t, unit), "Type") != "notify" || value(read(t, unit), "WatchdogSec") == "" {
			t.Errorf("%s does not tell systemd that it lives", unit)
		}
	}
}

// However the cabinet's program ends, its locks are released, with the same settings.
func TestLocksAreReleased(t *testing.T) {
	lines := read(t, "lockerd.service")
	want := strings.Replace(value(lines, "ExecStart"), " run ", " release ", 1)
	if got := value(lines, "ExecStopPost"); got != want {
		t.Errorf("ExecStopPost=%s, want %s", got, want)
	}
}

// A unit that is started again after each failure must not act on a failure otherwise: systemd does so also when
// it starts the unit again, so that FailureAction=reboot would start the machine anew at each of them.
func TestRestartIsAllThatFollowsAFailure(t *testing.T) {
	for _, unit := range units(t) {
		lines := read(t, unit)
		if action := value(lines, "FailureAction"); value(lines, "Restart") == "always" && action != "" && action != "none" {
			t.Errorf("%s: FailureAction=%s beside Restart=always", unit, action)
		}
	}
}

// rebootStatus returns the status that lockerd ends with when the machine is to be started anew.
func rebootStatus(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../cmd/lockerd/reboot.go")
	found := regexp.MustCompile(`(?m)^const rebootStatus = (\d+)$`).FindSubmatch(text)
	if err != nil || found == nil {
		t.Fatalf("lockerd's source does not say its status: %v", err)
	}
	return string(found[1])
}

// The machine is started anew when lockerd asks for it, and then alone. The line runs here as systemd would run
// it, with a systemctl that leaves word.
func TestMachineIsStartedAnewWhenAsked(t *testing.T) {
	lines, asked := read(t, "lockerd.service"), rebootStatus(t)
	if got := value(lines, "RestartPreventExitStatus"); got != asked {
		t.Errorf("RestartPreventExitStatus=%s, want %s", got, asked)
	}
	script := ""
	for _, l := range lines {
		if text, ok := strings.CutPrefix(l.value, "-+/bin/sh -c '"); ok && l.key == "ExecStopPost" {
			script = strings.ReplaceAll(strings.TrimSuffix(text, "'"), "$$", "$")
		}
	}
	if script == "" {
		t.Fatal("no ExecStopPost that may start the machine anew, and whose failure keeps nothing from the release")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "systemctl"), []byte("#!/bin/sh\necho systemctl \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for status, want := range map[string]string{asked: "systemctl --no-block reboot\n", "0": "", "1": "", "KILL": "", "": ""} {
		c := exec.Command("/bin/sh", "-c", script)
		c.Env = []string{"PATH=" + dir, "EXIT_STATUS=" + status}
		if out, err := c.CombinedOutput(); err != nil || string(out) != want {
			t.Errorf("after status %q: %q, %v; want %q", status, out, err, want)
		}
	}
}

// What the information system lays down reaches mosquitto, also what comes while the last file is on its way; a link does
// not have root read what it leads to; after a failure the same can be done again. The lines run here as systemd would run
// them, in folders of the test.
func TestPasswordsAreHandedToMosquitto(t *testing.T) {
	service, watched := read(t, "infosystem-broker.service"), value(read(t, "infosystem-broker.path"), "PathExists")
	conf, err := os.ReadFile("../configs/mosquitto.conf")
	if err != nil {
		t.Fatal(err)
	}
	wanted := regexp.MustCompile(`(?m)^password_file (\S+)$`).FindSubmatch(conf)
	me, err := user.Current()
	if err != nil || wanted == nil {
		t.Fatal(err, wanted)
	}
	dir := t.TempDir()
	here := func(path string) string { return filepath.Join(dir, path) }
	from, to := here(watched), here(string(wanted[1]))
	for _, file := range []string{from, to} {
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	hand := func() (failed bool) {
		t.Helper()
		for _, l := range service {
			if l.key != "ExecStart" {
				continue
			}
			words := strings.Fields(strings.TrimPrefix(l.value, "-"))
			for i, word := range words[1:] {
				if word == "mosquitto" {
					words[i+1] = me.Username
				} else if strings.HasPrefix(word, "/") {
					words[i+1] = here(word)
				}
			}
			if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil && !strings.HasPrefix(l.value, "-") {
				t.Logf("%v: %v, %s", words, err, out)
				return true
			}
		}
		return false
	}
	if !hand() {
		t.Error("where there is no file none is missed")
	}
	for _, content := range []string{"one", "another"} {
		if err := os.WriteFile(from, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time nothing new is there
			failed := hand()
			got, err := os.ReadFile(to)
			if info, _ := os.Stat(to); failed || err != nil || string(got) != content || info.Mode() != 0o600 {
				t.Errorf("mosquitto has %q, want %q, %v", got, content, err)
			}
			if _, err := os.Stat(from); !os.IsNotExist(err) {
				t.Errorf("%s stays, and has the service run for ever: %v", watched, err)
			}
		}
	}
	if err := os.Symlink("/etc/hostname", from); err != nil {
		t.Fatal(err)
	}
	hand()
	if info, err := os.Lstat(to); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("a link was followed: %v, %v", info, err)
	}
}

// The overrides in the units must be settings that exist, and both ends must name the same socket.
func TestUnitsOverride(t *testing.T) {
	start := value(read(t, "infosystem.service"), "ExecStart")
	var overrides []string
	for _, set := range regexp.MustCompile(`--set (\S+)`).FindAllStringSubmatch(start, -1) {
		overrides = append(overrides, set[1])
	}
	s, err := configs.LoadInfosystem("../configs/infosystem.yaml", overrides...)
	if err != nil {
		t.Fatal(err)
	}
	if signer := value(read(t, "infosystem-signer.service"), "ExecStart"); !s.Signer.Apart || !strings.Contains(signer, "--socket "+s.Signer.Socket+" ") {
		t.Errorf("infosystem looks for its signer at %s, but that starts as %s", s.Signer.Socket, signer)
	}
	if want := "/var/lib/" + value(read(t, "infosystem.service"), "StateDirectory"); s.Dir != want {
		t.Errorf("dir is %s, the unit may write %s", s.Dir, want)
	}
}
