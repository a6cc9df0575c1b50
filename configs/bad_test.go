package configs

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestBadSettings: each line changes one thing in a file that is right; the error must name line and key and say what to do.
func TestBadSettings(t *testing.T) {
	tests := []struct{ name, file, old, new, want string }{
		{"unknown key", "sandbox.yaml", "  pulse: 500ms", "  puls: 500ms", `lock\.puls: there is no such setting; choose among pulse,`},
		{"unknown top key", "sandbox.yaml", "name:", "nmae:", `nmae: there is no such setting; choose among name,`},
		{"unknown key in list", "sandbox.yaml", "{number: 3,", "{number: 3, colour: red,", `slots\[2\]\.colour: there is no such`},
		{"key twice", "sandbox.yaml", "name: Sandbox", "name: Sandbox\nname: Other", `name: stands twice; remove one`},
		{"text for number", "sandbox.yaml", "baud: 57600", `baud: "57600"`, `fingerprint\.baud: must be a whole number, without quotes`},
		{"fraction for number", "sandbox.yaml", "baud: 57600", `baud: 57600.5`, `fingerprint\.baud: must be a whole number`},
		{"number for text", "sandbox.yaml", `"+1 555 0100"`, "0755123", `help_phone: must be text; put it in quotes: "0755123"`},
		{"number for duration", "sandbox.yaml", "pulse: 500ms", "pulse: 500", `lock\.pulse: must be a duration with its unit`},
		{"text for truth", "sandbox.yaml", "pace: true ", "pace: yes ", `fingerprint\.pace: must be true or false`},
		{"value for list", "sandbox.yaml", "off: [voice]", "off: voice", `off: must be a list`},
		{"list for value", "sandbox.yaml", "name: Sandbox", "name: [Sandbox]", `name: must be text`},
		{"value for group", "sandbox.yaml", "key:\n  source: file\n  path: device.key", "key: device.key", `key: must be settings of its own`},
		{"no value", "sandbox.yaml", "language: en", "language:", `language: has no value`},
		{"alias", "sandbox.yaml", "language: en", "language: &l en", `language: anchors, aliases and tags are not read`},
		{"pulse too long", "sandbox.yaml", "pulse: 500ms", "pulse: 3s", `lock\.pulse: is 3s; write a duration from 20ms to 2s`},
		{"slot twice", "sandbox.yaml", "{number: 2,", "{number: 1,", `slots\[1\]\.number: slot 1 stands at .*:\d+ already`},
		{"slot zero", "sandbox.yaml", "{number: 1,", "{number: 0,", `slots\[0\]\.number: is 0; slots are numbered from 1`},
		{"size", "sandbox.yaml", "number: 1, size: small", "number: 1, size: tiny", `slots\[0\]\.size: is "tiny"; choose among small`},
		{"line in sandbox", "sandbox.yaml", "number: 1, size", "relay: GPIO5, number: 1, size", `slots\[0\]\.relay: is "GPIO5"; in the sandbox write the number`},
		{"kiosk for all", "sandbox.yaml", "listen: 127.0.0.1:8080", "listen: 0.0.0.0:8080", `kiosk\.listen: is "0.0.0.0:8080", which other machines reach`},
		{"too loud", "cabinet.yaml", "  volume: 80 ", "  volume: 800 ", `kiosk\.volume: is 800; write percent from 0 to 100`},
		{"night", "cabinet.yaml", "night_from: 22h", "night_from: 25h", `kiosk\.night_from: is 25h`},
		{"no port", "sandbox.yaml", "listen: 127.0.0.1:8080", "listen: 127.0.0.1", `kiosk\.listen: is "127.0.0.1"; write address:port`},
		{"port twice", "sandbox.yaml", "127.0.0.1:8081", "127.0.0.1:8080", `front\.listen: is kiosk.listen too`},
		{"policy", "sandbox.yaml", "policy: fingerprint", "policy: finger", `policy: "finger" is no kind of identification; choose among`},
		{"voice alone", "sandbox.yaml", "policy: fingerprint |", "policy: voice |", `policy: takes a voice alone for enough.*voice\+passcode`},
		{"nobody can pick up", "sandbox.yaml", "off: [voice]", "off: [voice, fingerprint, pattern, passcode, code]", `off: every alternative`},
		{"off", "sandbox.yaml", "off: [voice]", "off: [face]", `off\[0\]: is "face"; choose among`},
		{"codes", "sandbox.yaml", "codes: unenrolled", "codes: all", `codes: is "all"; choose among unenrolled, everyone`},
		{"no emulated module", "sandbox.yaml", "  model: r503", "  model: \"\"", `fingerprint\.model: is ""; choose among r307, r503`},
		{"rate", "sandbox.yaml", "fmr: 0.0001", "fmr: 0.01", `fingerprint\.fmr: is 0.01; write a false match rate`},
		{"module too lenient", "sandbox.yaml", "compare: auto", "compare: module\n  module_fmr: 0.01", `fingerprint\.compare: is module, whose false match rate 0.01 is worse`},
		{"plain http", "sandbox.yaml", "http://127.0.0.1:8082", "http://lockers.example.org", `sync\.infosystem: is .*; write https`},
		{"no relay", "cabinet.yaml", "relay: GPIO16, ", "", `slots\[0\]\.relay: is ""; write the line's name or offset`},
		{"line twice", "cabinet.yaml", "relay: GPIO17", "relay: GPIO16", `slots\[1\]\.relay: line GPIO16 is used by slots\[0\]\.relay already`},
		{"line twice, by offset", "cabinet.yaml", "relay: GPIO17", `relay: "16"`, `slots\[1\]\.relay: line 16 is used by slots\[0\]\.relay already`},
		{"port by number", "cabinet.yaml", "/dev/lockerd/fingerprint ", "/dev/ttyUSB0 ", `fingerprint\.port: is /dev/ttyUSB0, which may be another device .*/dev/serial/by-path`},
		{"keypad by number", "cabinet.yaml", `device: ""                  # a path in /dev/input/by-path`, `device: /dev/input/event3 #`, `keypad\.device: is .*/dev/input/by-path`},
		{"port for two", "cabinet.yaml", "/dev/lockerd/console ", "/dev/lockerd/fingerprint ", `console\.port: is fingerprint\.port too`},
		{"keys of a matrix", "cabinet.yaml", "  rows: []", "  rows: [GPIO0, GPIO1]", `keypad\.keys: is "123 456 789 \*0#" for 2 rows and 0 columns`},
		{"matrix on a relay's line", "cabinet.yaml", "  rows: [] ", "  rows: [GPIO16] ", `keypad\.rows\[0\]: line GPIO16 is used by`},
		{"front on a Pi", "cabinet.yaml", "sync:\n", "front: {listen: \"127.0.0.1:8081\"}\nsync:\n", `front\.listen: is for the sandbox alone`},
		{"no chip", "cabinet.yaml", "chip: pinctrl-bcm2711", `chip: ""`, `gpio\.chip: is missing; write the label`},
		{"key from nowhere", "cabinet.yaml", "source: file ", "source: usb ", `key\.source: is "usb"; choose among file, credential`},
		{"number too large", "sandbox.yaml", "baud: 57600", "baud: 99999999999999999999", `fingerprint\.baud: `},
		{"two brokers", "infosystem.yaml", `url: ""  `, `url: ssl://b.example.org:8883`, `broker\.listen: stands beside broker.url`},
		{"broker for all", "infosystem.yaml", "127.0.0.1:1884", "0.0.0.0:1884", `broker\.listen: is .* which other machines reach`},
		{"kept too long", "infosystem.yaml", "unused_days: 1095", "unused_days: 2000", `retention\.unused_days: is 2000; write a number of days from 1 to 1095`},
		{"no proxy", "infosystem.yaml", "trusted_proxies: []", "trusted_proxies: [127.0.0.1, proxy.example.org]", `trusted_proxies\[1\]: is "proxy.example.org"; write an address or a network`},
		{"proxy by IPv4 in IPv6", "infosystem.yaml", "trusted_proxies: []", `trusted_proxies: ["::ffff:10.0.0.0/104"]`, `trusted_proxies\[0\]: is "::ffff:10.0.0.0/104"; write an address`},
		{"everybody is a proxy", "infosystem.yaml", "trusted_proxies: []", "trusted_proxies: [0.0.0.0/0]", `trusted_proxies\[0\]: names every address`},
		{"country", "infosystem.yaml", "country: CN", "country: China", `country: is "China"; write the two capital letters`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text, err := os.ReadFile(tt.file)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(text), tt.old) {
				t.Fatalf("%s does not hold %q", tt.file, tt.old)
			}
			path := filepath.Join(t.TempDir(), "changed.yaml")
			changed := strings.Replace(string(text), tt.old, tt.new, 1)
			if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
				t.Fatal(err)
			}
			err = files[tt.file](path)
			want := regexp.QuoteMeta(path) + `:\d+: ` + tt.want
			if err == nil || !regexp.MustCompile(want).MatchString(err.Error()) {
				t.Errorf("error is\n%v\nwant %s", err, want)
			}
		})
	}
}

