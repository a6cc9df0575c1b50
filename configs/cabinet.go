// Package configs reads the settings of a cabinet and of an information system from YAML files and checks
// them before anything starts. It is strict: an unknown key, a wrong type or an impossible value is an
// error that names file, line and key and says what to write instead; all problems are told at once.
//
// The package knows nothing of the rest of the program. Policies and kinds stay text here; their syntax is
// checked against the same grammar that the controller reads, and a test holds the two together.
//
// Paths: dir is relative to the working directory, every other path to dir, unless it is absolute. So one
// override of dir moves all of a program's state.
package configs

import (
	"path/filepath"
	"time"
)

// Cabinet is everything that a cabinet's controller, lockerd, can be told. A value left out of the file
// has the default that DefaultCabinet gives.
type Cabinet struct {
	// Name is the cabinet's name or number as people read it on the screen and tell it on the phone. The
	// information system has an id of its own for the cabinet, which the cabinet learns when it joins.
	Name string `yaml:"name"`
	// Language is the screen's first language: "en", "zh-CN", or another one that was added to the touchscreen.
	Language string `yaml:"language"`
	// HelpPhone is the number of a human that the screen shows when nothing works; empty shows none.
	HelpPhone string `yaml:"help_phone"`
	// HelpText says when and where that human can be reached; empty shows nothing.
	HelpText string `yaml:"help_text"`
	// Dir holds the state: database, keys, codes.
	Dir string `yaml:"dir"`
	// Hardware is "pi" for real lines and ports, or "sandbox" for emulators at the wire.
	Hardware string `yaml:"hardware"`

	// Wiring is the file into which commissioning writes what it learned; where it is there, its slots, gpio
	// and boards stand in place of these. Empty learns nothing.
	Wiring string `yaml:"wiring"`

	Slots       []Slot      `yaml:"slots"`
	GPIO        GPIO        `yaml:"gpio"`
	RS485       []RS485     `yaml:"rs485"`
	Boards      []Board     `yaml:"boards"`
	Lock        Lock        `yaml:"lock"`
	Siren       Siren       `yaml:"siren"`
	Watchdog    Watchdog    `yaml:"watchdog"`
	Fingerprint Fingerprint `yaml:"fingerprint"`
	Microphone  Microphone  `yaml:"microphone"`
	Voice       Voice       `yaml:"voice"`
	Keypad      Keypad      `yaml:"keypad"`
	Scanner     Scanner     `yaml:"scanner"`
	Kiosk       Kiosk       `yaml:"kiosk"`
	Console     Console     `yaml:"console"`
	Front       Front       `yaml:"front"`
	Sync        Sync        `yaml:"sync"`
	Key         Key         `yaml:"key"`
	Retention   Retention   `yaml:"retention"`
	Policy      string      `yaml:"policy"` // "fingerprint | voice+passcode | code": any one alternative is enough
	Codes       string      `yaml:"codes"`  // who gets a pickup code: "unenrolled" or "everyone"
	Off         []string    `yaml:"off"`    // kinds of identification that are switched off

	origin  origin // of these settings
	undrawn bool   // Kiosk.Doors named other slots than the wiring that was learned
}

// origin is where settings came from.
type origin struct {
	path      string
	overrides []string
}

// Slot is one compartment and its door.
type Slot struct {
	Number int    `yaml:"number"` // from 1, as painted on the door
	Size   string `yaml:"size"`   // "small", "medium" or "large"
	Low    bool   `yaml:"low"`    // can be reached from a wheelchair
	// Relay is the line that drives the lock's coil: its name ("GPIO16") or offset ("16"), a board's line
	// ("left:3"), or an LED of the kernel ("led:slot3"). In the sandbox it is the emulated door's number;
	// empty is the slot's own.
	Relay  string `yaml:"relay"`
	Switch string `yaml:"switch"` // line of the door switch, its name, offset or a board's line; likewise
}

// GPIO says which chip carries the lines of slots and wakeup, and how they are wired.
type GPIO struct {
	// Chip is the chip's label (gpiodetect shows it), since chip numbers change between kernels.
	Chip            string        `yaml:"chip"`
	RelayActiveLow  bool          `yaml:"relay_active_low"`  // the relay pulls in when the line is low
	SwitchActiveLow bool          `yaml:"switch_active_low"` // the line is low when the door is shut
	Debounce        time.Duration `yaml:"debounce"`          // of the door switches, 0–100ms
}

// Lock times the doors.
type Lock struct {
	Pulse       time.Duration `yaml:"pulse"`         // current through the coil, 20ms–2s
	Gap         time.Duration `yaml:"gap"`           // rest of the power supply between two pulses, 0–5s
	Coil        int           `yaml:"coil"`          // current that one coil takes, in milliamperes, up to 5000; 0: not known
	Supply      int           `yaml:"supply"`        // current that the locks' supply gives, in milliamperes; with coil it says how many coils are driven at a time; 0: one
	JamWait     time.Duration `yaml:"jam_wait"`      // how long the switch may take to show the door open, 100ms–30s
	OpenTooLong time.Duration `yaml:"open_too_long"` // after this an open door is reported, 10s–1h
	Reopen      time.Duration `yaml:"reopen"`        // how long after it was opened, and after it was shut, a person can have the door opened again, 0–10m
}

