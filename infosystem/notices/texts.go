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

// Text returns the words of a notice, in Chinese for zh and in English otherwise.
func Text(kind Kind, language string, d Details) string {
	chinese := strings.HasPrefix(strings.ToLower(language), "zh")
	switch {
	case kind == Arrival && chinese:
		return fmt.Sprintf("%s,您的包裹已到%s %d号格。请在柜前用您录入的方式取件,无需手机。", d.Name, d.Place, d.Slot)
	case kind == Arrival:
		return fmt.Sprintf("%s, your parcel is at %s, slot %d. Identify yourself at the cabinet in any way you enrolled; you need no phone.", d.Name, d.Place, d.Slot)
	case kind == Code && chinese:
		return fmt.Sprintf("%s,您的包裹已到%s %d号格。取件码:%s。", d.Name, d.Place, d.Slot, d.Code)
	case kind == Code:
		return fmt.Sprintf("%s, your parcel is at %s, slot %d. Your pickup code: %s.", d.Name, d.Place, d.Slot, d.Code)
	case chinese:
		return fmt.Sprintf("%s,您可在%s录入取件方式,邀请码:%s,有效期至%s。", d.Name, d.Place, d.Code, d.Expires.Format("2006-01-02"))
	}
	return fmt.Sprintf("%s, you can enrol at %s to pick up parcels without a phone. Your code for it: %s, until %s.", d.Name, d.Place, d.Code, d.Expires.Format("2 January 2006"))
}
