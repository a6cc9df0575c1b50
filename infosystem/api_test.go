package infosystem_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"lockerd/infosystem"
	"lockerd/sync/wire"
)

// api is a client of the JSON API.
type api struct {
	t     *testing.T
	url   string
	token string
}

// try sends a request and returns the status and the body.
func (a api) try(method, path string, body any) (int, []byte) {
	a.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		a.t.Fatal(err)
	}
	request, err := http.NewRequest(method, a.url+path, bytes.NewReader(raw))
	if err != nil {
		a.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+a.token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		a.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return response.StatusCode, answer
}

// do is try for what must work; it decodes the answer.
func (a api) do(method, path string, body, answer any) {
	a.t.Helper()
	code, raw := a.try(method, path, body)
	if code != http.StatusOK {
		a.t.Fatalf("%s %s: %d %s", method, path, code, raw)
	}
	if answer == nil {
		return
	}
	if err := json.Unmarshal(raw, answer); err != nil {
		a.t.Fatalf("%s %s: %v in %s", method, path, err, raw)
	}
}

// text returns a text member of an answer.
func (a api) text(method, path string, body any, member string) string {
	a.t.Helper()
	var answer object
	a.do(method, path, body, &answer)
	text, _ := answer[member].(string)
	if text == "" {
		a.t.Fatalf("%s %s: no %s in %v", method, path, member, answer)
	}
	return text
}

func apiOf(t *testing.T, s *infosystem.System) api { return api{t, s.WebURL(), s.Token()} }

type object map[string]any

func TestAPIRefusals(t *testing.T) {
	s := start(t)
	a, _, bo := ready(t, s)
	for _, c := range []struct {
		name, method, path string
		body               any
		want               int
	}{
		{"unknown person", "POST", "/api/v1/parcels", object{"cabinet": "lobby", "recipient": "r-nobody", "size": 1}, 404},
		{"unknown cabinet", "POST", "/api/v1/parcels", object{"cabinet": "none", "recipient": bo, "size": 1}, 404},
		{"parcel twice", "POST", "/api/v1/parcels", object{"id": "P-1", "cabinet": "lobby", "recipient": bo, "size": 1}, 409},
		{"giant size", "POST", "/api/v1/parcels", object{"cabinet": "lobby", "recipient": bo, "size": 4}, 400},
		{"consent of a wrong word", "POST", "/api/v1/parcels/P-1/consent", object{"consent": "said"}, 400},
		{"consent to an unknown parcel", "POST", "/api/v1/parcels/P-9/consent", object{"consent": "given"}, 404},
		{"consent rule of nobody", "PUT", "/api/v1/cabinets/lobby/settings", object{"consent": "nobody"}, 400},
		{"agreed half", "POST", "/api/v1/people", object{"name": "Eve", "phone": "13800138001", "agreed": "half"}, 400},
		{"wrong phone", "POST", "/api/v1/people", object{"name": "Eve", "phone": "x"}, 400},
		{"unknown field", "POST", "/api/v1/people", object{"name": "Eve", "phone": "+447700900123", "admin": true}, 400},
		{"wrong type", "POST", "/api/v1/people", []int{1}, 400},
		{"too much", "POST", "/api/v1/people", object{"name": strings.Repeat("a", 1<<17)}, 400},
		{"recall of nothing", "POST", "/api/v1/parcels/P-9/recall", nil, 404},
		{"code for one that did not come", "POST", "/api/v1/parcels/P-1/code", nil, 409},
		{"cabinet twice", "POST", "/api/v1/cabinets", object{"id": "lobby", "name": "x"}, 409},
		{"strange cabinet", "POST", "/api/v1/cabinets", object{"id": "Lobby/+", "name": "x"}, 400},
		{"codes to nobody", "PUT", "/api/v1/cabinets/lobby/settings", object{"codes": "nobody"}, 400},
		{"unknown kind off", "PUT", "/api/v1/cabinets/lobby/settings", object{"off": []string{"face"}}, 400},
		{"settings of nothing", "PUT", "/api/v1/cabinets/none/settings", object{}, 404},
		{"letters for a staff number", "POST", "/api/v1/staff", object{"number": "abc", "role": "courier"}, 400},
		{"unknown role", "POST", "/api/v1/staff", object{"number": "100", "role": "king"}, 400},
		{"short secret", "POST", "/api/v1/staff", object{"number": "100", "role": "courier", "secret": "1"}, 400},
		{"staff of nothing", "DELETE", "/api/v1/staff/999", nil, 404},
		{"unknown command", "GET", "/api/v1/commands/c-1", nil, 404},
		{"after letters", "GET", "/api/v1/events?after=x", nil, 400},
		{"unknown kind to withdraw", "DELETE", "/api/v1/people/" + bo + "/verification?kind=face", nil, 400},
		{"no such part", "GET", "/api/v1/none", nil, 404},
	} {
		if code, raw := a.try(c.method, c.path, c.body); code != c.want || !bytes.Contains(raw, []byte(`"error"`)) {
			t.Errorf("%s: %d %s, want %d", c.name, code, raw, c.want)
		}
	}
	a.token = "guess"
	if code, _ := a.try("GET", "/api/v1/people", nil); code != 401 {
		t.Errorf("a guessed token gave %d", code)
	}
}

