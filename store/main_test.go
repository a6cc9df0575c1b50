package store_test

import (
	"os"
	"os/exec"
	"testing"
)

// The test binary is also the program that crash and full-disk tests start: with roleVariable set it plays
// that role on the folder in folderVariable.
const (
	roleVariable   = "STORE_TEST_ROLE"
	folderVariable = "STORE_TEST_FOLDER"
)

func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case "":
		os.Exit(m.Run())
	case "writer":
		os.Exit(write(os.Getenv(folderVariable)))
	case "careless writer":
		os.Exit(writeCarelessly(os.Getenv(folderVariable)))
	case "preparer":
		os.Exit(prepareDisk(os.Getenv(folderVariable)))
	case "checker":
		os.Exit(checkDisk(os.Getenv(folderVariable)))
	case "full":
		os.Exit(fill(os.Getenv(folderVariable)))
	}
	os.Exit(2)
}

// child prepares this test binary in a role.
func child(t *testing.T, role, folder string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), roleVariable+"="+role, folderVariable+"="+folder)
	cmd.Stderr = os.Stderr
	return cmd
}
