// Command manual prints the manual page of a settings file, section 5, out of package configs: what each key
// means stands in the comments of its struct, and its default in the code. `manual cabinet VERSION` or
// `manual infosystem VERSION`, started at the top of the source.
package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"lockerd/configs"
)

// page is one manual page.
type page struct {
	name, summary, file, program, flag string
	defaults                           any // a struct of package configs, with its defaults
}

var pages = map[string]page{
	"cabinet":    {"lockerd.yaml", "settings of a parcel cabinet", "/etc/lockerd/cabinet.yaml", "lockerd(8)", `\-set`, configs.DefaultCabinet()},
	"infosystem": {"infosystem.yaml", "settings of the parcel lockers' information system", "/etc/lockerd/infosystem.yaml", "infosystem(8)", `\-\-set`, configs.DefaultInfosystem()},
}

func main() {
	var p page
	if len(os.Args) == 3 {
		p = pages[os.Args[1]]
	}
	if p.name == "" {
		fmt.Fprintln(os.Stderr, "usage: manual cabinet|infosystem VERSION")
		os.Exit(2)
	}
	comments, err := read("configs")
	if err != nil {
		fmt.Fprintln(os.Stderr, "manual:", err)
		os.Exit(1)
	}
	write(os.Stdout, p, os.Args[2], comments)
}

// read returns the comment of each field of each struct in a folder of Go files, as "Type.Field".
func read(folder string) (map[string]string, error) {
	files, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("cannot read the settings' source: %w", err)
	}
	comments := map[string]string{}
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".go") || strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), folder+"/"+file.Name(), nil, parser.ParseComments)
		if err != nil {
			return nil, fmt.Errorf("cannot read the settings' source: %w", err)
		}
		for _, declaration := range parsed.Decls {
			collect(declaration, comments)
		}
	}
	return comments, nil
}

// collect adds the comments of a declaration's structs: that of the struct itself as "Type".
func collect(declaration ast.Decl, comments map[string]string) {
	types, _ := declaration.(*ast.GenDecl)
	if types == nil || types.Tok != token.TYPE {
		return
	}
	for _, spec := range types.Specs {
		named := spec.(*ast.TypeSpec)
		fields, _ := named.Type.(*ast.StructType)
		if fields == nil {
			continue
		}
		comments[named.Name.Name] = types.Doc.Text()
		for _, field := range fields.Fields.List {
			for _, name := range field.Names {
				comments[named.Name.Name+"."+name.Name] = cmp.Or(field.Doc.Text(), field.Comment.Text())
			}
		}
	}
}

// write prints the page in the macros of man(7).
func write(w io.Writer, p page, version string, comments map[string]string) {
	fmt.Fprintf(w, ".TH %s 5 \"\" \"lockerd %s\" \"Parcel lockers\"\n", strings.ToUpper(p.name), version)
	fmt.Fprintf(w, ".SH NAME\n%s \\- %s\n", p.name, escape(p.summary))
	fmt.Fprintf(w, ".SH SYNOPSIS\n.I %s\n", p.file)
	fmt.Fprintf(w, ".SH DESCRIPTION\nA YAML file that\n.B %s\nreads at its start. It is strict: a key that does not exist or a value that cannot be is an error that names file, line and key, and nothing starts. "+
		"A key that is left out has the default shown here, or none. The program's flag\n.B %s KEY=VALUE\nstands above the file. "+
		"A path is relative to\n.BR dir ,\nwhich is relative to the working directory, unless it is absolute.\n", p.program, p.flag)
	fmt.Fprintf(w, ".SH KEYS\n")
	keys(w, "", reflect.ValueOf(p.defaults), comments)
	fmt.Fprintf(w, ".SH FILES\n.TP\n.I %s\nthe file as the package brings it, with a comment on each line\n", p.file)
	fmt.Fprintf(w, ".SH SEE ALSO\n.BR %s\n", p.program)
}

// keys prints the keys of a struct, those of structs within it last.
func keys(w io.Writer, prefix string, of reflect.Value, comments map[string]string) {
	var below []func()
	for i := range of.NumField() {
		field, value := of.Type().Field(i), of.Field(i)
		key := prefix + field.Tag.Get("yaml")
		inside, prefix, list := field.Type, key+".", ""
		if inside.Kind() == reflect.Slice && inside.Elem().Kind() == reflect.Struct {
			inside, prefix, list = inside.Elem(), "", "A list. "
			value = reflect.Zero(inside)
		}
		if inside.Kind() != reflect.Struct {
			said := text(of.Type(), comments[of.Type().Name()+"."+field.Name], field.Name)
			fmt.Fprintf(w, ".TP\n.B %s\n%s%s\n", escape(key), said, standard(value))
			continue
		}
		below = append(below, func() {
			fmt.Fprintf(w, ".SS %s\n%s%s\n", escape(key), list, text(inside, comments[inside.Name()], inside.Name()))
			keys(w, prefix, value, comments)
		})
	}
	for _, more := range below {
		more()
	}
}

var word = regexp.MustCompile(`[A-Z][A-Za-z0-9]*`)

// text is a comment as a manual says it: without the name of a Go thing in front, and with keys in place of
// the names of fields beside it.
func text(of reflect.Type, comment, name string) string {
	comment = strings.TrimSpace(strings.Join(strings.Fields(comment), " "))
	if rest, found := strings.CutPrefix(comment, name+" "); found {
		comment = strings.TrimPrefix(strings.TrimPrefix(rest, "is "), "are ")
	}
	comment = word.ReplaceAllStringFunc(comment, func(w string) string {
		if field, found := of.FieldByName(w); found && w != "Key" {
			return field.Tag.Get("yaml")
		}
		return w
	})
	if comment != "" {
		comment = strings.ToUpper(comment[:1]) + strings.TrimSuffix(comment[1:], ".") + "."
	}
	return escape(comment)
}

// zeros end a time such as 24h0m0s.
var zeros = regexp.MustCompile(`([hm])(0[ms])+$`)

// standard tells a default, where there is one.
func standard(v reflect.Value) string {
	if v.IsZero() {
		return ""
	}
	shown := fmt.Sprint(v.Interface())
	switch value := v.Interface().(type) {
	case time.Duration:
		shown = zeros.ReplaceAllString(value.String(), "$1")
	case float64:
		shown = strconv.FormatFloat(value, 'f', -1, 64)
	case []string:
		shown = strings.Join(value, ", ")
	}
	return "\nDefault:\n.BR \"" + escape(shown) + "\" ."
}

// escape makes text mean itself in man(7).
func escape(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, "–", `\(en`, "·", `\(pc`, "×", `\(mu`, "’", "'", `"`, `\(dq`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}
