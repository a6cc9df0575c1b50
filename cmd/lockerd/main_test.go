package main

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// asProgram makes the test's binary behave as lockerd itself, so that tests can start the real program as a
// process of its own.
const asProgram = "LOCKERD_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	flag.Set("test.parallel", "4") // the stories wait more than they compute; the command line still decides
	code := m.Run()
	if err := prints.close(); err != nil {
		fmt.Fprintln(os.Stderr, "the enrolment desk did not close:", err)
		code = 1
	}
	os.Exit(code)
}
