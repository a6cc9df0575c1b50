// Command sbom prints what Go programs are built from, as a CycloneDX 1.6 bill of materials in JSON
// (https://cyclonedx.org/docs/1.6/json/): `sbom VERSION PROGRAM...`. It reads what the Go tool wrote into the
// programs, so the list is of what is in them, not of what go.mod allows. The same programs give the same bytes.
package main

import (
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: sbom VERSION PROGRAM...")
		os.Exit(2)
	}
	if err := write(os.Stdout, os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

// bom is the part of CycloneDX that is used here.
type bom struct {
	Format      string      `json:"bomFormat"`
	SpecVersion string      `json:"specVersion"`
	Version     int         `json:"version"` // of the document
	Metadata    metadata    `json:"metadata"`
	Components  []component `json:"components"`
}

type metadata struct {
	Component component `json:"component"`
}

type component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version"`
	PURL       string     `json:"purl,omitempty"`
	Properties []property `json:"properties,omitempty"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// write prints the bill of programs of one module.
func write(w io.Writer, version string, programs []string) error {
	all := map[string]component{}
	of := component{Type: "application", Version: version}
	for _, program := range programs {
		info, err := buildinfo.ReadFile(program)
		if err != nil {
			return fmt.Errorf("cannot read what %s is built from: %w", program, err)
		}
		of.Name, of.Ref = info.Main.Path, info.Main.Path
		std := library("std", strings.TrimPrefix(info.GoVersion, "go"), "")
		all[std.Ref] = std
		for _, dep := range info.Deps {
			if dep.Replace != nil {
				dep = dep.Replace
			}
			c := library(dep.Path, dep.Version, dep.Sum)
			if had, ok := all[c.Ref]; ok {
				c = had
			}
			c.Properties = append(c.Properties, property{"lockerd:in", path.Base(program)})
			all[c.Ref] = c
		}
	}
	b := bom{Format: "CycloneDX", SpecVersion: "1.6", Version: 1, Metadata: metadata{of}}
	for _, ref := range slices.Sorted(maps.Keys(all)) {
		b.Components = append(b.Components, all[ref])
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(b)
}

// library is one module; sum is its hash in go.sum, empty where it has none.
func library(name, version, sum string) component {
	purl := fmt.Sprintf("pkg:golang/%s@%s", name, version)
	c := component{Type: "library", Ref: purl, Name: name, Version: version, PURL: purl}
	if sum != "" {
		c.Properties = []property{{"go:sum", sum}}
	}
	return c
}