func TestJoinRefusals(t *testing.T) {
	s := start(t)
	a := apiOf(t, s)
	a.do("POST", "/api/v1/cabinets", object{"id": "lobby", "name": "Lobby"}, nil)
	code := a.text("POST", "/api/v1/cabinets/lobby/join-codes", nil, "code")
	_, seal, err := wire.NewSealingKey()
	if err != nil {
		t.Fatal(err)
	}
	good := wire.JoinRequest{Code: code, SignKey: make([]byte, 32), SealKey: seal, Slots: 12}
	for name, change := range map[string]func(*wire.JoinRequest){
		"wrong code":     func(r *wire.JoinRequest) { r.Code = "AAAA-BBBB-CCCC-DDDD" },
		"no code":        func(r *wire.JoinRequest) { r.Code = "" },
		"short key":      func(r *wire.JoinRequest) { r.SignKey = []byte{1} },
		"no sealing key": func(r *wire.JoinRequest) { r.SealKey = nil },
		"no slots":       func(r *wire.JoinRequest) { r.Slots = 0 },
		"endless slots":  func(r *wire.JoinRequest) { r.Slots = 1 << 20 },
		"other tenant":   func(r *wire.JoinRequest) { r.Tenant, r.Cabinet = "other", "lobby" },
		"other cabinet":  func(r *wire.JoinRequest) { r.Tenant, r.Cabinet = "test", "yard" },
		"half of a name": func(r *wire.JoinRequest) { r.Cabinet = "lobby" },
	} {
		bad := good
		change(&bad)
		if status, raw := a.try("POST", "/api/v1/join", bad); status/100 != 4 {
			t.Errorf("%s: %d %s", name, status, raw)
		}
	}
	good.Code = strings.ToLower(strings.ReplaceAll(code, "-", " ")) // as people type
	if status, raw := a.try("POST", "/api/v1/join", good); status != 200 {
		t.Errorf("a good code gave %d %s", status, raw)
	}
	thief := good
	thief.SignKey = bytes.Repeat([]byte{1}, 32)
	if status, raw := a.try("POST", "/api/v1/join", thief); status != 409 {
		t.Errorf("a code used twice gave %d %s", status, raw)
	}
	old := a.text("POST", "/api/v1/cabinets/lobby/join-codes", nil, "code")
	a.text("POST", "/api/v1/cabinets/lobby/join-codes", nil, "code")
	good.Code = old
	if status, raw := a.try("POST", "/api/v1/join", good); status != 409 {
		t.Errorf("a code that a newer one replaced gave %d %s", status, raw)
	}
}

// TestWrongJoinCodesAreSlowedDown: cabinets wait and ask again after a 429, and drop their code after a 409.
func TestWrongJoinCodesAreSlowedDown(t *testing.T) {
	s := start(t)
	a := apiOf(t, s)
	for i := range 21 {
		response, err := http.Post(s.WebURL()+"/api/v1/join", "application/json", strings.NewReader(`{"code": "AAAA"}`))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if late := i == 20; (response.StatusCode == 429) != late || (response.Header.Get("Retry-After") != "") != late {
			t.Errorf("try %d: %s, Retry-After %q", i+1, response.Status, response.Header.Get("Retry-After"))
		}
	}
	if status, _ := a.try("GET", "/api/v1/people", nil); status != 200 {
		t.Errorf("everybody else gets %d", status)
	}
}
