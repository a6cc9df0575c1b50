// Package passcode compares passcodes: digits that a person chose and remembers. The first identification
// is an argon2id template; the second is the digits themselves, which never leave memory.
package passcode

import (
	"bytes"
	"fmt"
	"math"

	"lockerd/matcher"
	"lockerd/matcher/secret"
)

// The lengths of a passcode, in digits.
const (
	MinDigits = 6
	MaxDigits = 12
)

// Matcher implements matcher.Matcher for passcodes.
type Matcher struct{}

// Kind returns matcher.Passcode.
func (Matcher) Kind() matcher.Kind { return matcher.Passcode }

// Extract takes the digits of the sample. Anything but digits, or a number of them that no passcode has, is refused.
func (Matcher) Extract(s matcher.Sample) (matcher.Identification, error) {
	if len(s.Bytes) < MinDigits || len(s.Bytes) > MaxDigits || !digitsOnly(s.Bytes) {
		return matcher.Identification{}, &matcher.QualityError{Advice: matcher.MoreDigits,
			Detail: fmt.Sprintf("a passcode is %d to %d digits", MinDigits, MaxDigits)}
	}
	return matcher.Identification{Kind: matcher.Passcode, Data: bytes.Clone(s.Bytes)}, nil
}

// Enrol takes the same new passcode twice.
func (m Matcher) Enrol(samples []matcher.Sample) (matcher.Identification, error) {
	if len(samples) != 2 {
		return matcher.Identification{}, fmt.Errorf("cannot enrol a passcode of %d samples: 2 are needed", len(samples))
	}
	chosen, err := m.Extract(samples[0])
	if err != nil {
		return matcher.Identification{}, err
	}
	defer clear(chosen.Data)
	if err := Acceptable(chosen.Data); err != nil {
		return matcher.Identification{}, err
	}
	if !bytes.Equal(chosen.Data, samples[1].Bytes) {
		return matcher.Identification{}, &matcher.QualityError{Advice: matcher.RepeatTheSame, Detail: "the repetition differs"}
	}
	return matcher.Identification{Kind: matcher.Passcode, Data: secret.Hash(chosen.Data)}, nil
}

// Acceptable refuses a new passcode that is too short or that others would try first.
func Acceptable(digits []byte) error {
	if len(digits) < MinDigits {
		return &matcher.QualityError{Advice: matcher.MoreDigits, Detail: fmt.Sprintf("a passcode has at least %d digits", MinDigits)}
	}
	if common(digits) {
		return &matcher.QualityError{Advice: matcher.LessCommon, Detail: "a run, a repetition or a much-used passcode"}
	}
	return nil
}

// Compare hashes the second identification as the first was.
func (Matcher) Compare(first, second matcher.Identification) (matcher.Verdict, error) {
	match, err := secret.Verify(first.Data, second.Data)
	if err != nil {
		return matcher.Verdict{}, fmt.Errorf("cannot compare passcode: %w", matcher.ErrDamaged)
	}
	verdict := matcher.Verdict{Match: match, FMR: 1}
	if match {
		verdict.Score, verdict.FMR = 1, math.Pow(10, -float64(len(second.Data)))
	}
	return verdict, nil
}

// Hash returns the template of a secret that somebody else chose, such as a courier's: any bytes.
func Hash(chosen []byte) []byte { return secret.Hash(chosen) }

func digitsOnly(text []byte) bool {
	for _, b := range text {
		if b < '0' || b > '9' {
			return false
		}
	}
	return true
}

// common tells whether the digits repeat with a period of one to three or run up or down.
func common(digits []byte) bool {
	for period := 1; period <= 3; period++ {
		if bytes.Equal(digits[period:], digits[:len(digits)-period]) {
			return true
		}
	}
	return runs(digits, 1) || runs(digits, 9)
}

// runs tells whether every digit is the one before plus step, modulo ten.
func runs(digits []byte, step byte) bool {
	for i := 1; i < len(digits); i++ {
		if (digits[i-1]-'0'+step)%10 != digits[i]-'0' {
			return false
		}
	}
	return true
}
