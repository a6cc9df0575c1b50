package configs

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// kinds are the kinds of identification that a policy may name.
var kinds = []string{"fingerprint", "code", "pattern", "passcode", "voice"}

var (
	languageTag = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`) // BCP 47, the part that is used here
	plainName   = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)
	hexWord     = regexp.MustCompile(`^[0-9a-fA-F]{8}$`)
	lineName    = regexp.MustCompile(`^[A-Za-z0-9_.+/-]{1,32}$`)
	fileName    = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,255}$`)
)

func (c *Cabinet) check(d *document) {
	d.given("name", c.Name, "the cabinet's name or number, for the screen")
	d.matches("language", c.Language, languageTag, "a language's tag, for example en or zh-CN")
	d.oneOf("hardware", c.Hardware, "pi", "sandbox")
	d.given("dir", c.Dir, "the folder for the cabinet's state")
	c.checkBoards(d)
	c.checkSlots(d)
	c.checkDoors(d)
	c.checkDevices(d)
	c.checkServers(d)
	d.between("lock.pulse", c.Lock.Pulse, 20*time.Millisecond, 2*time.Second)
	d.between("lock.gap", c.Lock.Gap, 0, 5*time.Second)
	c.checkCurrent(d)
	d.between("lock.jam_wait", c.Lock.JamWait, 100*time.Millisecond, 30*time.Second)
	d.between("lock.open_too_long", c.Lock.OpenTooLong, 10*time.Second, time.Hour)
	d.between("siren.at_most", c.Siren.AtMost, time.Second, 10*time.Minute)
	c.checkWatchdog(d)
	d.between("lock.reopen", c.Lock.Reopen, 0, 10*time.Minute)
	d.policy("policy", c.Policy)
	c.checkVoice(d)
	d.oneOf("codes", c.Codes, "unenrolled", "everyone")
	for i, kind := range c.Off {
		d.oneOf(fmt.Sprintf("off[%d]", i), kind, kinds...)
	}
	c.checkReachable(d)
	d.key("key", c.Key)
	d.days("retention.journal_days", c.Retention.JournalDays)
}

// checkWatchdog finds a timeout in which a door on a lock board may rightly not have answered (board.Within): it waits up
// to 5 s for its turn on the line and twice 500 ms until noise ends, with the gap; request and answer take the line's
// timeout each. All that must answer has three quarters of the watchdog's timeout.
func (c *Cabinet) checkWatchdog(d *document) {
	d.between("watchdog.timeout", c.Watchdog.Timeout, 2*time.Second, 5*time.Minute)
	if c.Watchdog.Device == "" || len(c.RS485) == 0 {
		return
	}
	var answer time.Duration
	for _, line := range c.RS485 {
		gap, timeout := cmp.Or(line.Gap, 5*time.Millisecond), cmp.Or(line.Timeout, 300*time.Millisecond)
		answer = max(answer, 5*time.Second+2*(500*time.Millisecond+gap)+2*timeout)
	}
	if least := answer * 4 / 3; c.Watchdog.Timeout < least {
		d.problem("watchdog.timeout", "is %v; with lock boards write %v or more, or shorter times below rs485, since a busy line may take %v to tell of a door", c.Watchdog.Timeout, least.Truncate(time.Second)+time.Second, answer)
	}
}

// checkCurrent finds currents that cannot be, or of which one says nothing.
func (c *Cabinet) checkCurrent(d *document) {
	switch coil, supply := c.Lock.Coil, c.Lock.Supply; {
	case coil < 0 || coil > 5000:
		d.problem("lock.coil", "is %d; write what one coil takes, up to 5000 milliamperes, or 0", coil)
	case supply < 0 || supply > 100000:
		d.problem("lock.supply", "is %d; write what the supply gives, up to 100000 milliamperes, or 0", supply)
	case supply > 0 && coil == 0:
		d.problem("lock.coil", "is 0; with lock.supply it has to say what one coil takes, in milliamperes")
	case supply > 0 && supply < coil:
		d.problem("lock.supply", "is %d; it does not suffice for one coil, which takes %d", supply, coil)
	}
}

