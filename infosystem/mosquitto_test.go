package infosystem_test

import (
	"context"
	"crypto/tls"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"lockerd/infosystem"
	"lockerd/infosystem/database/databasetest"
	"lockerd/sync/link"
)

// mosquitto is Debian's broker with the files of configs, TLS and passwords included.
type mosquitto struct {
	t       *testing.T
	program string
	conf    string
	port    string
	trust   *tls.Config
	process *exec.Cmd
	said    syncBuffer
}

// newMosquitto prepares a broker that reads its passwords from the file, or skips the test.
func newMosquitto(t *testing.T, passwords string) *mosquitto {
	t.Helper()
	program, err := exec.LookPath("mosquitto")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/mosquitto"); err != nil {
			t.Skip("mosquitto is missing (Debian package mosquitto)")
		}
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(free.Addr().String())
	free.Close()
	m := &mosquitto{t: t, program: program, port: port}
	dir := t.TempDir()
	certificate, key, roots := certify(t, dir)
	m.trust = &tls.Config{RootCAs: roots}
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join("..", "configs", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	acl := write("acl", strings.ReplaceAll(read("mosquitto.acl"), "TENANT", "test"))
	conf := strings.NewReplacer(
		"listener 8883", "listener "+port+" 127.0.0.1", "/etc/mosquitto/certs/broker.crt", certificate,
		"/etc/mosquitto/certs/broker.key", key, "/etc/mosquitto/lockerd.passwords", passwords, "/etc/mosquitto/lockerd.acl", acl,
	).Replace(read("mosquitto.conf"))
	if os.Getuid() == 0 {
		conf += "user root\n" // the test's folders are root's alone
	}
	m.conf = write("mosquitto.conf", conf)
	t.Cleanup(func() {
		m.stop()
		if t.Failed() {
			t.Logf("mosquitto said:\n%s", m.said.String())
		}
	})
	return m
}

func (m *mosquitto) url() string { return "ssl://127.0.0.1:" + m.port }

func (m *mosquitto) start() {
	m.t.Helper()
	m.said.Reset()
	m.process = exec.Command(m.program, "-c", m.conf)
	m.process.Stdout, m.process.Stderr = &m.said, &m.said
	if err := m.process.Start(); err != nil {
		m.t.Fatal(err)
	}
	eventually(m.t, "mosquitto listens", func() bool {
		connection, err := net.Dial("tcp", "127.0.0.1:"+m.port)
		if err == nil {
			connection.Close()
		}
		return err == nil
	})
}

// second connects a cabinet once the information system is connected to the broker: a hello that nobody hears is said again
// after ten seconds.
type second struct {
	link.Paho
	m *mosquitto
}

func (s second) Dial(ctx context.Context, to link.Broker, will link.Message) (link.Connection, error) {
	for ctx.Err() == nil && !strings.Contains(s.m.said.String(), " as infosystem@test ") {
		time.Sleep(10 * time.Millisecond)
	}
	return s.Paho.Dial(ctx, to, will)
}

// reload has it read its passwords again.
func (m *mosquitto) reload() { m.process.Process.Signal(syscall.SIGHUP) }

func (m *mosquitto) stop() {
	if m.process != nil {
		m.process.Process.Kill()
		m.process.Wait()
	}
}

// connect connects with a client of the test's own, or returns why it cannot.
func (m *mosquitto) connect(user, password string) (mqtt.Client, error) {
	m.t.Helper()
	client := mqtt.NewClient(mqtt.NewClientOptions().AddBroker(m.url()).SetTLSConfig(m.trust).SetClientID(user).
		SetUsername(user).SetPassword(password).SetProtocolVersion(4).SetAutoReconnect(false))
	token := client.Connect()
	if !token.WaitTimeout(10 * time.Second) {
		m.t.Fatal("no answer from the broker")
	}
	m.t.Cleanup(func() { client.Disconnect(0) })
	return client, token.Error()
}

