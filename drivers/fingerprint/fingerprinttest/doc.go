// Package fingerprinttest emulates a fingerprint module at the wire: the packets, the pace, the password,
// the address, buffers, the library in flash, and the faults of a real one. What is laid on its glass is a
// Finger. Any client of the family can talk to it over any io.ReadWriter, for example a pseudo-terminal.
//
// It is no matcher: a character file names the finger that it was made of by numbers that are drawn from
// the finger's identity and disturbed for each impression, and two character files are compared by the
// correlation of these numbers. So Search and Match behave, and templates survive UpChar and DownChar, but
// their error rates mean nothing.
package fingerprinttest