// checkSlots finds slots without number or lines, and lines that are used twice.
func (c *Cabinet) checkSlots(d *document) {
	if len(c.Slots) == 0 {
		d.problem("slots", "a cabinet has at least one slot; list them as \"- {number: 1, size: small}\"")
	}
	numbers, lines := map[int]string{}, map[string]string{}
	for i, s := range c.Slots {
		key := fmt.Sprintf("slots[%d]", i)
		if s.Number < 1 || s.Number > 999 {
			d.problem(key+".number", "is %d; slots are numbered from 1 to 999, as painted on the doors", s.Number)
		} else if other, twice := numbers[s.Number]; twice {
			d.problem(key+".number", "slot %d stands at %s already; give each its own number", s.Number, other)
		}
		numbers[s.Number] = d.where[key]
		d.oneOf(key+".size", s.Size, "small", "medium", "large")
		c.checkLine(d, key+".relay", aRelay, s.Relay, lines)
		c.checkLine(d, key+".switch", aSwitch, s.Switch, lines)
	}
	if c.Siren.Line != "" {
		c.checkLine(d, "siren.line", aSiren, c.Siren.Line, lines)
	}
	if c.Fingerprint.Wakeup != "" {
		c.checkLine(d, "fingerprint.wakeup", aTouch, c.Fingerprint.Wakeup, lines)
	}
	c.checkKeypad(d, lines)
}

// checkLine checks one line. Lines collects them, so that none is used twice: that would open another door
// than the one asked for.
func (c *Cabinet) checkLine(d *document, key, purpose, text string, lines map[string]string) {
	line := ParseLine(text)
	switch {
	case c.Hardware == "sandbox":
		c.checkEmulated(d, key, purpose, text, lines)
	case line.Board != "":
		c.checkBoardLine(d, key, purpose, line, lines)
	case !lineName.MatchString(text):
		d.problem(key, "is %q; write the line's name or offset, for example GPIO16 or \"16\" (gpioinfo lists them)", text)
	default:
		pin := strings.TrimPrefix(text, "GPIO")
		if other, twice := lines[pin]; twice {
			d.problem(key, "line %s is used by %s already; each line serves one purpose", text, other)
		}
		lines[pin] = key
	}
}

// checkEmulated checks a line of the sandbox: the number of an emulated door, so that a crossed cable can be
// tried out.
func (c *Cabinet) checkEmulated(d *document, key, purpose, text string, lines map[string]string) {
	if text == "" || purpose == aTouch && text == "touch" {
		return
	}
	if purpose == aTouch {
		d.problem(key, "is %q; in the sandbox write touch, or nothing to have the module asked again and again", text)
		return
	}
	if !slices.ContainsFunc(c.Slots, func(s Slot) bool { return strconv.Itoa(s.Number) == text }) {
		d.problem(key, "is %q; in the sandbox write the number of an emulated door, or nothing for the slot's own", text)
	}
	if other, twice := lines[purpose+text]; twice {
		d.problem(key, "line %s is used by %s already; each line serves one purpose", text, other)
	}
	lines[purpose+text] = key
}

// usesGPIO tells whether a line of the GPIO chip is used.
func (c *Cabinet) usesGPIO() bool {
	onChip := func(text string) bool { return ParseLine(text).Board == "" }
	return len(c.Keypad.Rows) > 0 || c.Fingerprint.Wakeup != "" && onChip(c.Fingerprint.Wakeup) || c.Siren.Line != "" && onChip(c.Siren.Line) ||
		slices.ContainsFunc(c.Slots, func(s Slot) bool { return onChip(s.Relay) || onChip(s.Switch) })
}

