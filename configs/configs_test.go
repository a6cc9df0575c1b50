package configs

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/controller"
	"lockerd/matcher"
)

// files are the settings files of this folder, by who reads them.
var files = map[string]func(string, ...string) error{
	"cabinet.yaml": func(p string, o ...string) error { _, err := Load(p, o...); return err },
	"sandbox.yaml": func(p string, o ...string) error { _, err := Load(p, o...); return err },
	"infosystem.yaml": func(p string, o ...string) error {
		_, err := LoadInfosystem(p, o...)
		return err
	},
}

func TestEveryFileLoads(t *testing.T) {
	found, err := filepath.Glob("*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != len(files) {
		t.Errorf("the folder holds %v, the test knows %d files", found, len(files))
	}
	for _, file := range found {
		load, ok := files[file]
		if !ok {
			t.Errorf("%s: nobody reads it", file)
		} else if err := load(file); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestSandboxValues(t *testing.T) {
	c, err := Load("sandbox.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Slots) != 12 || c.Slots[11] != (Slot{Number: 12, Size: "large", Low: true}) {
		t.Errorf("slots %+v", c.Slots)
	}
	if c.Lock.Pulse != 500*time.Millisecond || c.Kiosk.Patience != 30*time.Second {
		t.Errorf("lock %+v, kiosk %+v", c.Lock, c.Kiosk)
	}
	if want := filepath.Join("var", "cabinet", "device.key"); c.Key.Path != want {
		t.Errorf("key is %q, want %q", c.Key.Path, want)
	}
	if _, err := controller.ParsePolicy(c.Policy); err != nil {
		t.Error(err)
	}
}

// The files show the defaults as they are in the code.
func TestCabinetFileShowsDefaults(t *testing.T) {
	c, err := Load("cabinet.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := DefaultCabinet()
	if c.Lock != want.Lock || c.Watchdog != want.Watchdog || c.Policy != want.Policy || c.Codes != want.Codes || !slices.Equal(c.Off, want.Off) ||
		c.Retention != want.Retention || c.GPIO.Debounce != want.GPIO.Debounce || c.Console.Idle != want.Console.Idle {
		t.Errorf("cabinet.yaml differs from DefaultCabinet:\n%+v\n%+v", c, want)
	}
}

func TestOverrides(t *testing.T) {
	dir := t.TempDir()
	c, err := Load("sandbox.yaml", "dir="+dir, "kiosk.listen=127.0.0.1:9080", "lock.pulse=1s",
		"fingerprint.pace=false", "off=[]", "name=it's: 007")
	if err != nil {
		t.Fatal(err)
	}
	if c.Kiosk.Listen != "127.0.0.1:9080" || c.Lock.Pulse != time.Second || c.Fingerprint.Pace || len(c.Off) != 0 {
		t.Errorf("overrides were not taken: %+v", c)
	}
	if c.Name != "it's: 007" {
		t.Errorf("name is %q", c.Name)
	}
	if c.Kiosk.TokenFile != filepath.Join(dir, "kiosk.token") {
		t.Errorf("token file %q did not follow dir", c.Kiosk.TokenFile)
	}
	if c.Lock.Gap != 200*time.Millisecond || c.Kiosk.Patience != 30*time.Second || len(c.Slots) != 12 {
		t.Errorf("an override changed its neighbours: %+v", c)
	}
}

// A supply bears as many coils as its current has room for, and never none.
func TestCoils(t *testing.T) {
	for _, tt := range []struct{ coil, supply, want int }{{0, 0, 1}, {800, 0, 1}, {800, 800, 1}, {800, 1599, 1}, {800, 2500, 3}} {
		c, err := Load("sandbox.yaml", fmt.Sprint("lock.coil=", tt.coil), fmt.Sprint("lock.supply=", tt.supply))
		if err != nil || c.Lock.Coils() != tt.want {
			t.Errorf("coil %d mA, supply %d mA: %d at a time, %v; want %d", tt.coil, tt.supply, c.Lock.Coils(), err, tt.want)
		}
	}
}

func TestBadOverrides(t *testing.T) {
	tests := []struct{ override, want string }{
		{"kiosk.listne=127.0.0.1:1", "--set kiosk.listne: there is no such setting; choose among listen,"},
		{"kiosk", "--set kiosk: write key=value"},
		{"kiosk={}", "--set kiosk: name one value"},
		{"kiosk.listen.port=1", "--set kiosk.listen.port: there is no such setting"},
		{"lock.pulse=5s", "--set lock.pulse: lock.pulse: is 5s; write a duration from 20ms to 2s"},
		{"lock.pulse=", "has no value"},
		{"lock.supply=3000", "lock.coil: is 0; with lock.supply it has to say what one coil takes"},
		{"lock.supply=-1", "lock.supply: is -1; write what the supply gives"},
		{"lock.coil=9000", "lock.coil: is 9000; write what one coil takes"},
		{"fingerprint.baud=\"x", "--set fingerprint.baud: "},
		{"fingerprint.baud=1\nslots: []", "name one value"},
		{"policy=", "--set policy: policy: \"\" is no kind"},
	}
	for _, tt := range tests {
		if _, err := Load("sandbox.yaml", tt.override); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("--set %s: error %v, want %q", tt.override, err, tt.want)
		}
	}
}

// The kinds and the grammar of policies are held to the controller's.
func TestPolicyGrammarIsTheControllers(t *testing.T) {
	var want []string
	for _, k := range matcher.Kinds {
		want = append(want, string(k))
	}
	if !reflect.DeepEqual(kinds, want) {
		t.Errorf("kinds are %v here, %v in the matcher", kinds, want)
	}
	for _, text := range []string{"code", "fingerprint|code", " voice + passcode | code ", "", "|", "code|", "finger",
		"code+code", "voice+passcode+", "Code", "code || code", "code+pattern | code+pattern"} {
		d := &document{name: "x", where: map[string]string{}}
		d.policy("policy", text)
		_, err := controller.ParsePolicy(text)
		if (d.err() == nil) != (err == nil) {
			t.Errorf("policy %q: here %v, controller %v", text, d.err(), err)
		}
	}
}

func FuzzLoad(f *testing.F) {
	for file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), "kiosk.listen=127.0.0.1:0")
	}
	for _, text := range []string{"", "a", "slots: [", "slots: {}", "---\n---\n", "a: &a [*a]\n", "slots:\n- number: 1e9", "? x"} {
		f.Add(text, "off=[voice")
	}
	f.Fuzz(func(t *testing.T, text, override string) {
		d := &document{name: "fuzz.yaml", where: map[string]string{}}
		c := DefaultCabinet()
		d.decode("fuzz.yaml", text, &c)
		d.override(override, &c)
		c.check(d)
		if d.err() != nil {
			return
		}
		if c.Lock.Pulse > 2*time.Second || len(c.Slots) == 0 || c.Dir == "" {
			t.Errorf("an impossible cabinet was accepted: %+v", c)
		}
		if _, err := controller.ParsePolicy(c.Policy); err != nil {
			t.Errorf("the controller cannot read an accepted policy: %v", err)
		}
	})
}
