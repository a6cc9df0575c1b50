package fingerprinttest

import "fmt"

// Fault is a way in which a module fails.
type Fault string

// The faults.
const (
	NoFault  Fault = ""
	Silent   Fault = "silent"   // takes commands, answers nothing
	Garbage  Fault = "garbage"  // noise before each packet, and a byte of it changed
	Noise    Fault = "noise"    // noise before each packet, the packet whole
	Checksum Fault = "checksum" // every packet has a wrong sum
	Cut      Fault = "cut"      // every packet ends in its middle
	Dead     Fault = "dead"     // the sensor is broken: GenImg answers 29
	Slow     Fault = "slow"     // a tenth of the speed
)

// Faults lists every fault.
var Faults = []Fault{Silent, Garbage, Noise, Checksum, Cut, Dead, Slow}

// ParseFault returns the fault with that name.
func ParseFault(name string) (Fault, error) {
	for _, f := range Faults {
		if string(f) == name {
			return f, nil
		}
	}
	return "", fmt.Errorf("unknown fault %q of the module: use one of %v", name, Faults)
}

// noise is what a bad line adds: it holds the beginnings of packets.
var noise = []byte{0x00, 0xEF, 0x01, 0xFF, 0x37, 0xEF, 0xEF, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0xFF, 0xFF, 0xEF}

// spoil changes a frame as the fault does.
func (f Fault) spoil(frame []byte) []byte {
	last := len(frame) - 1
	switch f {
	case Silent:
		return nil
	case Garbage:
		frame[last-2] ^= 0x10
		return append(append([]byte{}, noise...), frame...)
	case Noise:
		return append(append([]byte{}, noise...), frame...)
	case Checksum:
		frame[last]++
	case Cut:
		return frame[:len(frame)/2]
	}
	return frame
}
