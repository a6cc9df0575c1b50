package controller

import "time"

// Tries counts failed tries of one person ("recipient/…", "staff/…") or of the whole cabinet
// ("cabinet/codes", "cabinet/fingers"). It is committed before anything is compared.
type Tries struct {
	Key   string
	Count int
	// Boot and Since place the last try on the clock that counts from boot (CLOCK_BOOTTIME), since a wall
	// clock can be wrong: the kernel's boot id and the time since that boot.
	Boot  string
	Since time.Duration
	Begun time.Duration // when the count began, on the same clock
}
