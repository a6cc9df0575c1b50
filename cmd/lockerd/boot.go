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

// clockSynced tells whether the kernel's wall clock is disciplined by a time service.
func clockSynced() bool {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	return err == nil && state != unix.TIME_ERROR
}
