package infosystem_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"lockerd/controller"
)

// TestCabinetTakesWhatTheDeskTakes: one record that a cabinet refuses would hold up all of its desired state, so what
// an operator may enter must be what cabinets read, at its longest and oddest.
func TestCabinetTakesWhatTheDeskTakes(t *testing.T) {
	s := start(t)
	cabinet, _ := joinLink(t, s)
	a := apiOf(t, s)
	eventually(t, "the cabinet is connected", func() bool { return a.online("lobby") })
	for _, settings := range []object{
		{"policy": "voice+voice"}, {"policy": "voice + passcode|code", "off": []string{"voice", "voice"}},
		{"codes": "unenrolled", "consent": "courier"}, {"codes": "everyone", "consent": "recipient", "walk_up": true},
	} {
		a.try("PUT", "/api/v1/cabinets/lobby/settings", settings)
	}
	for _, member := range []object{
		{"number": "123456789012", "role": "technician", "badge": strings.Repeat("~", 64)},
		{"number": "100", "role": "courier", "secret": strings.Repeat("𝔸", 16), "badge": "!\"#$%&'("},
	} {
		a.do("POST", "/api/v1/staff", member, nil)
	}
	taken := 0
	for _, person := range []object{
		{"name": strings.Repeat("𝔸", 80), "phone": "13800138000"},
		{"name": "Ada", "phone": "13800138000", "language": "en" + strings.Repeat("-abcdefgh", 4)},
		{"name": "Ada", "phone": "13800138000", "language": "zh-Hans-CN", "agreed": "refused"},
		{"name": "Bo", "phone": "13800138000", "policy": "passcode+passcode"},
		{"name": "Bo", "phone": "13800138000", "policy": "code | voice+passcode|fingerprint"},
	} {
		status, raw := a.try("POST", "/api/v1/people", person)
		if status == http.StatusBadRequest {
			continue // refused to the operator's face
		}
		var added struct{ ID string }
		if err := json.Unmarshal(raw, &added); status != http.StatusOK || err != nil {
			t.Fatalf("%v: %d %s", person, status, raw)
		}
		taken++
		a.do("POST", "/api/v1/parcels", object{"id": strings.Repeat("~", 63) + strconv.Itoa(taken), "cabinet": "lobby", "recipient": added.ID}, nil)
		eventually(t, "the cabinet knows "+string(raw), func() bool {
			_, err := cabinet.Recipient(controller.RecipientID(added.ID))
			return err == nil
		})
	}
	if taken < 3 {
		t.Errorf("%d people were taken", taken)
	}
	if staff, err := cabinet.Staff("123456789012"); err != nil || staff.Role != controller.Technician {
		t.Errorf("the cabinet knows the technician as %v, %v", staff.Role, err)
	}
	if n := count(lines(a), "bad-message"); n > 0 {
		t.Errorf("the cabinet refused %d messages", n)
	}
}
