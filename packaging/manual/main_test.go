package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

func printed(t *testing.T, name string) string {
	t.Helper()
	comments, err := read("../../configs")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	write(&out, pages[name], "1.2.3", comments)
	return out.String()
}

// Every key of the files that the packages bring is in the manual, and says something.
func TestEveryKey(t *testing.T) {
	for _, name := range []string{"cabinet", "infosystem"} {
		manual := printed(t, name)
		file, err := os.ReadFile("../../configs/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		section, keys := "", 0
		for _, line := range regexp.MustCompile(`(?m)^( *)([a-z_0-9]+):(.*)$`).FindAllStringSubmatch(string(file), -1) {
			key := line[2]
			switch {
			case line[1] == "":
				section = key
			case line[1] == "  ":
				key = section + "." + key
			default:
				continue // three deep: as well as its neighbours
			}
			keys++
			said := regexp.MustCompile(`(?m)^\.(TP\n\.B|SS) ` + regexp.QuoteMeta(escape(key)) + `\n[^.]`)
			if !said.MatchString(manual) {
				t.Errorf("%s.yaml has the key %s, of which the manual says nothing", name, key)
			}
		}
		if keys < 15 {
			t.Errorf("%s.yaml has %d keys, which is too few to be true", name, keys)
		}
	}
}

func TestWords(t *testing.T) {
	manual := printed(t, "cabinet")
	for _, want := range []string{
		".TH LOCKERD.YAML 5 \"\" \"lockerd 1.2.3\"",
		".B lock.gap\nRest of the power supply between two pulses, 0\\(en5s.\nDefault:\n.BR \"200ms\" .",
		".B fingerprint.module_fmr\nThe false match rate that the module's maker claims at its security level.\nDefault:\n.BR \"0.00001\" .",
		".B off\nKinds of identification that are switched off.\nDefault:\n.BR \"voice\" .",
		"where module_fmr is good enough", // the key, not the field's name
	} {
		if !strings.Contains(manual, want) {
			t.Errorf("the manual lacks %q", want)
		}
	}
}
