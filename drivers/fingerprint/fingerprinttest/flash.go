package fingerprinttest

import "maps"

// Flash is what a module keeps without power. It can be written as JSON.
type Flash struct {
	Password uint32         `json:"password"`
	Address  uint32         `json:"address"`
	Baud     int            `json:"baud"` // bits a second / 9600
	Security int            `json:"security"`
	Packet   int            `json:"packet"` // 0–3 for 32, 64, 128 or 256 bytes
	Pages    map[int][]byte `json:"pages"`
}

// NewFlash is the flash of a new module: 57600 baud, 128 bytes a packet, no password, no template.
func NewFlash() Flash {
	return Flash{Address: 0xFFFFFFFF, Baud: 6, Security: 3, Packet: 2, Pages: map[int][]byte{}}
}

func (f Flash) clone() Flash {
	f.Pages = maps.Clone(f.Pages)
	if f.Pages == nil {
		f.Pages = map[int][]byte{}
	}
	return f
}

// valid tells whether a module could have written it.
func (f Flash) valid(t traits) bool {
	if f.Baud < 1 || f.Baud > 12 || f.Security < 1 || f.Security > 5 || f.Packet < 0 || f.Packet > 3 {
		return false
	}
	for page, template := range f.Pages {
		if page < 0 || page >= t.capacity || len(template) > t.template {
			return false
		}
	}
	return true
}
