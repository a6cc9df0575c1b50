package controller_test

import (
	"fmt"
	"slices"
	"testing"

	"lockerd/controller"
)

// TestUnknownDigitsLookTheSame: whoever types the phone's digits of somebody with a parcel here and a wrong secret
// sees, try after try, exactly what unknown digits show: the same ways, the same words, the same tries and waits.
func TestUnknownDigitsLookTheSame(t *testing.T) {
	seen := map[string][]string{}
	for name, tail := range map[string]string{"somebody with a parcel": "4711", "somebody without": "0815", "nobody": "9999"} {
		story(t, func(k *cabinet) {
			k.given("p1")
			look := func(v controller.View) {
				seen[name] = append(seen[name], fmt.Sprintf("%s %v %q %q %d %v %q", v.Screen, v.Offers, v.Note, v.Advice, v.Tries, v.Wait, v.Masked))
			}
			for range 6 {
				k.sees(controller.Home)
				k.does(controller.ActDigits, tail)
				look(k.sees(controller.AskWay))
				k.does(controller.ActWay, "passcode")
				look(k.sees(controller.AskPasscode))
				k.does(controller.ActDigits, "999999")
				look(k.sees(controller.RefusedView))
				k.does(controller.ActBack, "")
			}
			k.wantPulses("1:1") // the courier's
		})
	}
	for name, views := range seen {
		if !slices.Equal(views, seen["nobody"]) {
			t.Errorf("%s sees\n%q\nand nobody\n%q", name, views, seen["nobody"])
		}
	}
	if last := seen["nobody"][len(seen["nobody"])-1]; len(seen) != 3 || len(seen["nobody"]) != 18 {
		t.Errorf("seen were %d views, the last %s", len(seen["nobody"]), last)
	}
}
