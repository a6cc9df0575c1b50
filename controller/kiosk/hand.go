package kiosk

import "strings"

// fingerPaths are the fingers of a right hand that lies on a table, in a box of 120×130: SVG paths whose strokes are as
// wide as a finger.
var fingerPaths = []struct{ name, path string }{
	{"thumb", "M36 96L14 74"},
	{"index", "M42 74L37 28"},
	{"middle", "M57 70V16"},
	{"ring", "M72 72L77 24"},
	{"little", "M86 80L96 46"},
}

// hand is the picture of a hand on which one finger stands out.
type hand struct {
	Left    bool
	Fingers []handFinger
}

type handFinger struct {
	Path  string
	Meant bool
}

// Hand draws the finger that Label names, such as "right index". Of a label that names none there is no picture.
func (s *screen) Hand() *hand {
	side, name, _ := strings.Cut(s.Label, " ")
	drawn, found := hand{Left: side == "left"}, false
	for _, f := range fingerPaths {
		drawn.Fingers = append(drawn.Fingers, handFinger{f.path, f.name == name})
		found = found || f.name == name
	}
	if !found || side != "left" && side != "right" {
		return nil
	}
	return &drawn
}
