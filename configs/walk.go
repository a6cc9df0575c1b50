package configs

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// A walk goes through a parsed file beside the type that it is to fill, notes where each key stands, and
// finds keys that do not exist and values of another type.
type walk struct {
	*document
	source string
}

// value checks a node against the type it is to fill. The key is its full name, "" for the whole file.
func (w walk) value(n ast.Node, t reflect.Type, key string) {
	if key != "" {
		w.where[key] = place(w.source, n.GetToken().Position.Line)
	}
	switch {
	case t == reflect.TypeFor[time.Duration]():
		w.duration(n, key)
	case t.Kind() == reflect.Struct:
		w.mapping(n, t, key)
	case t.Kind() == reflect.Slice:
		w.sequence(n, t, key)
	default:
		w.scalar(n, t.Kind(), key)
	}
}

func (w walk) mapping(n ast.Node, t reflect.Type, key string) {
	var pairs []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	default:
		w.wrong(n, key, "settings of its own, one a line below it")
		return
	}
	seen := map[string]bool{}
	for _, pair := range pairs {
		name, full := pair.Key.String(), pair.Key.String()
		if key != "" {
			full = key + "." + name
		}
		w.where[full] = place(w.source, pair.Key.GetToken().Position.Line)
		field, ok := fieldOf(t, name)
		switch {
		case !ok:
			w.problem(full, "there is no such setting%s", known(t))
		case seen[name]:
			w.problem(full, "stands twice; remove one")
		default:
			w.value(pair.Value, field.Type, full)
		}
		seen[name] = true
	}
}

func (w walk) sequence(n ast.Node, t reflect.Type, key string) {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		w.wrong(n, key, "a list, for example [a, b] or one line with \"- \" for each")
		return
	}
	for i, item := range list.Values {
		w.value(item, t.Elem(), fmt.Sprintf("%s[%d]", key, i))
	}
}

func (w walk) scalar(n ast.Node, kind reflect.Kind, key string) {
	switch kind {
	case reflect.String:
		switch n.(type) {
		case *ast.StringNode, *ast.LiteralNode:
		case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
			w.wrong(n, key, fmt.Sprintf("text; put it in quotes: %q", n.GetToken().Value))
		default:
			w.wrong(n, key, "text")
		}
	case reflect.Bool:
		if _, ok := n.(*ast.BoolNode); !ok {
			w.wrong(n, key, "true or false")
		}
	case reflect.Int:
		if _, ok := n.(*ast.IntegerNode); !ok {
			w.wrong(n, key, "a whole number, without quotes")
		}
	case reflect.Float64:
		switch n.(type) {
		case *ast.IntegerNode, *ast.FloatNode:
		default:
			w.wrong(n, key, "a number, for example 0.0001")
		}
	default:
		panic("configs: no check for a setting of kind " + kind.String())
	}
}

func (w walk) duration(n ast.Node, key string) {
	text, ok := n.(*ast.StringNode)
	if ok {
		_, err := time.ParseDuration(text.Value)
		ok = err == nil
	}
	if !ok {
		w.wrong(n, key, "a duration with its unit, for example 500ms, 30s or 5m")
	}
}

// wrong notes that a value is of another type than its key's.
func (w walk) wrong(n ast.Node, key, want string) {
	switch n.(type) {
	case *ast.NullNode:
		w.problem(key, "has no value; write %s, or remove the line for the default", want)
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		w.problem(key, "anchors, aliases and tags are not read here; write %s", want)
	default:
		if key == "" {
			w.problems = append(w.problems, fmt.Errorf("%s: holds no settings; write lines such as \"language: en\"", w.source))
			return
		}
		w.problem(key, "must be %s", want)
	}
}

// fieldOf returns the field of struct type t with that YAML name.
func fieldOf(t reflect.Type, name string) (reflect.StructField, bool) {
	if t.Kind() == reflect.Struct {
		for field := range t.Fields() {
			if field.Tag.Get("yaml") == name {
				return field, true
			}
		}
	}
	return reflect.StructField{}, false
}

// known says which names struct type t has.
func known(t reflect.Type) string {
	if t.Kind() != reflect.Struct {
		return ""
	}
	var names []string
	for field := range t.Fields() {
		names = append(names, field.Tag.Get("yaml"))
	}
	return "; choose among " + strings.Join(names, ", ")
}
