package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"regexp"

	"lockerd/configs"
	"lockerd/infosystem/database"
)

// copyLine copies the database that the settings name into another one.
type copyLine struct {
	Config string   `required:"" type:"existingfile" help:"Settings, such as configs/infosystem.yaml, which name the database to copy."`
	Set    []string `help:"Override one setting, key=value; may be given again." placeholder:"KEY=VALUE" sep:"none"`
	Driver string   `required:"" enum:"sqlite,postgres" help:"Kind of the database to copy into: ${enum}."`
	Source string   `required:"" help:"Its file or address, as database.source of the settings has it; it must be empty."`
}

// password finds one in the address of a PostgreSQL server: postgres://user:password@host, ?password= or password=.
var password = regexp.MustCompile(`(?i)^postgres(ql)?://[^/@]*:[^/@]*@|\b(ssl)?password\s*=`)

// Run copies and tells how much.
func (c copyLine) Run(ctx context.Context) error {
	if c.Driver == "postgres" && password.MatchString(c.Source) {
		return errors.New("--source has a password, which everybody on this machine sees while copy runs: change it, and put the new one into a file that PGPASSFILE names")
	}
	from, err := configs.LoadInfosystem(c.Config, c.Set...)
	if err != nil {
		return err
	}
	to, err := configs.LoadInfosystem(c.Config, append(c.Set, "database.driver="+c.Driver, "database.source="+c.Source)...)
	if err != nil {
		return err
	}
	// Where serve listens nobody else may meanwhile: what it would write now would stay behind.
	hold, err := net.Listen("tcp", from.Listen)
	if err != nil {
		return fmt.Errorf("stop the information system first, it seems to run: %w", err)
	}
	defer hold.Close()
	if from.Database.Driver == "sqlite" {
		if _, err := os.Stat(from.Database.Source); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("there is no database to copy: %w", err)
		}
	}
	source, err := openDatabase(from.Database)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := openDatabase(to.Database)
	if err != nil {
		return err
	}
	defer target.Close()
	copied, err := database.Copy(ctx, source, target)
	if err != nil {
		return fmt.Errorf("nothing was copied: %w", err)
	}
	rows := 0
	for _, one := range copied {
		fmt.Printf("%-14s %8d rows\n", one.Table, one.Rows)
		rows += one.Rows
	}
	fmt.Printf("%d rows were copied and compared. Now write into %s:\n\ndatabase:\n  driver: %s\n  source: %q\n", rows, c.Config, c.Driver, c.Source)
	return nil
}
