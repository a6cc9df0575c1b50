package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A rule says what the packages in one folder may import besides the standard library. Patterns are paths;
// "x/..." is x and everything below it.
type rule struct {
	packages string
	ours     []string // without the module's name
	others   []string // modules or packages
}

// rules is the import table of ARCHITECTURE.md. The first rule that fits a package holds. Arrows run from
// the wiring to the devices and the method, never back up. Test files may import anything.
var rules = []rule{
	{"matcher/fingerprint/synthetic", nil, nil},
	{"matcher/fingerprint/...", []string{"matcher"}, nil},
	{"matcher/voice/synthetic", nil, nil},
	{"matcher/voice/flac", nil, []string{"github.com/mewkiz/flac/..."}},
	{"matcher/voice/...", []string{"matcher", "matcher/voice/..."}, nil},
	{"matcher/secret", nil, []string{"golang.org/x/crypto/..."}},
	{"matcher/...", []string{"matcher", "matcher/secret"}, nil},

	{"drivers/gpio/...", []string{"drivers/gpio"}, []string{"periph.io/x/conn/v3/...", "github.com/warthog618/go-gpiocdev/..."}},
	{"drivers/hotplug", nil, nil},
	{"drivers/uart", []string{"drivers/hotplug"}, []string{"go.bug.st/serial/...", "golang.org/x/sys/unix"}},
	{"drivers/sandbox/...", []string{"drivers/...", "matcher/fingerprint/synthetic", "matcher/voice/synthetic"},
		[]string{"github.com/creack/pty", "periph.io/x/conn/v3/...", "golang.org/x/image/..."}},
	{"drivers/keypad/...", []string{"drivers/keypad", "drivers/hotplug"}, []string{"periph.io/x/conn/v3/...", "github.com/holoplot/go-evdev"}},
	{"drivers/fingerprint/...", []string{"drivers/fingerprint"}, []string{"periph.io/x/conn/v3/..."}},
	{"drivers/lock/...", []string{"drivers/lock"}, []string{"periph.io/x/conn/v3/..."}},
	{"drivers/watchdog", nil, []string{"golang.org/x/sys/unix"}},
	{"drivers/siren", nil, []string{"periph.io/x/conn/v3/..."}},
	{"drivers/microphone", nil, nil},

	{"controller", []string{"matcher"}, nil},
	{"controller/kiosk", []string{"controller", "matcher"}, nil},
	{"controller/console", []string{"controller", "matcher", "matcher/passcode"}, []string{"golang.org/x/term"}},
	{"store/...", []string{"controller", "matcher", "store"},
		[]string{"go.etcd.io/bbolt/...", "golang.org/x/crypto/...", "github.com/fxamacker/cbor/v2"}},
	{"sync/wire", nil, []string{"github.com/fxamacker/cbor/v2", "github.com/veraison/go-cose"}},
	{"sync/link", []string{"controller", "matcher", "sync/wire"}, []string{"github.com/eclipse/paho.mqtt.golang"}},

	{"infosystem/database/...", []string{"infosystem/database"}, []string{"modernc.org/sqlite/...", "github.com/jackc/pgx/v5/..."}},
	{"infosystem/broker", []string{"infosystem/keyfile", "sync/wire"}, []string{"github.com/eclipse/paho.mqtt.golang", "github.com/mochi-mqtt/server/v2/..."}},
	{"infosystem/people", []string{"infosystem/...", "matcher", "sync/wire"}, []string{"github.com/nyaruka/phonenumbers"}},
	{"infosystem/vault", []string{"infosystem/...", "matcher", "sync/wire"}, []string{"golang.org/x/crypto/..."}},
	{"infosystem/...", []string{"infosystem/...", "matcher/...", "sync/wire"}, nil},

	{"configs", nil, []string{"github.com/goccy/go-yaml/..."}},
	{"systemd", nil, nil},
	{"packaging/manual", []string{"configs"}, nil},
	{"cmd/...", []string{"..."}, []string{"..."}},
}

// suites hold what tests share; like test files they may import test libraries.
var testLibraries = []string{"github.com/google/go-cmp/...", "github.com/creack/pty"}

const module = "lockerd"

func fits(pattern, pkg string) bool {
	if prefix, below := strings.CutSuffix(pattern, "..."); below {
		return strings.HasPrefix(pkg+"/", prefix)
	}
	return pattern == pkg
}

func allowed(pkg, imported string) bool {
	ours, isOurs := strings.CutPrefix(imported, module+"/")
	if !isOurs && !strings.Contains(strings.Split(imported, "/")[0], ".") {
		return imported != "C" // the standard library; C would need a C compiler
	}
	if !isOurs && strings.HasSuffix(path.Base(pkg), "test") && fitsAny(testLibraries, imported) {
		return true
	}
	for _, r := range rules {
		if fits(r.packages, pkg) {
			return isOurs && fitsAny(r.ours, ours) || !isOurs && fitsAny(r.others, imported)
		}
	}
	return false
}

func fitsAny(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return fits(p, pkg) })
}

