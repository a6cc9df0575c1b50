package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"lockerd/configs"
	"lockerd/infosystem/database"
	"lockerd/infosystem/operators"
)

// TestMain lets the test's program be the command, and so its own signer.
func TestMain(m *testing.M) {
	if os.Getenv("INFOSYSTEM_TEST_COMMAND") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// settings are the sandbox's, in a folder of the test with free ports.
func settings(t *testing.T) (dir string, args []string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "infosystem") // short, for the signer's socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir, []string{"serve", "--config", "../../configs/infosystem.yaml", "--set", "dir=" + dir, "--set", "listen=127.0.0.1:0", "--set", "broker.listen=127.0.0.1:0"}
}

func TestServe(t *testing.T) {
	dir, args := settings(t)
	command := exec.Command(os.Args[0], args...)
	command.Env = append(os.Environ(), "INFOSYSTEM_TEST_COMMAND=1")
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	defer command.Process.Kill()
	lines := bufio.NewScanner(out)
	said := map[string]string{}
	for len(said) < 3 && lines.Scan() {
		what, value, _ := strings.Cut(lines.Text(), ":")
		said[what] = strings.TrimSpace(value)
	}
	if !strings.HasPrefix(said["first sign-in"], "operator, password ") || !strings.HasPrefix(said["broker"], "tcp://127.0.0.1:") {
		t.Errorf("it said %v", said)
	}
	client := http.Client{Timeout: 20 * time.Second}
	response, err := client.Get(said["information system"])
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil || !strings.Contains(string(page), "Sign in") {
		t.Errorf("the page is %s, %v", page, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "signer.sock")); err != nil || info.Mode()&os.ModeSocket == 0 {
		t.Errorf("the signer's socket: %v, %v", info, err)
	}
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Errorf("after SIGTERM it ended with %v", err)
	}
}

func TestServeRefuses(t *testing.T) {
	for name, extra := range map[string][]string{
		"unknown key":          {"nonsense=1"},
		"nobody is told":       {"notices.outbox=false"},
		"no folder for SQLite": {"database.source=/dev/null/x"},
		"no PostgreSQL":        {"database.driver=postgres", "database.source=host=/nowhere dbname=x"},
	} {
		_, args := settings(t)
		for _, one := range extra {
			args = append(args, "--set", one)
		}
		command := exec.Command(os.Args[0], args...)
		command.Env = append(os.Environ(), "INFOSYSTEM_TEST_COMMAND=1")
		if out, err := command.CombinedOutput(); err == nil || !strings.Contains(string(out), "infosystem: ") || strings.Contains(string(out), "panic") {
			t.Errorf("%s: %v, %s", name, err, out)
		}
	}
}

func TestVersion(t *testing.T) {
	command := exec.Command(os.Args[0], "version")
	command.Env = append(os.Environ(), "INFOSYSTEM_TEST_COMMAND=1")
	if out, err := command.CombinedOutput(); err != nil || string(out) != version+"\n" {
		t.Errorf("%v, %s", err, out)
	}
}

func TestOptionsOf(t *testing.T) {
	c := configs.DefaultInfosystem()
	c.Tenant, c.Dir = "t", t.TempDir()
	if _, err := optionsOf(c); err != nil {
		t.Error(err)
	}
	c.Key = configs.Key{Source: "credential", Path: "vault"}
	t.Setenv("CREDENTIALS_DIRECTORY", "/run/credentials/x")
	if o, err := optionsOf(c); err != nil || o.KeyFile != "/run/credentials/x/vault" {
		t.Errorf("the vault's key lies in %q, %v", o.KeyFile, err)
	}
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	if _, err := optionsOf(c); err == nil {
		t.Error("a credential was found where there is none")
	}
}

// TestCopy: a database is copied once, into an empty one, and not while somebody serves it.
func TestCopy(t *testing.T) {
	dir, args := settings(t)
	db, err := database.OpenSQLite(filepath.Join(dir, "infosystem.db"))
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(t.Context(), func(tx database.Tx) error {
		_, err := operators.First(tx, time.Now())
		return err
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	args[0] = "copy"
	try := func(want string, ok bool, more ...string) {
		t.Helper()
		command := exec.Command(os.Args[0], slices.Concat(args, more)...)
		command.Env = append(os.Environ(), "INFOSYSTEM_TEST_COMMAND=1")
		out, err := command.CombinedOutput()
		if (err == nil) != ok || !strings.Contains(string(out), want) {
			t.Errorf("%q: %v, want %q in %s", more, err, want, out)
		}
	}
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	into := []string{"--driver", "sqlite", "--source", "other.db"}
	try("stop the information system first", false, append(into, "--set", "listen="+busy.Addr().String())...)
	try("no database to copy", false, append(into, "--set", "database.source=none.db")...)
	try("operators             1 rows", true, into...)
	try("not empty", false, into...)
	try("not empty", false, "--driver", "sqlite", "--source", "infosystem.db")
	try("must be one of", false, "--driver", "mysql", "--source", "x")
	for _, source := range []string{"postgres://ada:s3cret@host/x", "postgresql://ada@host/x?password=s3cret", "host=/nowhere password = 's3cret'"} {
		try("--source has a password", false, "--driver", "postgres", "--source", source)
	}
	if _, err := os.Stat(filepath.Join(dir, "none.db")); err == nil {
		t.Error("a database was made where there was none to copy")
	}
}
