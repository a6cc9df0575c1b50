package configs

import (
	"fmt"
	"regexp"
	"strings"
)

// numbered are the names of devices that count in the order in which they were found: another one at the next
// start.
var numbered = regexp.MustCompile(`^/dev/(ttyUSB|ttyACM|input/event)[0-9]+$`)

// checkStable finds devices that are named by a path that changes, or twice.
func (c *Cabinet) checkStable(d *document) {
	for key, path := range map[string]string{
		"fingerprint.port": c.Fingerprint.Port, "console.port": c.Console.Port,
		"keypad.device": c.Keypad.Device, "scanner.device": c.Scanner.Device,
	} {
		c.checkPath(d, key, path)
	}
	if c.Console.Port != "" && c.Console.Port == c.Fingerprint.Port {
		d.problem("console.port", "is fingerprint.port too; a serial port serves one purpose")
	}
	if c.Scanner.Device != "" && c.Scanner.Device == c.Keypad.Device {
		d.problem("scanner.device", "is keypad.device too; a keyboard serves one purpose")
	}
	for i, line := range c.RS485 {
		c.checkPath(d, fmt.Sprintf("rs485[%d].port", i), line.Port)
	}
}

func (c *Cabinet) checkPath(d *document, key, path string) {
	if numbered.MatchString(path) {
		folders := "/dev/serial/by-path or /dev/serial/by-id"
		if strings.HasPrefix(path, "/dev/input") {
			folders = "/dev/input/by-path or /dev/input/by-id"
		}
		d.problem(key, "is %s, which may be another device after the next start; write its path in %s", path, folders)
	}
}

// checkKeypad checks a keypad whose lines lockerd scans. Lines collects them, as for checkLine.
func (c *Cabinet) checkKeypad(d *document, lines map[string]string) {
	k := c.Keypad
	if len(k.Rows) == 0 && len(k.Columns) == 0 {
		return
	}
	switch rows := strings.Fields(k.Keys); {
	case c.Hardware == "sandbox":
		d.problem("keypad.rows", "the sandbox has no lines; remove rows and columns")
		return
	case k.Device != "":
		d.problem("keypad.rows", "stands beside keypad.device; remove one of them")
	case len(rows) != len(k.Rows) || len(rows) == 0 || len(rows[0]) != len(k.Columns):
		d.problem("keypad.keys", "is %q for %d rows and %d columns; write the keys row by row, for example 123 456 789 *0#", k.Keys, len(k.Rows), len(k.Columns))
	}
	for key, side := range map[string][]string{"keypad.rows": k.Rows, "keypad.columns": k.Columns} {
		for i, line := range side {
			if key := fmt.Sprintf("%s[%d]", key, i); ParseLine(line).Board != "" {
				d.problem(key, "is %q; a keypad is scanned on lines of the GPIO chip, for example GPIO5", line)
			} else {
				c.checkLine(d, key, aKey, line, lines)
			}
		}
	}
}