// Coils returns how many coils the locks' supply drives at a time: one, unless both currents are given.
func (l Lock) Coils() int {
	if l.Coil == 0 {
		return 1
	}
	return max(1, l.Supply/l.Coil)
}

// Siren is an output that makes noise about alarms.
type Siren struct {
	Line      string        `yaml:"line"`       // of the GPIO chip or an expander; empty: none (pi), emulator (sandbox)
	ActiveLow bool          `yaml:"active_low"` // it sounds while its line of the GPIO chip is low; an expander's is as its relays are
	AtMost    time.Duration `yaml:"at_most"`    // then it falls silent although the door is open, 1s–10m
	LeftOpen  bool          `yaml:"left_open"`  // it also sounds for a door that stays open too long, not only for a forced one
}

// Watchdog starts the machine anew when lockerd hangs or ends by a fault.
type Watchdog struct {
	Device  string        `yaml:"device"`  // the kernel's, for example /dev/watchdog; empty: none, systemd sees to it
	Timeout time.Duration `yaml:"timeout"` // how long lockerd may not answer, in whole seconds, 2s–5m
}

// Fingerprint is the fingerprint module and how fingers are compared.
type Fingerprint struct {
	Port     string `yaml:"port"`     // serial device by a path that does not change; empty: no module (pi), emulator (sandbox)
	Baud     int    `yaml:"baud"`     // 9600·N, N 1–12
	Password string `yaml:"password"` // the module's, eight hexadecimal digits; empty when it asks for none
	// Compare says where: "host" on the uploaded image, "module" inside the module, "auto" in the module
	// first, where ModuleFMR is good enough, and on the image of a finger that it does not find.
	Compare string `yaml:"compare"`
	// FMR is the false match rate at which a finger counts as the same, over 0 and up to 0.001.
	FMR float64 `yaml:"fmr"`
	// ModuleFMR is the false match rate that the module's maker claims at its security level.
	ModuleFMR float64 `yaml:"module_fmr"`
	Model     string  `yaml:"model"` // emulated module: "r307" (256×288) or "r503" (192×192); sandbox only
	Pace      bool    `yaml:"pace"`  // the emulated wire takes its real time; sandbox only
	// Wakeup is the line that tells of a touch; empty polls the module. In the sandbox it is "touch".
	Wakeup          string `yaml:"wakeup"`
	WakeupActiveLow bool   `yaml:"wakeup_active_low"`
}

// Microphone is where voice is captured.
type Microphone struct {
	Device string `yaml:"device"` // as arecord -D takes it; empty: no microphone (pi), emulator (sandbox)
}

// Voice says how voices are compared.
type Voice struct {
	// Model is a voice model that "lockerd voice train" made; empty: the one that comes with the program.
	// Voices that were enrolled with another model have to be enrolled again.
	Model string `yaml:"model"`
	// Alone lets a policy take a voice alone for enough. A voice can be recorded and imitated: the journal
	// keeps a warning at each start.
	Alone bool `yaml:"alone"`
}

// Keypad is a keypad with digits beside the touchscreen.
type Keypad struct {
	Device string `yaml:"device"` // an evdev device by a path that does not change; empty: none (pi), emulator (sandbox)
	// Rows and Columns are GPIO lines of a keypad that lockerd scans itself, in place of Device; pi only.
	Rows    []string `yaml:"rows"`
	Columns []string `yaml:"columns"`
	Keys    string   `yaml:"keys"` // the keys row by row, for example "123 456 789 *0#"; # is enter, * is clear
}

// Given tells whether there is a keypad.
func (k Keypad) Given() bool { return k.Device != "" || len(k.Rows) > 0 }

// Scanner is a barcode scanner for couriers, which acts as a keyboard.
type Scanner struct {
	Device string `yaml:"device"` // an evdev device by a path that does not change; empty: none (pi), emulator (sandbox)
}

// Kiosk serves the touchscreen.
type Kiosk struct {
	Listen    string        `yaml:"listen"`     // loopback host:port
	TokenFile string        `yaml:"token_file"` // where the screen's browser finds its token, made at each start
	Patience  time.Duration `yaml:"patience"`   // without a touch before the screen goes home, 5s–5m
	// Prompts is the folder of spoken prompts, as make prompts records them; empty: the screen is silent.
	Prompts     string        `yaml:"prompts"`
	Volume      int           `yaml:"volume"`       // of the prompts, percent
	NightVolume int           `yaml:"night_volume"` // the same at night
	NightFrom   time.Duration `yaml:"night_from"`   // local time of day at which the night begins, 0–24h
	NightTo     time.Duration `yaml:"night_to"`     // and ends
	// Doors are the doors as they stand, a row of the cabinet's front in each string: numbers of slots, "screen" for the
	// touchscreen, "." for no door. A door that stands in several places is as large. Empty: rows in the order of the numbers.
	Doors []string `yaml:"doors"`
}

