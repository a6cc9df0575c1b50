package wire

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
)

func TestTopicsParseBack(t *testing.T) {
	for kind, dir := range directions {
		topic := lobby.topic(dir, kind)
		a, gotDir, gotType, err := ParseTopic(topic)
		if err != nil || a != lobby || gotDir != dir || gotType != kind {
			t.Errorf("ParseTopic(%q) = %v %q %q %v", topic, a, gotDir, gotType, err)
		}
		if strings.Count(topic, "/") > 7 {
			t.Errorf("%q has more than 7 slashes", topic)
		}
	}
	for got, want := range map[string]string{
		lobby.Up(TypeHello):  "lk/v1/acme/lobby-1/up/hello",
		lobby.Down(TypeAck):  "lk/v1/acme/lobby-1/dn/ack",
		lobby.Presence():     "lk/v1/acme/lobby-1/st/presence",
		lobby.AllDown():      "lk/v1/acme/lobby-1/dn/+",
		IngestFilter:         "lk/v1/+/+/up/+",
		lobby.String():       "acme/lobby-1",
		lobby.Up(TypeReport): "lk/v1/acme/lobby-1/up/report",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestTopicsRefused(t *testing.T) {
	for _, topic := range []string{
		"", "lk/v1", "lk/v2/acme/lobby-1/up/hello", "lk/v1/acme/lobby-1/up", "lk/v1/acme/lobby-1/up/hello/",
		"lk/v1//lobby-1/up/hello", "lk/v1/acme/LOBBY/up/hello", "lk/v1/acme/+/up/hello", "lk/v1/acme/lobby-1/up/command",
		"lk/v1/acme/lobby-1/dn/hello", "lk/v1/acme/lobby-1/dn/nothing", "lk/v1/acme/lobby-1//", "x/lk/v1/acme/a/up/hello",
		"lk/v1/" + strings.Repeat("a", 33) + "/lobby-1/up/hello",
	} {
		if a, dir, kind, err := ParseTopic(topic); err == nil {
			t.Errorf("ParseTopic(%q) = %v %q %q, want an error", topic, a, dir, kind)
		}
	}
}

// Every Type that the code names has a direction, so that none is left out of the tests and the description.
func TestEveryTypeHasADirection(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "messages.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Type" {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		if named++; directions[Type(value)] == "" {
			t.Errorf("%s has no direction", value)
		}
		return true
	})
	if named != len(directions) {
		t.Errorf("%d types are named, %d have a direction", named, len(directions))
	}
}
