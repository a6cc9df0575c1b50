package main

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// bootClock returns the kernel's boot id and the time since that boot, suspended time included.
func bootClock() (string, time.Duration) {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		id = []byte("unknown")
	}
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &now); err != nil {
		return strings.TrimSpace(string(id)), 0
	}
	return strings.TrimSpace(string(id)), time.Duration(now.Nano())
}

// timesync is made by systemd-timesyncd once the clock is right.
const timesync = "/run/systemd/timesync/synchronized"

// clockSynced tells whether a time service disciplines the wall clock. The unit's hardening forbids to ask the
// kernel; then it is what systemd-timesyncd says.
func clockSynced() bool {
	var t unix.Timex
	if state, err := unix.Adjtimex(&t); err == nil {
		return state != unix.TIME_ERROR
	}
	_, err := os.Stat(timesync)
	return err == nil
}
