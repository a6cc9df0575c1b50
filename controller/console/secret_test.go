package console

import (
	"strings"
	"testing"
	"time"

	"lockerd/matcher"
	"lockerd/matcher/passcode"
)

// TestSecretBehindACommand: what is typed behind a command that takes nothing is refused, and reaches no journal.
func TestSecretBehindACommand(t *testing.T) {
	tech := &technician{secret: "4711"}
	b := serve(t, tech, &machine{}, time.Hour)
	b.login()
	if out := b.say("passwd 314159"); !strings.Contains(out, "Nothing goes behind that command") {
		t.Errorf("a secret behind passwd: %q", out)
	}
	tech.did("end")
	if all := strings.Join(tech.done, "\n"); strings.Contains(all, "314159") || !strings.Contains(all, "audit 7001: passwd\n") {
		t.Errorf("the journal has %q", all)
	}
}

// TestSecretFault: of the secrets that the console takes, none is too short or too long to be enrolled.
func TestSecretFault(t *testing.T) {
	for digits := 1; digits <= 20; digits++ {
		secret := "31415926535897932384"[:digits]
		sample := matcher.Sample{Kind: matcher.Passcode, Bytes: []byte(secret)}
		_, err := passcode.Matcher{}.Enrol([]matcher.Sample{sample, sample})
		if fault := secretFault(secret, ""); (fault == "") != (err == nil) {
			t.Errorf("%d digits: the console says %q, enrolling them %v", digits, fault, err)
		}
	}
	if secretFault("31415x", "") == "" || secretFault("314159", "314159") == "" {
		t.Error("letters, or the secret before, are taken")
	}
}

func TestTheGuardsWaitIsTold(t *testing.T) {
	b := serve(t, &technician{secret: "4711", wait: 28*time.Second + 300*time.Millisecond}, &machine{}, time.Hour)
	b.await("Staff number: ")
	b.types("7001\r")
	b.await("Secret: ")
	b.types("4711\r")
	b.await("Too many tries. Wait 29 s.\r\n")
}
