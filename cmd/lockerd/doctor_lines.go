package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"lockerd/configs"
	"lockerd/controller/console"
)

// checkLines looks at every line of the GPIO chip and every LED that the settings name.
func (d doctor) checkLines() []console.Check {
	var checks []console.Check
	see := func(name, text string) {
		line := configs.ParseLine(text)
		switch {
		case text == "":
		case line.Board == "":
			checks = append(checks, d.checkLine(name, text))
		case line.Board == configs.LED:
			checks = append(checks, d.checkLED(name, line.Pin))
		}
	}
	for _, s := range d.cfg.Slots {
		see(fmt.Sprintf("relay %d", s.Number), s.Relay)
		see(fmt.Sprintf("switch %d", s.Number), s.Switch)
	}
	see("touch", d.cfg.Fingerprint.Wakeup)
	see("siren", d.cfg.Siren.Line)
	for i, row := range d.cfg.Keypad.Rows {
		see(fmt.Sprintf("keypad row %d", i+1), row)
	}
	for i, column := range d.cfg.Keypad.Columns {
		see(fmt.Sprintf("keypad column %d", i+1), column)
	}
	return checks
}

// checkLED looks whether the kernel has an LED, and whether the service may drive it: udev's rule must have given
// its files to a group, and the unit must leave its folder writable, since it makes all of /sys read-only.
func (d doctor) checkLED(name, led string) console.Check {
	link := filepath.Join(ledFolder, led)
	n, err := d.stat(filepath.Join(link, "trigger"))
	if err != nil {
		return check("line", name, "", err, "add dtoverlay=gpio-led,gpio=N,label="+led+",trigger=oneshot to /boot/firmware/config.txt, and restart")
	}
	if !d.may(n) {
		return check("line", name, "", fmt.Errorf("led:%s may not be driven by %s (mode %04o, group %d)", led, serviceUser, n.mode.Perm(), n.gid),
			"udev gives the LEDs slot1, slot2 and so on to gpio: name it so, install systemd/70-lockerd.rules, then: udevadm trigger")
	}
	folder, err := d.real(link)
	if err == nil && !d.unitWrites(folder) {
		err = fmt.Errorf("led:%s is read-only for %s", led, unitName)
	}
	return check("line", name, "led:"+led+" is there", err, "systemctl edit "+unitName+", two lines: [Service] and ReadWritePaths="+folder+"; then: systemctl restart "+unitName)
}

// unitWrites tells whether the service's unit, as systemd has it with its drop-ins, leaves a folder of /sys writable.
func (d doctor) unitWrites(folder string) bool {
	text, err := d.unit()
	if err != nil {
		return false
	}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch {
		case key == "ProtectKernelTunables" && value == "no":
			return true
		case key != "ReadWritePaths":
			continue
		}
		for _, path := range strings.Fields(value) {
			path = strings.TrimLeft(path, "-+")
			if folder == path || strings.HasPrefix(folder, strings.TrimSuffix(path, "/")+"/") {
				return true
			}
		}
	}
	return false
}

func (d doctor) checkLine(name, text string) console.Check {
	info, err := d.line(opener{cfg: d.cfg}.line(text, "", false))
	advice := "gpiodetect lists the chips and their labels, gpioinfo their lines; mend gpio.chip or the slot in the settings"
	fine := fmt.Sprintf("%s is %s line %d", text, info.Chip, info.Offset)
	switch {
	case err == nil && info.Used && !strings.HasPrefix(info.Consumer, "lockerd"):
		err = fmt.Errorf("%s is held by %q", text, info.Consumer)
		advice = "another program or a dtoverlay of /boot/firmware/config.txt has it: end that, or use another line"
	case info.Used:
		fine += ", held by the lockerd that runs"
	}
	return check("line", name, fine, err, advice)
}
