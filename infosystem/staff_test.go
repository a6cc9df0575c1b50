package infosystem_test

import (
	"strings"
	"testing"

	"lockerd/matcher"
	"lockerd/matcher/passcode"
	"lockerd/sync/wire"
)

// TestSecretChosenAtACabinet: who knew the old secret changes it everywhere; a cabinet's word alone does not, nor
// does a second one that comes later.
func TestSecretChosenAtACabinet(t *testing.T) {
	s := start(t)
	a, c := apiOf(t, s), joinCabinet(t, s, "lobby")
	other := joinCabinet(t, s, "yard")
	for _, each := range []*cabinet{c, other} {
		each.hello()
		each.apply()
	}
	first := a.text("POST", "/api/v1/staff", object{"number": "1001", "role": "courier", "badge": "badge-1001-x"}, "secret")
	for _, each := range []*cabinet{c, other} {
		got := body[wire.StaffBody](each, each.apply()[key(wire.RecordStaff, "1001")])
		if !got.OneTime || got.Badge != "badge-1001-x" {
			t.Errorf("the cabinet got %+v, want a first secret and the badge", got)
		}
	}
	change := func(old, chosen string) {
		c.happen(wire.Event{What: "secret-changed", Who: "1001", Sealed: c.seal("secret-changed", "1001",
			wire.SecretBody{Number: "1001", Old: []byte(old), Secret: passcode.Hash([]byte(chosen))})})
	}
	change("000000", "666666")
	change(first, "271828")
	for _, each := range []*cabinet{c, other} {
		got := body[wire.StaffBody](each, each.apply()[key(wire.RecordStaff, "1001")])
		verdict, err := passcode.Matcher{}.Compare(matcher.Identification{Data: got.Secret}, matcher.Identification{Data: []byte("271828")})
		if got.OneTime || err != nil || !verdict.Match {
			t.Errorf("after the change the cabinet got one-time %v, match %v, %v", got.OneTime, verdict.Match, err)
		}
	}
	change(first, "161803")
	refused := 0
	for _, line := range lines(a) {
		if line.What == "secret-changed" && line.Problem != "" {
			refused++
		}
	}
	if refused != 2 {
		t.Errorf("%d changes were refused, want 2", refused)
	}
	for _, badge := range []string{"badge-1001-x", "1001 001", "short", strings.Repeat("x", 65)} {
		if code, _ := a.try("POST", "/api/v1/staff", object{"number": "1002", "role": "courier", "badge": badge}); code/100 != 4 {
			t.Errorf("badge %q gave %d", badge, code)
		}
	}
}
