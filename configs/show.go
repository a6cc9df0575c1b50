package configs

import (
	"fmt"

	"github.com/goccy/go-yaml"
)

// hidden stands in for a secret that is set.
const hidden = "(set, not shown)"

// Show writes a cabinet's settings in force as YAML, without secrets.
func Show(c Cabinet) (string, error) {
	if c.Fingerprint.Password != "" {
		c.Fingerprint.Password = hidden
	}
	text, err := yaml.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("cannot show the settings: %w", err)
	}
	return string(text), nil
}