func (c *Cabinet) checkDevices(d *document) {
	f := c.Fingerprint
	if f.Baud <= 0 || f.Baud%9600 != 0 || f.Baud > 12*9600 {
		d.problem("fingerprint.baud", "is %d; write a multiple of 9600 up to 115200, as the module is set (57600 when new)", f.Baud)
	}
	if f.Password != "" {
		d.matches("fingerprint.password", f.Password, hexWord, "eight hexadecimal digits, or nothing")
	}
	d.oneOf("fingerprint.compare", f.Compare, "auto", "host", "module")
	if !(f.ModuleFMR > 0 && f.ModuleFMR <= 1) {
		d.problem("fingerprint.module_fmr", "is %v; write the rate that the module's maker claims, for example 0.00001", f.ModuleFMR)
	} else if f.Compare == "module" && f.ModuleFMR > f.FMR {
		d.problem("fingerprint.compare", "is module, whose false match rate %v is worse than fingerprint.fmr %v; write host", f.ModuleFMR, f.FMR)
	}
	if !(f.FMR > 0 && f.FMR <= 0.001) {
		d.problem("fingerprint.fmr", "is %v; write a false match rate over 0 and up to 0.001, for example 0.0001", f.FMR)
	}
	if !slices.Contains([]int{9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600}, c.Console.Baud) {
		d.problem("console.baud", "is %d; write a usual speed, for example 115200", c.Console.Baud)
	}
	d.between("console.idle", c.Console.Idle, 30*time.Second, time.Hour)
	d.between("gpio.debounce", c.GPIO.Debounce, 0, 100*time.Millisecond)
	if c.Hardware == "sandbox" {
		d.oneOf("fingerprint.model", f.Model, "r307", "r503")
		return
	}
	c.checkStable(d)
	if c.usesGPIO() {
		d.given("gpio.chip", c.GPIO.Chip, "the label of the GPIO chip, as gpiodetect shows it in brackets")
	}
	if f.Model != "" {
		d.problem("fingerprint.model", "is for the sandbox's emulator; a real module tells its model itself: remove it")
	}
	if f.Pace {
		d.problem("fingerprint.pace", "is for the sandbox's emulator; remove it")
	}
}

func (c *Cabinet) checkServers(d *document) {
	d.loopback("kiosk.listen", c.Kiosk.Listen)
	d.given("kiosk.token_file", c.Kiosk.TokenFile, "the file in which the screen's browser finds its token")
	d.between("kiosk.patience", c.Kiosk.Patience, 5*time.Second, 5*time.Minute)
	d.between("kiosk.night_from", c.Kiosk.NightFrom, 0, 24*time.Hour)
	d.between("kiosk.night_to", c.Kiosk.NightTo, 0, 24*time.Hour)
	for key, volume := range map[string]int{"kiosk.volume": c.Kiosk.Volume, "kiosk.night_volume": c.Kiosk.NightVolume} {
		if volume < 0 || volume > 100 {
			d.problem(key, "is %d; write percent from 0 to 100", volume)
		}
	}
	if c.Hardware == "sandbox" {
		d.loopback("front.listen", c.Front.Listen)
	} else if c.Front.Listen != "" {
		d.problem("front.listen", "is for the sandbox alone, where anybody may move the doors; remove it")
	}
	if c.Front.Listen != "" && c.Front.Listen == c.Kiosk.Listen && !strings.HasSuffix(c.Front.Listen, ":0") {
		d.problem("front.listen", "is kiosk.listen too; choose another port")
	}
	if c.Sync.Infosystem != "" {
		d.address("sync.infosystem", c.Sync.Infosystem, c.Sync.AllowPlain)
		d.given("sync.join_code_file", c.Sync.JoinCodeFile, "the file that holds the one-time code")
	}
}

// checkReachable refuses a policy that nobody can satisfy, so that no parcel goes in that cannot come out.
func (c *Cabinet) checkReachable(d *document) {
	for alternative := range strings.SplitSeq(c.Policy, "|") {
		usable := true
		for kind := range strings.SplitSeq(alternative, "+") {
			usable = usable && !slices.Contains(c.Off, strings.TrimSpace(kind))
		}
		if usable {
			return
		}
	}
	d.problem("off", "every alternative of policy %q needs a kind that is switched off, so nobody could pick up; leave one usable", c.Policy)
}

