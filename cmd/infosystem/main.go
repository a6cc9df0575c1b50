// Command infosystem runs the information system, the cloud's end of the parcel lockers.
//
//	infosystem serve  --config FILE [--set KEY=VALUE ...] [--new-keys]
//	infosystem copy   --config FILE [--set KEY=VALUE ...] --driver sqlite|postgres --source SOURCE
//	infosystem signer --socket PATH --key FILE [--log FILE]
//	infosystem version
//
// serve starts the signer, which alone has the key that signs door commands, as a process of its own. copy copies the
// database of the settings into another, empty one, from SQLite to PostgreSQL or back.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"

	"lockerd/infosystem/signer"
)

// commandLine is what the program is told.
type commandLine struct {
	Serve   serve       `cmd:"" help:"Run the information system."`
	Signer  signerLine  `cmd:"" help:"Run the signer of door commands (serve starts it by itself)."`
	Copy    copyLine    `cmd:"" help:"Copy the database into another, empty one, while serve does not run."`
	Version versionLine `cmd:"" help:"Print the version."`
}

// version is set by the linker in packages.
var version = "development"

// versionLine prints the version.
type versionLine struct{}

// Run prints the version.
func (versionLine) Run() error {
	_, err := fmt.Println(version)
	return err
}

// signerLine runs the signer.
type signerLine struct {
	Socket string `required:"" type:"path" help:"Unix socket to serve on."`
	Key    string `required:"" type:"path" help:"Key file, made at the first start."`
	Log    string `type:"path" help:"File for one line about every request; signer.log beside the key if not given."`
}

// Run runs the signer until a signal comes or, where serve started it, until serve is gone.
func (s signerLine) Run(ctx context.Context) error {
	if s.Log == "" {
		s.Log = filepath.Join(filepath.Dir(s.Key), "signer.log")
	}
	return signer.Serve(ctx, s.Socket, s.Key, s.Log, signer.DefaultCaps)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var line commandLine
	parsed := kong.Parse(&line, kong.Name("infosystem"), kong.Description("The information system of the parcel lockers."),
		kong.UsageOnError(), kong.BindTo(ctx, (*context.Context)(nil)))
	if err := parsed.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "infosystem:", err)
		os.Exit(1)
	}
}
