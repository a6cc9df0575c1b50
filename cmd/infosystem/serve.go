package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"lockerd/configs"
	"lockerd/infosystem"
	"lockerd/infosystem/database"
)

// serve runs the information system.
type serve struct {
	Config string   `required:"" type:"existingfile" help:"Settings, such as configs/infosystem.yaml."`
	Set    []string `help:"Override one setting, key=value; may be given again." placeholder:"KEY=VALUE" sep:"none"`
	Hint   string   `help:"A line on top of every page."`
	Text   bool     `help:"Log as text, not as JSON."`
	// What is lost with old keys is told by the error that names this flag.
	NewKeys bool `help:"Make keys that are missing, and take others than those that the database was written under."`
}

// Run serves until a signal comes.
func (s serve) Run(ctx context.Context) error {
	settings, err := configs.LoadInfosystem(s.Config, s.Set...)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	if s.Text {
		log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	options, err := optionsOf(settings)
	if err != nil {
		return err
	}
	options.Log, options.Hint, options.NewKeys = log, s.Hint, s.NewKeys
	options.Alive = func() { daemon.SdNotify(false, daemon.SdNotifyWatchdog) }
	system, err := infosystem.New(options)
	if err != nil {
		return err
	}
	fmt.Printf("information system: %s/\n", system.WebURL())
	fmt.Printf("broker:             %s\n", system.BrokerURL())
	if password := system.FirstPassword(); password != "" {
		fmt.Printf("first sign-in:      operator, password %s (it is shown this once)\n", password)
	}
	if _, err := daemon.SdNotify(false, daemon.SdNotifyReady); err != nil {
		log.Warn("cannot tell systemd", "err", err)
	}
	return system.Run(ctx)
}

// optionsOf turns settings into options. The signer is a child process, or a service of its own.
func optionsOf(c configs.Infosystem) (infosystem.Options, error) {
	vaultKey, err := keyFile("key", c.Key)
	if err != nil {
		return infosystem.Options{}, err
	}
	signerKey := "" // where the signer is apart, only it knows
	if !c.Signer.Apart {
		if signerKey, err = keyFile("signer.key", c.Signer.Key); err != nil {
			return infosystem.Options{}, err
		}
	}
	socket, err := filepath.Abs(c.Signer.Socket)
	if err != nil {
		return infosystem.Options{}, err
	}
	var proxies []netip.Prefix
	for _, proxy := range c.TrustedProxies {
		network, err := configs.ParseNetwork(proxy)
		if err != nil {
			return infosystem.Options{}, fmt.Errorf("trusted_proxies %w", err)
		}
		proxies = append(proxies, network)
	}
	return infosystem.Options{
		Dir: c.Dir, Tenant: c.Tenant, Web: c.Listen, Public: c.Public, Proxies: proxies, Region: c.Country,
		Database: func() (database.Database, error) { return openDatabase(c.Database) }, KeyFile: vaultKey,
		Broker: c.Broker.Listen, BrokerURL: c.Broker.URL,
		SignerSocket: socket,
		Signer: func(ctx context.Context, socket string) error {
			if c.Signer.Apart {
				<-ctx.Done() // it is a service of its own
				return nil
			}
			return runSigner(ctx, socket, signerKey, filepath.Join(c.Dir, "signer.log"))
		},
		NotifyURL: c.Notices.Webhook, Outbox: c.Notices.Outbox,
		JoinLasts: c.JoinCode.Valid, SessionLasts: c.Operators.Idle,
		Retention: infosystem.Retention{
			Events: c.Retention.EventDays, Parcels: c.Retention.ParcelDays, Unused: c.Retention.UnusedDays,
		},
	}, nil
}

func openDatabase(c configs.Database) (db database.Database, err error) {
	if c.Driver == "postgres" {
		db, err = database.OpenPostgres(c.Source)
	} else {
		db, err = database.OpenSQLite(c.Source)
	}
	if err != nil {
		return nil, err // db holds a nil pointer, which is no nil
	}
	return db, nil
}

// keyFile is the file that a key lies in. systemd lays credentials into a folder that it names.
func keyFile(name string, key configs.Key) (string, error) {
	if key.Source != "credential" {
		return key.Path, nil
	}
	folder := os.Getenv("CREDENTIALS_DIRECTORY")
	if folder == "" {
		return "", fmt.Errorf("cannot use %s: it is a systemd credential, and systemd gave none (LoadCredential=%s)", name, key.Path)
	}
	return filepath.Join(folder, key.Path), nil
}

// runSigner runs this program's signer as a child, which ends with its parent.
func runSigner(ctx context.Context, socket, key, log string) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("cannot find the signer's program: %w", err)
	}
	child := exec.CommandContext(ctx, program, "signer", "--socket", socket, "--key", key, "--log", log)
	child.Stderr = os.Stderr
	child.Cancel = func() error { return child.Process.Signal(syscall.SIGTERM) }
	child.WaitDelay = 5 * time.Second
	// Its own process group: Ctrl-C reaches it through this process, once. The kernel ends it with its parent.
	// The kernel watches the thread that started the child, so that thread must stay.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := child.Run(); ctx.Err() == nil {
		return fmt.Errorf("the signer's process ended: %w", err)
	}
	return nil
}
