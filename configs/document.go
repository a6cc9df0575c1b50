package configs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxFile bounds a settings file, bytes. The largest sensible one, of some hundred slots, has 20 KB.
const maxFile = 256 << 10

// maxProblems bounds what one error tells.
const maxProblems = 20

// A document is a settings file while it is read and checked: where each key stands, and what is wrong.
type document struct {
	name     string            // the file's
	where    map[string]string // by key: "file:line" or "--set key"
	problems []error
}

// open reads a file and its overrides into target, a pointer to a struct that holds the defaults. What it
// returns can place the values in the file, for the checks that follow.
func open(path string, overrides []string, target any) (*document, error) {
	text, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the settings: %w", err)
	}
	d := &document{name: path, where: map[string]string{}}
	d.decode(path, text, target)
	for _, o := range overrides {
		d.override(o, target)
	}
	return d, d.err()
}

func read(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return "", err
	}
	if len(text) > maxFile {
		return "", fmt.Errorf("%s is larger than %d KB, so it is no settings file", path, maxFile>>10)
	}
	return string(text), nil
}

// decode lays text over target. The library's parser and decoder do the work; the walk in between finds
// what the decoder would take without a word, and gives each problem its key.
func (d *document) decode(source, text string, target any) {
	file, err := parser.ParseBytes([]byte(text), 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d.library(source, err)
		return
	}
	var body ast.Node
	for _, doc := range file.Docs {
		switch {
		case doc.Body == nil || doc.Body.Type() == ast.NullType || doc.Body.Type() == ast.CommentType:
		case body != nil:
			d.problems = append(d.problems, fmt.Errorf("%s: holds several documents; keep one and remove the \"---\"", source))
			return
		default:
			body = doc.Body
		}
	}
	if body == nil {
		return // nothing but comments: the defaults
	}
	before := len(d.problems)
	w := walk{d, source}
	w.value(body, reflect.TypeOf(target).Elem(), "")
	if len(d.problems) > before {
		return
	}
	if err := yaml.NodeToValue(body, target, yaml.Strict()); err != nil {
		d.library(source, err)
	}
}

// override lays one "key=value" over target.
func (d *document) override(setting string, target any) {
	key, value, ok := strings.Cut(setting, "=")
	if !ok {
		d.problems = append(d.problems, fmt.Errorf("--set %s: write key=value, for example kiosk.listen=127.0.0.1:9080", setting))
		return
	}
	source := "--set " + key
	t := reflect.TypeOf(target).Elem()
	var text strings.Builder
	for depth, name := range strings.Split(key, ".") {
		field, ok := fieldOf(t, name)
		if !ok {
			d.problems = append(d.problems, fmt.Errorf("%s: there is no such setting%s", source, known(t)))
			return
		}
		fmt.Fprintf(&text, "\n%s%s: ", strings.Repeat("  ", depth), name)
		t = field.Type
	}
	if t.Kind() == reflect.String {
		value = "'" + strings.ReplaceAll(value, "'", "''") + "'"
	}
	if t.Kind() == reflect.Struct || strings.ContainsAny(value, "\n\r") {
		d.problems = append(d.problems, fmt.Errorf("%s: name one value on one line, for example kiosk.listen=127.0.0.1:9080", source))
		return
	}
	d.decode(source, text.String()+value+"\n", target)
}

// library words an error of the YAML library, which has its own place.
func (d *document) library(source string, err error) {
	if e, ok := errors.AsType[yaml.Error](err); ok && e.GetToken() != nil {
		err = fmt.Errorf("%s: %s", place(source, e.GetToken().Position.Line), e.GetMessage())
	} else {
		err = fmt.Errorf("%s: %s", source, firstLine(err.Error()))
	}
	d.problems = append(d.problems, err)
}

// problem notes that a key's value cannot be used. Advice says what to write instead.
func (d *document) problem(key, advice string, args ...any) {
	at, ok := d.where[key]
	for parent := key; !ok && parent != ""; at, ok = d.where[parent] {
		parent = parent[:max(strings.LastIndexAny(parent, ".["), 0)]
	}
	if at == "" {
		at = d.name
	}
	d.problems = append(d.problems, fmt.Errorf("%s: %s: %s", at, key, fmt.Sprintf(advice, args...)))
}

// err returns all problems as one error, or nil.
func (d *document) err() error {
	if len(d.problems) > maxProblems {
		more := len(d.problems) - maxProblems
		return errors.Join(append(d.problems[:maxProblems:maxProblems], fmt.Errorf("%s: and %d more", d.name, more))...)
	}
	return errors.Join(d.problems...)
}

// place says where a line is. An override has no lines.
func place(source string, line int) string {
	if strings.HasPrefix(source, "--set ") {
		return source
	}
	return fmt.Sprintf("%s:%d", source, line)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