// source parses every Go file of the module that is not a test, by package folder. It parses in this
// process: an answer of the go command would come from the cache after a bad import is added.
func source(t *testing.T) (*token.FileSet, map[string][]*ast.File) {
	t.Helper()
	root := filepath.Join("..", "..")
	set, packages := token.NewFileSet(), map[string][]*ast.File{}
	err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			if name != root && (strings.HasPrefix(e.Name(), ".") || slices.Contains([]string{"testdata", "var", "bin", "dist"}, e.Name())) {
				return fs.SkipDir
			}
			if _, err := os.Stat(filepath.Join(name, "go.mod")); name != root && err == nil {
				return fs.SkipDir // a module of its own
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(name))
		packages[filepath.ToSlash(dir)] = append(packages[filepath.ToSlash(dir)], file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(packages) < 10 {
		t.Fatalf("found %d packages, which is too few to be true", len(packages))
	}
	return set, packages
}

func TestImports(t *testing.T) {
	set, packages := source(t)
	for pkg, files := range packages {
		for _, file := range files {
			for _, spec := range file.Imports {
				imported, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					t.Fatal(err)
				}
				if !allowed(pkg, imported) {
					t.Errorf("%s: %s may not import %s", set.Position(spec.Pos()), pkg, imported)
				}
			}
		}
	}
}

// TestTable keeps the table from being wider than it looks.
func TestTable(t *testing.T) {
	tests := []struct {
		pkg, imported string
		want          bool
	}{
		{"controller", "lockerd/matcher", true},
		{"controller", "lockerd/matcher/pattern", false},
		{"controller", "lockerd/store", false},
		{"controller", "time", true},
		{"controller", "C", false},
		{"matcher", "lockerd/controller", false},
		{"matcher/pattern", "lockerd/matcher", true},
		{"matcher/pattern", "lockerd/controller", false},
		{"drivers/lock", "lockerd/controller", false},
		{"drivers/lock", "go.bug.st/serial", false},
		{"drivers/lock/locktest", "lockerd/drivers/lock", true},
		{"store/storetest", "github.com/google/go-cmp/cmp", true},
		{"store", "github.com/google/go-cmp/cmp", false},
		{"infosystem/web", "lockerd/controller", false},
		{"configs", "lockerd/controller", false},
		{"cmd/lockerd", "lockerd/drivers/gpio", true},
		{"somewhere", "lockerd/matcher", false},
	}
	for _, tt := range tests {
		if got := allowed(tt.pkg, tt.imported); got != tt.want {
			t.Errorf("%s imports %s: allowed %v, want %v", tt.pkg, tt.imported, got, tt.want)
		}
	}
}

func TestPackageComments(t *testing.T) {
	_, packages := source(t)
	for pkg, files := range packages {
		begin := "Package " + files[0].Name.Name + " "
		if files[0].Name.Name == "main" {
			begin = "Command " + path.Base(pkg) + " "
		}
		if !slices.ContainsFunc(files, func(f *ast.File) bool { return strings.HasPrefix(f.Doc.Text(), begin) }) {
			t.Errorf("%s has no comment that begins with %q", pkg, begin)
		}
	}
}

func TestExportedNamesHaveComments(t *testing.T) {
	set, packages := source(t)
	for _, files := range packages {
		for _, file := range files {
			for _, decl := range file.Decls {
				for _, bare := range uncommented(decl) {
					t.Errorf("%s: %s has no comment", set.Position(bare.Pos()), bare.Name)
				}
			}
		}
	}
}

// plain methods are known to every reader of Go.
var plain = []string{"Error", "String", "Unwrap", "MarshalText", "UnmarshalText", "ServeHTTP", "Close"}

// uncommented returns the exported names of a declaration that have no comment. In a group of constants or
// variables the group's comment is enough.
func uncommented(decl ast.Decl) []*ast.Ident {
	var bare []*ast.Ident
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && d.Doc == nil && (d.Recv == nil || !slices.Contains(plain, d.Name.Name) && receiver(d).IsExported()) {
			bare = append(bare, d.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
					bare = append(bare, s.Name)
				}
			case *ast.ValueSpec:
				for _, name := range s.Names {
					if name.IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
						bare = append(bare, name)
					}
				}
			}
		}
	}
	return bare
}

// receiver returns the name of a method's type.
func receiver(d *ast.FuncDecl) *ast.Ident {
	expr := d.Recv.List[0].Type
	for {
		switch e := expr.(type) {
		case *ast.StarExpr:
			expr = e.X
		case *ast.IndexExpr:
			expr = e.X
		case *ast.IndexListExpr:
			expr = e.X
		case *ast.Ident:
			return e
		default:
			return ast.NewIdent("_")
		}
	}
}

// TestNoHiddenStarts: packages begin no work of their own, and only commands end the process.
func TestNoHiddenStarts(t *testing.T) {
	set, packages := source(t)
	for _, files := range packages {
		for _, file := range files {
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.FuncDecl:
					if n.Recv == nil && n.Name.Name == "init" {
						t.Errorf("%s: init runs unasked; let the wiring call it by a name", set.Position(n.Pos()))
					}
				case *ast.SelectorExpr:
					of, ok := n.X.(*ast.Ident)
					ends := ok && (of.Name == "log" && strings.HasPrefix(n.Sel.Name, "Fatal") || of.Name == "os" && n.Sel.Name == "Exit")
					if ends && file.Name.Name != "main" {
						t.Errorf("%s: %s.%s below main; return the error", set.Position(n.Pos()), of.Name, n.Sel.Name)
					}
				}
				return true
			})
		}
	}
}
