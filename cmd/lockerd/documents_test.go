package main

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestArchitectureNamesExist: ARCHITECTURE.md leads through the code by names of functions and types, as
// (*desk.Desk).Assign, Parcel.step or openSlot. A name that is changed must be changed there, too.
func TestArchitectureNamesExist(t *testing.T) {
	text, err := os.ReadFile("../../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, packages := source(t)
	declared := map[string]bool{}
	for pkg, files := range packages {
		declared[pkg[strings.LastIndex(pkg, "/")+1:]] = true
		for _, file := range files {
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.FuncDecl:
					declared[n.Name.Name] = true
				case *ast.TypeSpec:
					declared[n.Name.Name] = true
				case *ast.Field: // methods of interfaces, and fields
					for _, name := range n.Names {
						declared[name.Name] = true
					}
				}
				return true
			})
		}
	}
	_, tour, _ := strings.Cut(string(text), "## One pickup")
	tour, _, _ = strings.Cut(tour, "## Decisions")
	quoted := regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(tour, -1)
	if len(quoted) < 20 {
		t.Fatalf("found %d names, which is too few to be true", len(quoted))
	}
	for _, q := range quoted {
		for _, name := range regexp.MustCompile(`\w+`).FindAllString(q[1], -1) {
			if _, err := os.Stat(filepath.Join("..", "..", q[1])); err != nil && !declared[name] {
				t.Errorf("ARCHITECTURE.md speaks of `%s`, but nothing is called %s", q[1], name)
			}
		}
	}
}

// TestLinksLeadSomewhere: a file that a document links to is there.
func TestLinksLeadSomewhere(t *testing.T) {
	root := filepath.Join("..", "..")
	documents, err := filepath.Glob(filepath.Join(root, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, document := range append(documents, more...) {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range regexp.MustCompile(`\]\(([^)#]+)[^)]*\)`).FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(link[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(document), link[1])); err != nil {
				t.Errorf("%s links to %s: %v", document, link[1], err)
			}
		}
	}
}

// TestDependenciesAreDocumented: each module that go.mod names directly has its reason and licence, and no
// other has.
func TestDependenciesAreDocumented(t *testing.T) {
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	var required []string
	for line := range strings.Lines(string(mod)) {
		fields := strings.Fields(line)
		if len(fields) == 2 && strings.HasPrefix(line, "\t") { // an indirect one has a comment
			required = append(required, fields[0])
		}
	}
	var documented []string
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) > 4 && strings.Contains(cells[1], "/") {
			documented = append(documented, strings.TrimSpace(cells[1]))
			for _, cell := range cells[2:5] {
				if strings.TrimSpace(cell) == "" {
					t.Errorf("docs/dependencies.md has an empty cell: %s", line)
				}
			}
		}
	}
	slices.Sort(required)
	slices.Sort(documented)
	if len(required) == 0 || !slices.Equal(required, documented) {
		t.Errorf("go.mod requires\n%v\ndocs/dependencies.md explains\n%v", required, documented)
	}
}
