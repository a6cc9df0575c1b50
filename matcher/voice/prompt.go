package voice

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"

	"lockerd/matcher"
)

// mostSamples is how many samples an enrolment may have, over all its sittings.
const mostSamples = 200

// Prompt returns PromptLength random digits from the operating system, for one attempt.
func Prompt() string { return digitsOf(PromptLength) }

// EnrolPrompts returns EnrolStrings random strings in which every digit stands four times.
func EnrolPrompts() []string {
	digits := []byte(strings.Repeat("0123456789", EnrolStrings*PromptLength/10))
	for i := len(digits) - 1; i > 0; i-- {
		j := below(i + 1)
		digits[i], digits[j] = digits[j], digits[i]
	}
	prompts := make([]string, EnrolStrings)
	for i := range prompts {
		prompts[i] = string(digits[i*PromptLength : (i+1)*PromptLength])
	}
	return prompts
}

func digitsOf(n int) string {
	digits := make([]byte, n)
	for i := range digits {
		digits[i] = '0' + byte(below(10))
	}
	return string(digits)
}

// below returns a random number from 0 to n−1. The operating system's source does not fail (crypto/rand).
func below(n int) int {
	v, _ := rand.Int(rand.Reader, big.NewInt(int64(n)))
	return int(v.Int64())
}

// checkPrompt accepts no prompt, or one of 4 to 16 digits.
func checkPrompt(prompt string) error {
	if prompt == "" {
		return nil
	}
	if len(prompt) < 4 || len(prompt) > 16 || strings.Trim(prompt, "0123456789") != "" {
		return fmt.Errorf("cannot ask for a prompt of %d characters: use 4 to 16 digits", len(prompt))
	}
	return nil
}

// checkPrompts refuses samples that cannot make a voiceprint: too few, or with digits missing.
func (m *Matcher) checkPrompts(samples []matcher.Sample) error {
	if len(samples) == 0 {
		return poor(matcher.SayDigits, "no sample")
	}
	if len(samples) > mostSamples {
		return fmt.Errorf("cannot enrol a voice of %d samples: use at most %d", len(samples), mostSamples)
	}
	seen, prompted := [10]int{}, 0
	for _, s := range samples {
		if err := checkPrompt(s.Prompt); err != nil {
			return err
		}
		if s.Prompt != "" {
			prompted++
		}
		for _, d := range s.Prompt {
			seen[d-'0']++
		}
	}
	if m.anyText && prompted == 0 {
		return nil
	}
	if prompted < len(samples) || len(samples) < EnrolStrings {
		return fmt.Errorf("cannot enrol a voice of %d samples, %d with a prompt: record %d strings of digits", len(samples), prompted, EnrolStrings)
	}
	for d, n := range seen {
		if n < 2 {
			return fmt.Errorf("cannot enrol a voice: the digit %d is asked for %d times, at least 2 are needed", d, n)
		}
	}
	return nil
}