// Console is the technician's serial console.
type Console struct {
	Port string        `yaml:"port"` // serial device; empty: none (pi), a pseudo-terminal (sandbox)
	Baud int           `yaml:"baud"` // bits a second
	Idle time.Duration `yaml:"idle"` // without a key before the technician is signed out, 30s–1h
}

// Front is the page that shows the emulated cabinet's doors.
type Front struct {
	Listen string `yaml:"listen"` // loopback host:port; sandbox only
}

// Sync is the way to the information system.
type Sync struct {
	Infosystem   string `yaml:"infosystem"`     // its address; https, or http on this machine; empty: the cabinet stands alone
	JoinCodeFile string `yaml:"join_code_file"` // holds the one-time code with which the cabinet joins, or joins anew
	// AllowPlain lets the cabinet speak http and plain MQTT to another machine: closed networks only.
	AllowPlain bool `yaml:"allow_plain"`
}

// Key is where the key comes from that seals the state.
type Key struct {
	Source string `yaml:"source"` // "file" (made at the first start) or "credential" (given by systemd)
	Path   string `yaml:"path"`   // the file, or the credential's name
}

// Retention says how long the cabinet keeps what it no longer needs.
type Retention struct {
	JournalDays int `yaml:"journal_days"` // lines that the information system has acknowledged, and parcels that ended with them, 1–3650
}

// DefaultCabinet returns the settings that hold for keys that a file leaves out. It names no slots.
func DefaultCabinet() Cabinet {
	return Cabinet{
		Language: "en",
		Hardware: "pi",
		Wiring:   "wiring.yaml",
		GPIO:     GPIO{SwitchActiveLow: true, Debounce: 10 * time.Millisecond},
		Lock: Lock{Pulse: 500 * time.Millisecond, Gap: 200 * time.Millisecond,
			JamWait: 2 * time.Second, OpenTooLong: 2 * time.Minute, Reopen: time.Minute},
		Siren:       Siren{AtMost: 30 * time.Second},
		Watchdog:    Watchdog{Timeout: 15 * time.Second},
		Fingerprint: Fingerprint{Baud: 57600, Compare: "auto", FMR: 0.0001, ModuleFMR: 0.00001, WakeupActiveLow: true},
		Keypad:      Keypad{Keys: "123 456 789 *0#"},
		Kiosk: Kiosk{Listen: "127.0.0.1:8080", TokenFile: "kiosk.token", Patience: 30 * time.Second,
			Volume: 80, NightVolume: 30, NightFrom: 22 * time.Hour, NightTo: 7 * time.Hour},
		Console:   Console{Baud: 115200, Idle: 5 * time.Minute},
		Sync:      Sync{JoinCodeFile: "join.code"},
		Key:       Key{Source: "file", Path: "device.key"},
		Retention: Retention{JournalDays: 365},
		Policy:    "fingerprint | pattern | passcode | voice+passcode | code",
		Codes:     "unenrolled",
		Off:       []string{"voice"},
	}
}

// Load reads a cabinet's settings. Each override is "key=value" with the key's full name, for example
// "kiosk.listen=127.0.0.1:9080", and stands above the file. The error tells every problem, one a line.
func Load(path string, overrides ...string) (Cabinet, error) {
	c := DefaultCabinet()
	c.origin = origin{path, overrides}
	d, err := open(path, overrides, &c)
	if err != nil {
		return Cabinet{}, err
	}
	c.layWiring(d)
	if err := d.err(); err != nil {
		return Cabinet{}, err
	}
	c.check(d)
	if err := d.err(); err != nil {
		return Cabinet{}, err
	}
	under(c.Dir, &c.Voice.Model, &c.Kiosk.TokenFile, &c.Kiosk.Prompts, &c.Sync.JoinCodeFile)
	if c.Key.Source == "file" {
		under(c.Dir, &c.Key.Path)
	}
	return c, nil
}

// Warnings says what the settings allow against advice, and what of them is not carried out, one sentence each.
func (c Cabinet) Warnings() (warnings []string) {
	if c.undrawn {
		warnings = append(warnings, "kiosk.doors does not name the slots of the learned wiring: the touchscreen draws them by their numbers; correct it")
	}
	if c.Voice.Alone {
		warnings = append(warnings, "voice.alone is on: where the policy says so, a voice alone opens doors, and so does whoever imitates it or plays a recording of it cleverly cut; voice+passcode is safer")
	}
	return warnings
}

// Reload reads the settings anew from where Load read them.
func (c Cabinet) Reload() (Cabinet, error) { return Load(c.origin.path, c.origin.overrides...) }

// under makes relative paths relative to dir.
func under(dir string, paths ...*string) {
	for _, p := range paths {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(dir, *p)
		}
	}
}
