package kerneltest

import (
	"os"
	"syscall"
	"testing"
	"unsafe"
)

// addEntropy is RNDADDENTROPY of linux/random.h.
const addEntropy = 0x40085203

// Entropy tells the test kernel that it has seen enough that is random. It has no device that would tell it, and
// makes programs that want random numbers wait for minutes; what they get here is good enough for a test alone.
func Entropy(t testing.TB) {
	t.Helper()
	Need(t)
	pool := struct {
		bits, size int32
		bytes      [64]byte
	}{512, 64, [64]byte{}}
	device, err := os.OpenFile("/dev/urandom", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer device.Close()
	if _, err := device.Read(pool.bytes[:]); err != nil {
		t.Fatal(err)
	}
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, device.Fd(), addEntropy, uintptr(unsafe.Pointer(&pool))); errno != 0 {
		t.Fatal(errno)
	}
}
