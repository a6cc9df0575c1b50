// Package fingerprint drives fingerprint modules of the ZFM-20, R30x, AS608 and R503 family over a serial
// line that is given (8N1; 57600 baud when new).
//
// The wire. Everything is a packet, numbers big endian:
//
//	EF 01 | address 4 | PID 1 | length 2 | content | sum 2        length = content + 2
//
//	→ EF 01 FF FF FF FF 01 00 03 01 00 05          GenImg: take an image of what lies on the glass
//	← EF 01 FF FF FF FF 07 00 03 02 00 0C          confirmation 02: no finger
//	→ EF 01 FF FF FF FF 01 00 03 0A 00 0E          UpImage
//	← EF 01 FF FF FF FF 07 00 03 00 00 0A          it follows
//	← EF 01 FF FF FF FF 02 00 82 … sum             128 bytes of it, 256 pixels
//	← EF 01 FF FF FF FF 08 00 82 … sum             the last ones
//
// The host speaks first; the module answers only its own address. Sources: the ZFM-20 manual in Adafruit's
// Arduino library, and the R503 manual of Hangzhou Grow.
//
// Images are 4 bits a pixel on the wire, the left pixel in the high nibble, row by row from the top. Ridges
// are dark: 0 is a ridge and 15 is background, on the modules and on the emulator. The driver multiplies by
// 17, so that an image is 8-bit grey with 0 = ridge and 255 = background, as a sample wants it.
//
// Replies do not say what they answer. So after a timeout or a damaged reply the driver comes back into step
// with ReadSysPara, whose answer is unmistakable, before it asks anything else; and an answer that is longer or
// shorter than the manual says is never believed. A reply whose sum is wrong is not, either. A module that answers nothing is ErrGone, which is not the
// same as an empty glass (ErrNoFinger).
package fingerprint
