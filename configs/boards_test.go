package configs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// mixed is a cabinet with lines of every kind. Tests change one thing in it.
const mixed = `name: Ada's corner
dir: /var/lib/lockerd
rs485:
  - {name: locks, port: /dev/lockerd/locks, baud: 9600, timeout: 300ms, gap: 5ms, transmitter: rts, echo: false}
  - {name: relays, port: /dev/lockerd/relays}
boards:
  - {name: left, kind: 8a, bus: locks, address: 1, switch_active_low: true}
  - {name: right, kind: 8a, bus: locks, address: 2}
  - {name: top, kind: waveshare, bus: relays, address: 1}
  - {name: io, kind: mcp23017, bus: /dev/i2c-1, address: 0x21, relay_active_low: true, switch_active_low: true}
slots:
  - {number: 1, size: small, relay: "left:1", switch: "left:1"}
  - {number: 2, size: small, relay: "right:50", switch: "right:50"}
  - {number: 3, size: small, relay: "top:8", switch: "io:B7"}
  - {number: 4, size: small, relay: "io:A0", switch: "io:A1"}
  - {number: 5, size: small, relay: "led:slot5", switch: "top:1"}
`

func load(t *testing.T, text string) (Cabinet, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mixed.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(path)
}

func TestLinesOfEveryKind(t *testing.T) {
	c, err := load(t, mixed)
	if err != nil {
		t.Fatal(err)
	}
	if b, ok := c.Board("io"); !ok || b.Address != 0x21 || !b.RelayActiveLow {
		t.Errorf("%+v, %v", b, ok)
	}
	for text, want := range map[string]Line{"16": {"", "16"}, "left:3": {"left", "3"}, "led:pi:slot3": {"led", "pi:slot3"}} {
		if got := ParseLine(text); got != want {
			t.Errorf("%s is %+v, want %+v", text, got, want)
		}
	}
	if (Line{"left", "12"}).Number() != 12 || (Line{"io", "A0"}).Number() != 0 {
		t.Error("numbers of lines are wrong")
	}
}

func TestBadBoards(t *testing.T) {
	tests := []struct{ name, old, new, want string }{
		{"unknown key", "gap: 5ms", "gaps: 5ms", `4: rs485\[0\]\.gaps: there is no such setting`},
		{"name", "name: locks", "name: Locks!", `rs485\[0\]\.name: is "Locks!"; write a short name`},
		{"no port", "port: /dev/lockerd/relays", `port: ""`, `rs485\[1\]\.port: is missing`},
		{"port twice", "port: /dev/lockerd/relays", "port: /dev/lockerd/locks", `rs485\[1\]\.port: is rs485\[0\]\.port too`},
		{"speed", "baud: 9600", "baud: 9601", `rs485\[0\]\.baud: is 9601`},
		{"timeout", "timeout: 300ms", "timeout: 10s", `rs485\[0\]\.timeout: is 10s; write a duration from 20ms to 4s`},
		{"gap", "gap: 5ms", "gap: 2s", `rs485\[0\]\.gap: is 2s`},
		{"transmitter", "transmitter: rts", "transmitter: gpio", `rs485\[0\]\.transmitter: is "gpio"; choose among adapter, rts, rts-low`},
		{"kind", "kind: 8a", "kind: 9b", `7: boards\[0\]\.kind: is "9b"; choose among 8a`},
		{"board twice", "name: right", "name: left", `boards\[1\]\.name: "left" has another meaning`},
		{"board called led", "name: top", "name: led", `boards\[2\]\.name: "led" has another meaning`},
		{"address", "address: 0x21", "address: 0x40", `boards\[3\]\.address: is 64; write a number from 32 to 39`},
		{"address twice", "bus: locks, address: 2", "bus: locks, address: 1", `8: boards\[1\]\.address: is the address of boards\[0\]`},
		{"no such line", "bus: relays", "bus: relais", `boards\[2\]\.bus: is "relais"; write the name of a line below rs485`},
		{"no I²C bus", "bus: /dev/i2c-1", "bus: locks", `boards\[3\]\.bus: is "locks"; write the I²C bus`},
		{"kinds on one line", "kind: waveshare, bus: relays", "kind: waveshare, bus: locks", `boards\[2\]\.kind: is waveshare on a line of 8a boards`},
		{"polarity of a board's coil", "bus: locks, address: 2", "bus: locks, address: 2, relay_active_low: true", `boards\[1\]\.relay_active_low: is for an expander`},
		{"no such board", `relay: "left:1"`, `relay: "lift:1"`, `12: slots\[0\]\.relay: names board "lift"`},
		{"lock 0 would be all", `relay: "left:1"`, `relay: "left:0"`, `slots\[0\]\.relay: is "left:0"; write left: and a lock from 1 to 50`},
		{"lock beyond", `relay: "right:50"`, `relay: "right:51"`, `slots\[1\]\.relay: is "right:51"`},
		{"pin", `relay: "io:A0"`, `relay: "io:A8"`, `slots\[3\]\.relay: is "io:A8"; write io: and a pin from A0`},
		{"lock twice", `relay: "right:50"`, `relay: "left:1"`, `slots\[1\]\.relay: line relay left:1 is used by slots\[0\]\.relay already`},
		{"pin twice", `switch: "io:A1"`, `switch: "io:A0"`, `slots\[3\]\.switch: line io:A0 is used by slots\[3\]\.relay already`},
		{"LED that reads", `switch: "top:1"`, `switch: "led:slot6"`, `slots\[4\]\.switch: is an LED of the kernel`},
		{"LED elsewhere", `"led:slot5"`, `"led:../../gpio"`, `slots\[4\]\.relay: is "led:../../gpio"; write led:`},
		{"no chip", `relay: "io:A0"`, `relay: GPIO5`, `gpio\.chip: is missing`},
		{"pulse between steps", "name: Ada's corner", "name: Ada's corner\nlock: {pulse: 250ms}", `lock\.pulse: is 250ms; a Waveshare board times`},
		{"boards in the sandbox", "dir: /var", "hardware: sandbox\nfront: {listen: \"127.0.0.1:1\"}\ndir: /var", `boards: the sandbox has no boards`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(mixed, tt.old) {
				t.Fatalf("the settings do not hold %q", tt.old)
			}
			_, err := load(t, strings.Replace(mixed, tt.old, tt.new, 1))
			if want := `mixed\.yaml:.*` + tt.want; err == nil || !regexp.MustCompile(want).MatchString(err.Error()) {
				t.Errorf("error is\n%v\nwant %s", err, want)
			}
		})
	}
}

// A watchdog that wants an answer sooner than a busy line can give one would start a healthy machine anew.
func TestWatchdogOfBoards(t *testing.T) {
	for timeout, fine := range map[string]bool{"2s": false, "8s": false, "9s": true, "15s": true} {
		_, err := load(t, mixed+"watchdog: {device: /dev/watchdog, timeout: "+timeout+"}\n")
		if fine && err != nil || !fine && (err == nil || !strings.Contains(err.Error(), "watchdog.timeout: is "+timeout+"; with lock boards write 9s or more")) {
			t.Errorf("%s: %v", timeout, err)
		}
	}
	if _, err := load(t, mixed+"watchdog: {timeout: 2s}\n"); err != nil {
		t.Errorf("without a device: %v", err)
	}
}
