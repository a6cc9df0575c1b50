package main

import (
	"go/ast"
	"strconv"
	"strings"
	"testing"
)

// Periph's own GPIO drivers, which host.Init starts, close file descriptor 0 where a chip has two names, go
// on with it after a busy line, drive an output low before its first level, and turn outputs that are read
// into inputs; so slot 1 once opened door 0. Nothing but the one I²C bus that the settings name is taken
// from that module, and nothing starts its drivers.
func TestNothingStartsPeriphsDrivers(t *testing.T) {
	set, packages := source(t)
	taken := 0
	for pkg, files := range packages {
		if !fits("cmd/...", pkg) && !fits("drivers/...", pkg) {
			continue // TestImports allows it to nobody else
		}
		for _, file := range files {
			for _, spec := range file.Imports {
				path, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					t.Fatal(err)
				}
				if !strings.HasPrefix(path, "periph.io/x/host/") {
					continue
				}
				if taken++; path != "periph.io/x/host/v3/sysfs" || spec.Name != nil || pkg != "cmd/lockerd" {
					t.Errorf("%s: %s is imported", set.Position(spec.Pos()), path)
				}
			}
			ast.Inspect(file, func(n ast.Node) bool {
				s, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				of, ok := s.X.(*ast.Ident)
				if ok && (of.Name == "sysfs" && s.Sel.Name != "NewI2C" || of.Name == "driverreg" || of.Name == "gpioreg") {
					t.Errorf("%s: %s.%s", set.Position(n.Pos()), of.Name, s.Sel.Name)
				}
				return true
			})
		}
	}
	if taken == 0 {
		t.Error("no import was seen, so the test sees nothing")
	}
}
