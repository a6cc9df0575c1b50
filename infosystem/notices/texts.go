package notices

import (
	"fmt"
	"strings"
	"time"
)

// Details is what texts are made of.
type Details struct {
	Name    string
	Place   string // the cabinet's name
	Slot    int
	Code    string
	Expires time.Time
}

// Text returns the words of a notice, in Chinese for zh and in English otherwise. It addresses somebody of whom the
// phone number alone is known by no name.
func Text(kind Kind, language string, d Details) string {
	chinese := strings.HasPrefix(strings.ToLower(language), "zh")
	text := words(kind, chinese, d)
	switch {
	case chinese && d.Name == "":
		return text
	case chinese:
		return d.Name + "，" + text
	case d.Name == "":
		return strings.ToUpper(text[:1]) + text[1:]
	}
	return d.Name + ", " + text
}

// words are those behind the name.
func words(kind Kind, chinese bool, d Details) string {
	switch {
	case kind == Arrival && chinese:
		return fmt.Sprintf("您的包裹已到%s，%d 号门。请在柜前用您登记的方式取件，无需手机。", d.Place, d.Slot)
	case kind == Arrival:
		return fmt.Sprintf("your parcel is at %s, door %d. Pick it up with your finger, or whatever else you stored; you need no phone.", d.Place, d.Slot)
	case kind == Code && chinese:
		return fmt.Sprintf("您的包裹已到%s，%d 号门。取件码：%s。", d.Place, d.Slot, d.Code)
	case kind == Code:
		return fmt.Sprintf("your parcel is at %s, door %d. Your pickup code: %s.", d.Place, d.Slot, d.Code)
	case kind == Consent && chinese:
		return fmt.Sprintf("您有一个包裹，可以放入%s的快递柜吗？请回复“同意”或“不同意”。", d.Place)
	case kind == Consent:
		return fmt.Sprintf("a parcel is coming for you. May it be put into the locker at %s? Please answer yes or no.", d.Place)
	case chinese:
		return fmt.Sprintf("您可以在%s登记取件方式，以后取件无需手机。邀请码：%s，有效期至%s。", d.Place, d.Code, d.Expires.Format("2006-01-02"))
	}
	return fmt.Sprintf("at %s you can store a finger, a pattern or a passcode, to pick up parcels without a phone. Your code for it: %s, until %s.", d.Place, d.Code, d.Expires.Format("2 January 2006"))
}
