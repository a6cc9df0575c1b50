package wire

import (
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// document is as much of an AsyncAPI 3 file as the code can hold to itself.
type document struct {
	Channels map[string]struct {
		Address string
	}
	Operations map[string]struct{ Action string }
	Components struct {
		Messages map[string]struct {
			Title   string
			Payload struct {
				Ref string `yaml:"$ref"`
			}
		}
		Schemas map[string]struct {
			Required   []string
			Properties map[string]struct {
				Key int `yaml:"x-cbor-key"`
			}
		}
	}
}

func TestAsyncAPIDescribesEveryMessage(t *testing.T) {
	text, err := os.ReadFile("asyncapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var described document
	if err := yaml.Unmarshal(text, &described); err != nil {
		t.Fatal(err)
	}
	template := Address{Tenant: "{tenant}", Cabinet: "{cabinet}"}
	for kind, dir := range directions {
		if got, want := described.Channels[string(kind)].Address, template.topic(dir, kind); got != want {
			t.Errorf("%s: address %q, want %q", kind, got, want)
		}
		action := map[string]string{DirUp: "send", DirStatus: "send", DirDown: "receive"}[dir]
		if got := described.Operations[string(kind)].Action; got != action {
			t.Errorf("%s: action %q, want %q", kind, got, action)
		}
		name := reflect.TypeOf(samples()[kind]).Elem().Name()
		if got := described.Components.Messages[string(kind)].Payload.Ref; got != "#/components/schemas/"+name {
			t.Errorf("%s: payload %q", kind, got)
		}
	}
	if len(described.Channels) != len(directions) || len(described.Components.Messages) != len(directions) {
		t.Errorf("%d channels and %d messages for %d types", len(described.Channels), len(described.Components.Messages), len(directions))
	}
	for name, typ := range structs() {
		schema := described.Components.Schemas[name]
		if len(schema.Properties) != typ.NumField() {
			t.Errorf("%s: %d properties, the code has %d", name, len(schema.Properties), typ.NumField())
		}
		required := 0
		for i := range typ.NumField() {
			field := typ.Field(i)
			key, rest, _ := strings.Cut(field.Tag.Get("cbor"), ",")
			if want, err := strconv.Atoi(key); err != nil || schema.Properties[field.Name].Key != want {
				t.Errorf("%s.%s: key %d, the code has %q", name, field.Name, schema.Properties[field.Name].Key, key)
			}
			if !strings.Contains(rest, "omitempty") {
				required++
			}
		}
		if len(schema.Required) != required {
			t.Errorf("%s: %d required, the code has %d", name, len(schema.Required), required)
		}
	}
	if len(described.Components.Schemas) != len(structs()) {
		t.Errorf("%d schemas for %d structs", len(described.Components.Schemas), len(structs()))
	}
}

// structs are those of every message, body and what they are made of, by name.
func structs() map[string]reflect.Type {
	all := map[string]reflect.Type{}
	var add func(reflect.Type)
	add = func(typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice:
			add(typ.Elem())
		case reflect.Struct:
			all[typ.Name()] = typ
			for i := range typ.NumField() {
				add(typ.Field(i).Type)
			}
		}
	}
	for _, message := range samples() {
		add(reflect.TypeOf(message))
	}
	for _, body := range bodies() {
		add(reflect.TypeOf(body))
	}
	return all
}
