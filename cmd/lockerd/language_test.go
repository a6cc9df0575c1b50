package main

import (
	"strings"
	"testing"
)

// TestLanguageOfTheCabinet: every language that the touchscreen has can be the cabinet's, and no other.
func TestLanguageOfTheCabinet(t *testing.T) {
	for tag, wrong := range map[string]string{
		"en": "", "zh-CN": "",
		"tlh":    `language: the touchscreen does not speak "tlh"; choose among en`,
		"French": "write a language's tag",
	} {
		err := checkSettings(t.Context(), []string{"-config", "../../configs/sandbox.yaml", "-set", "language=" + tag})
		if wrong == "" && err != nil || wrong != "" && (err == nil || !strings.Contains(err.Error(), wrong)) {
			t.Errorf("%s: %v", tag, err)
		}
	}
}
