package configs

import (
	"strings"
	"testing"
)

func TestShowHidesSecrets(t *testing.T) {
	c, err := Load("sandbox.yaml", "fingerprint.password=0badcafe")
	if err != nil {
		t.Fatal(err)
	}
	text, err := Show(c)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text, "badcafe") || !strings.Contains(text, hidden) {
		t.Errorf("the password is not hidden:\n%s", text)
	}
	if !strings.Contains(text, "listen: 127.0.0.1:8080") {
		t.Errorf("the settings are not shown:\n%s", text)
	}
}