// TestBadFiles gives whole files that hold no settings.
func TestBadFiles(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"words", "just words\n", `changed\.yaml: holds no settings`},
		{"a list", "- 1\n- 2\n", `changed\.yaml: holds no settings`},
		{"syntax", "name: [\n", `changed\.yaml:1: `},
		{"tab", "lock:\n\tpulse: 1s\n", `changed\.yaml:2: `},
		{"two documents", "name: a\n---\nname: b\n", `changed\.yaml: holds several documents`},
		{"nothing", "# empty\n", `changed\.yaml: slots: a cabinet has at least one slot`},
		{"too large", strings.Repeat("# x\n", maxFile/4+1), `larger than 256 KB`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "changed.yaml")
			if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(path); err == nil || !regexp.MustCompile(tt.want).MatchString(err.Error()) {
				t.Errorf("error is\n%v\nwant %s", err, tt.want)
			}
		})
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none.yaml")); !os.IsNotExist(errors.Unwrap(err)) {
		t.Errorf("a missing file gives %v", err)
	}
}

// All problems are told at once, so that a person mends a file in one go.
func TestAllProblemsAtOnce(t *testing.T) {
	_, err := Load("sandbox.yaml", "codes=all", "lock.pulse=1h", "kiosk.listen=nowhere")
	for _, want := range []string{"codes", "lock.pulse", "kiosk.listen"} {
		if err == nil || !strings.Contains(err.Error(), "--set "+want+": ") {
			t.Errorf("%s is not told of in %v", want, err)
		}
	}
}
