package main

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// typeIn runs the real program in a folder that holds no settings, and returns what it said and its exit status.
func typeIn(t *testing.T, args ...string) (out, errs string, status int) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program, args...)
	command.Dir = t.TempDir()
	command.Env = append(os.Environ(), asProgram+"=1")
	var said, complained bytes.Buffer
	command.Stdout, command.Stderr = &said, &complained
	var exit *exec.ExitError
	if err := command.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return said.String(), complained.String(), command.ProcessState.ExitCode()
}

// Whoever types something wrong is told what, and nothing is done. In particular, settings named without -config
// are not passed over in favour of others.
func TestWrongCommandLines(t *testing.T) {
	settings, err := filepath.Abs("../../configs/sandbox.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		line []string
		want string
	}{
		{nil, "which command?"},
		{[]string{"chekc"}, `there is no command "chekc"`},
		{[]string{"check", "-x"}, "-x"},
		{[]string{"check"}, "name the file with -config"},
		{[]string{"check", "-config", settings, "cabinet.yaml"}, `lockerd check takes no words, only flags, and settings behind -config: ["cabinet.yaml"]`},
		{[]string{"run", "-config", settings, "cabinet.yaml", "-set", "dir=x"}, `lockerd run takes no words`},
		{[]string{"console", "-config", settings, "now"}, `lockerd console takes no words`},
		{[]string{"release", "-config", settings, "3"}, `lockerd release takes no words`},
		{[]string{"doctor", "-config", settings, "3"}, `lockerd doctor takes no words`},
		{[]string{"doctor", "-x"}, "-x"},
		{[]string{"version", "now"}, `lockerd version takes no words`},
		{[]string{"sandbox"}, "which words?"},
		{[]string{"sandbox", "module"}, "-link PATH"},
		{[]string{"sandbox", "module", "-link", settings}, "is there and is no link"},
		{[]string{"voice", "train"}, "-data DIR"},
	} {
		out, errs, status := typeIn(t, tt.line...)
		if status != 1 || !strings.Contains(errs, tt.want) {
			t.Errorf("lockerd %s: status %d\n%swant %s", strings.Join(tt.line, " "), status, errs, tt.want)
		}
		if out != "" {
			t.Errorf("lockerd %s did something: %s", strings.Join(tt.line, " "), out)
		}
	}
}

// Where another program listens already, the error names the settings to change.
func TestPortTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	err = serveHTTP(t.Context(), taken.Addr().String(), nil)
	if err == nil || !strings.Contains(err.Error(), "choose another kiosk.listen") {
		t.Errorf("got %v", err)
	}
}

// Asking for help is no mistake.
func TestHelp(t *testing.T) {
	for _, c := range commands() {
		if c.name == "help" {
			continue
		}
		_, errs, status := typeIn(t, append(strings.Fields(c.name), "-h")...)
		if status != 0 || !strings.Contains(errs, "Usage of lockerd "+c.name) || strings.Contains(errs, "help requested") {
			t.Errorf("lockerd %s -h: status %d, %q", c.name, status, errs)
		}
	}
}