// TestWithAnotherBroker: a mosquitto set up as the documents say lets in who joined, after it read the passwords
// again; all goes on after a restart of the information system and one of the broker.
func TestWithAnotherBroker(t *testing.T) {
	dir := t.TempDir()
	m := newMosquitto(t, filepath.Join(dir, "broker.passwords"))
	options := infosystem.Options{Dir: dir, Database: databasetest.Opener(t), Tenant: "test", Outbox: true, SignerSocket: socket(t),
		BrokerURL: m.url(), BrokerTLS: m.trust}
	s, err := infosystem.New(options)
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, s)
	m.start()
	cabinet, l := joinLink(t, s, func(o *link.Options) { o.Transport = second{link.Paho{TLS: m.trust}, m} })
	eventually(t, "the cabinet that joined is let in", func() bool { m.reload(); return apiOf(t, s).online("lobby") })
	tellBothWays(t, s, cabinet, l)

	stop()
	if s, err = infosystem.New(options); err != nil {
		t.Fatal(err)
	}
	run(t, s)
	a := apiOf(t, s)
	eventually(t, "the cabinet counts as connected after the restart", func() bool { return a.online("lobby") })
	openDoor(t, a, cabinet, 5)

	m.stop()
	eventually(t, "the cabinet notices that the broker is gone", func() bool { return !l.Status().Connected })
	m.start()
	eventually(t, "the cabinet is connected again", func() bool { return l.Status().Connected })
	eventually(t, "a door can be opened again", func() bool {
		code, _ := a.try("POST", "/api/v1/cabinets/lobby/commands", object{"action": "open", "slot": 6, "reason": "test"})
		return code/100 == 2
	})
	if got := next(t, cabinet.ordered); got.Slot != 6 {
		t.Errorf("the cabinet was told %+v", got)
	}
}

// TestAnotherBrokersRights: with the delivered files a cabinet says and hears nothing in another's name, and nobody
// else comes in.
func TestAnotherBrokersRights(t *testing.T) {
	dir := t.TempDir()
	m := newMosquitto(t, filepath.Join(dir, "broker.passwords"))
	passwords := passwordsOf(t, infosystem.Options{Dir: dir, BrokerURL: m.url(), BrokerTLS: m.trust}, "lobby", "yard")
	m.start()
	for user, password := range map[string]string{"lobby": passwords["yard"], "yard": "", "eve": "guess", "": "", "infosystem@test": "guess"} {
		if _, err := m.connect(user, password); err == nil {
			t.Errorf("%q came in", user)
		}
	}
	heard, clients := make(chan string, 100), map[string]mqtt.Client{}
	for user, password := range passwords {
		client, err := m.connect(user, password)
		if err != nil {
			t.Fatal(err)
		}
		clients[user] = client
		token := client.Subscribe("lk/#", 1, func(_ mqtt.Client, msg mqtt.Message) { heard <- user + ": " + msg.Topic() })
		if !token.WaitTimeout(10*time.Second) || token.Error() != nil {
			t.Fatal(token.Error())
		}
	}
	say := func(user, topic string) {
		t.Helper()
		if token := clients[user].Publish(topic, 1, false, "x"); !token.WaitTimeout(10*time.Second) || token.Error() != nil {
			t.Fatalf("%s, %s: %v", user, topic, token.Error())
		}
	}
	for _, kind := range []string{"up/hello", "up/events", "st/presence", "dn/command", "dn/welcome"} {
		say("yard", "lk/v1/test/lobby/"+kind)
	}
	say("yard", "lk/v1/test/yard/dn/command")
	say("infosystem@test", "lk/v1/test/lobby/up/hello")
	// The broker keeps the order, so that what was forged would come first.
	allowed := map[string]bool{
		"infosystem@test: lk/v1/test/yard/up/hello": true, "infosystem@test: lk/v1/test/yard/st/presence": true,
		"lobby: lk/v1/test/lobby/dn/welcome": true, "yard: lk/v1/test/yard/dn/welcome": true,
	}
	say("yard", "lk/v1/test/yard/up/hello")
	say("yard", "lk/v1/test/yard/st/presence")
	say("infosystem@test", "lk/v1/test/lobby/dn/welcome")
	say("infosystem@test", "lk/v1/test/yard/dn/welcome")
	for len(allowed) > 0 {
		got := next(t, heard)
		if !allowed[got] {
			t.Errorf("heard was %s", got)
		}
		delete(allowed, got)
	}
}

// passwordsOf has cabinets join an information system, stops it, and returns its password and theirs for its broker.
func passwordsOf(t *testing.T, o infosystem.Options, cabinets ...string) map[string]string {
	t.Helper()
	o.Database, o.Tenant, o.Outbox, o.SignerSocket = databasetest.Opener(t), "test", true, socket(t)
	s, err := infosystem.New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer run(t, s)()
	a := apiOf(t, s)
	passwords := map[string]string{}
	for _, id := range cabinets {
		a.do("POST", "/api/v1/cabinets", object{"id": id, "name": id}, nil)
		c := newCabinet(t)
		c.join(a, a.text("POST", "/api/v1/cabinets/"+id+"/join-codes", nil, "code"))
		passwords[id] = c.answer.Password
	}
	own, err := os.ReadFile(filepath.Join(o.Dir, "broker.password"))
	if err != nil {
		t.Fatal(err)
	}
	passwords["infosystem@test"] = string(own)
	return passwords
}
