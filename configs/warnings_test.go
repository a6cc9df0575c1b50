package configs

import (
	"strings"
	"testing"
)

// Settings that allow what is advised against say so; as delivered none does.
func TestWarnings(t *testing.T) {
	for _, file := range []string{"cabinet.yaml", "sandbox.yaml"} {
		c, err := Load(file)
		if err != nil {
			t.Fatal(err)
		}
		if warnings := c.Warnings(); len(warnings) > 0 {
			t.Errorf("%s: %q", file, warnings)
		}
		c, err = Load(file, "voice.alone=true", "policy=voice | code")
		if err != nil {
			t.Fatal(err)
		}
		if warnings := c.Warnings(); len(warnings) != 1 || !strings.HasPrefix(warnings[0], "voice.alone is on") {
			t.Errorf("%s with voice.alone: %q", file, warnings)
		}
		if _, err := Load(file, "policy=code | voice"); err == nil || !strings.Contains(err.Error(), "voice+passcode") {
			t.Errorf("%s takes a voice alone for enough: %v", file, err)
		}
	}
}