// policy checks the grammar "kind {+ kind} {| kind {+ kind}}".
func (d *document) policy(key, text string) {
	for alternative := range strings.SplitSeq(text, "|") {
		var set []string
		for kind := range strings.SplitSeq(alternative, "+") {
			kind = strings.TrimSpace(kind)
			switch {
			case !slices.Contains(kinds, kind):
				d.problem(key, "%q is no kind of identification; choose among %s, joined by + (all of them) and | (any of them)",
					kind, strings.Join(kinds, ", "))
			case slices.Contains(set, kind):
				d.problem(key, "%s stands twice in one alternative; remove one", kind)
			}
			set = append(set, kind)
		}
	}
}

// checkVoice refuses a voice that is enough alone, unless that was allowed.
func (c *Cabinet) checkVoice(d *document) {
	for alternative := range strings.SplitSeq(c.Policy, "|") {
		if strings.TrimSpace(alternative) == "voice" && !c.Voice.Alone {
			d.problem("policy", "takes a voice alone for enough, which a recording can imitate; write voice+passcode, or allow it with voice.alone: true")
		}
	}
}

func (d *document) oneOf(key, value string, choices ...string) {
	if !slices.Contains(choices, value) {
		d.problem(key, "is %q; choose among %s", value, strings.Join(choices, ", "))
	}
}

func (d *document) matches(key, value string, form *regexp.Regexp, words string) {
	if !form.MatchString(value) {
		d.problem(key, "is %q; write %s", value, words)
	}
}

func (d *document) given(key, value, words string) {
	if value == "" {
		d.problem(key, "is missing; write %s", words)
	} else if strings.ContainsRune(value, 0) {
		d.problem(key, "holds a zero byte; write %s", words)
	}
}

func (d *document) between(key string, value, least, most time.Duration) {
	if value < least || value > most {
		d.problem(key, "is %v; write a duration from %v to %v", value, least, most)
	}
}

func (d *document) days(key string, value int) {
	if value < 1 || value > 3650 {
		d.problem(key, "is %d; write a number of days from 1 to 3650", value)
	}
}

func (d *document) key(key string, k Key) {
	d.oneOf(key+".source", k.Source, "file", "credential")
	if k.Source == "credential" {
		d.matches(key+".path", k.Path, fileName, "the credential's name, without a folder")
		return
	}
	d.given(key+".path", k.Path, "the key's file")
}

// hostPort checks an address to listen on and tells whether other machines can reach it.
func (d *document) hostPort(key, value string) (outside, ok bool) {
	host, port, err := net.SplitHostPort(value)
	if n, e := strconv.ParseUint(port, 10, 16); err != nil || e != nil || (n == 0 && port != "0") {
		d.problem(key, "is %q; write address:port, for example 127.0.0.1:8080", value)
		return false, false
	}
	if host == "localhost" {
		return false, true
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		d.problem(key, "is %q; write an IP address before the port, for example 127.0.0.1:8080", value)
		return false, false
	}
	return !ip.IsLoopback(), true
}

// loopback checks an address that only this machine may reach.
func (d *document) loopback(key, value string) {
	if outside, ok := d.hostPort(key, value); ok && outside {
		d.problem(key, "is %q, which other machines reach; write 127.0.0.1 before the port", value)
	}
}

// address checks the URL of a server: https, or http when it runs on this machine or when that is allowed.
func (d *document) address(key, value string, plain bool) {
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil {
		d.problem(key, "is no address of a server; write one such as https://lockers.example.org")
		return
	}
	if u.Scheme == "http" && !plain && !here(u) {
		d.problem(key, "is %q; write https, since the line to another machine must not be read by others", u.Scheme+"://"+u.Host)
	}
}

// here tells whether a URL names this machine.
func here(u *url.URL) bool {
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}
