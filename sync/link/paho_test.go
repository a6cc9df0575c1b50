package link

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"

	"lockerd/controller"
	"lockerd/sync/wire"
)

// doorkeeper knows one password and gives nobody a right to "forbidden".
type doorkeeper struct{ mqtt.HookBase }

func (doorkeeper) Provides(b byte) bool {
	return b == mqtt.OnConnectAuthenticate || b == mqtt.OnACLCheck
}

func (doorkeeper) OnConnectAuthenticate(_ *mqtt.Client, p packets.Packet) bool {
	return string(p.Connect.Password) == "example"
}

func (doorkeeper) OnACLCheck(_ *mqtt.Client, topic string, _ bool) bool {
	return !strings.HasPrefix(topic, "forbidden/")
}

// startMochi runs an embedded broker with the doorkeeper.
func startMochi(t *testing.T, config *tls.Config) *listeners.TCP {
	t.Helper()
	server := mqtt.New(&mqtt.Options{Logger: slog.New(slog.DiscardHandler)})
	if err := server.AddHook(new(doorkeeper), nil); err != nil {
		t.Fatal(err)
	}
	listener := listeners.NewTCP(listeners.Config{ID: "test", Address: "127.0.0.1:0", TLSConfig: config})
	if err := server.AddListener(listener); err != nil {
		t.Fatal(err)
	}
	if err := server.Serve(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return listener
}

// startMosquitto runs Debian's broker, or skips.
func startMosquitto(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("mosquitto")
	if err != nil {
		if program = "/usr/sbin/mosquitto"; exec.Command(program, "-h").Run() != nil && !exists(program) {
			t.Skip("mosquitto is missing: install Debian's package mosquitto to test against a second broker")
		}
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	_, port, _ := net.SplitHostPort(address)
	config := filepath.Join(t.TempDir(), "mosquitto.conf")
	if err := os.WriteFile(config, []byte("listener "+port+" 127.0.0.1\nallow_anonymous true\npersistence false\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var output bytes.Buffer
	broker := exec.Command(program, "-c", config)
	broker.Stdout, broker.Stderr = &output, &output
	if err := broker.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		broker.Process.Kill()
		broker.Wait()
		if t.Failed() {
			t.Logf("mosquitto said:\n%s", &output)
		}
	})
	eventually(t, "mosquitto listens", func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return "tcp://" + address
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// TestAgainstBrokers runs the same exchange over every broker at hand: journal up, desired state and a
// command down, through a connection that is cut in the middle.
func TestAgainstBrokers(t *testing.T) {
	for name, broker := range map[string]func(*testing.T) string{
		"mochi":     func(t *testing.T) string { return "tcp://" + startMochi(t, nil).Address() },
		"mosquitto": startMosquitto,
	} {
		t.Run(name, func(t *testing.T) { exchange(t, broker(t)) })
	}
}

func exchange(t *testing.T, url string) {
	s := newShelf()
	c := newCloud(t, s)
	c.cabinet.Answer.Broker = url
	if err := c.cabinet.store(s); err != nil {
		t.Fatal(err)
	}
	relay := bridge(t, c, url)
	for i := range 100 {
		s.Commit(controller.Change{Entries: []controller.Entry{{What: controller.Opened, Slot: controller.Slot(i + 1), At: time.Now()}}})
	}
	options := c.options(s)
	cut := &cutter{Transport: Paho{}}
	options.Transport = cut
	l := start(t, options)
	arrived := func(n int) func() bool {
		return func() bool { c.mu.Lock(); defer c.mu.Unlock(); return len(c.events) >= n }
	}
	eventually(t, "the journal arrives", arrived(100))
	cut.now()
	s.Commit(controller.Change{Entries: []controller.Entry{{What: controller.Opened, Slot: 101, At: time.Now()}}})
	eventually(t, "the journal goes on after a cut", arrived(101))

	parcel := c.record(wire.RecordParcel, "p-1", bodies()[wire.RecordParcel])
	relay(c.signed(c.system, wire.TypeDelta, wire.Delta{From: 0, To: 1, Records: []wire.Record{parcel}, Root: rootOf(parcel)}))
	eventually(t, "desired state is applied", func() bool { return l.Status().Version == 1 })
	relay(c.signed(c.signer, wire.TypeCommand, c.command("c-1")))
	eventually(t, "the command is carried out and its result arrives", func() bool { return s.opened() == 1 && l.Status().Backlog == 0 })
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, event := range c.events {
		if event.Seq != uint64(i+1) {
			t.Fatalf("event %d stands at place %d", event.Seq, i+1)
		}
	}
}

// bridge connects the scripted information system to a broker and returns how it publishes.
func bridge(t *testing.T, c *cloud, url string) func(Message) {
	t.Helper()
	conn, err := Paho{}.Dial(t.Context(), Broker{URL: url, ClientID: "cloud", User: "cloud", Password: "example"}, Message{Topic: "cloud/gone", Payload: []byte{0}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	for _, filter := range []string{wire.IngestFilter, c.address.Presence()} {
		if err := conn.Subscribe(t.Context(), filter); err != nil {
			t.Fatal(err)
		}
	}
	publish := func(m Message) {
		if err := conn.Publish(t.Context(), m); err != nil {
			t.Errorf("cloud: %v", err)
		}
	}
	down := &pipe{cloud: c, received: make(chan Message, queued), lost: make(chan struct{})}
	c.conn = down // what the script answers goes to the broker
	go func() {
		for {
			select {
			case m := <-conn.Received():
				m.Retain = true // a broker clears the flag for a subscriber that is there already
				c.receive(m)
			case m := <-down.received:
				publish(m)
			case <-conn.Lost():
				return
			}
		}
	}()
	return publish
}

// cutter is a transport whose connection can be cut.
type cutter struct {
	Transport
	live atomic.Value // Connection
}

func (c *cutter) Dial(ctx context.Context, to Broker, will Message) (Connection, error) {
	conn, err := c.Transport.Dial(ctx, to, will)
	if err == nil {
		c.live.Store(conn)
	}
	return conn, err
}

func (c *cutter) now() { c.live.Load().(Connection).Close() }

func TestPahoTellsRefusals(t *testing.T) {
	url := "tcp://" + startMochi(t, nil).Address()
	will := Message{Topic: "lk/v1/acme/lobby-1/st/presence", Payload: []byte{1}}
	wrong := Broker{URL: url, ClientID: "lobby-1", User: "lobby-1", Password: "wrong"}
	if _, err := (Paho{}).Dial(t.Context(), wrong, will); err == nil || strings.Contains(err.Error(), "wrong") {
		t.Errorf("wrong password: %v", err)
	}
	conn, err := Paho{}.Dial(t.Context(), Broker{URL: url, ClientID: "lobby-1", User: "lobby-1", Password: "example"}, will)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Subscribe(t.Context(), "forbidden/#"); !errors.Is(err, ErrRefused) {
		t.Errorf("a subscription that is not granted: %v", err)
	}
	if err := conn.Publish(t.Context(), Message{Topic: "x", Payload: make([]byte, wire.MaxPayload+1)}); !errors.Is(err, wire.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	conn.Close()
	select {
	case <-conn.Lost():
	case <-time.After(10 * time.Second):
		t.Error("closed and not lost")
	}
	if err := conn.Publish(t.Context(), Message{Topic: "x"}); err == nil {
		t.Error("published on a closed connection")
	}
}

func TestPahoGivesUpWithItsContext(t *testing.T) {
	mute, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := (Paho{}).Dial(ctx, Broker{URL: "tcp://" + mute.Addr().String(), ClientID: "a"}, Message{Topic: "x", Payload: []byte{1}}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a mute broker: %v", err)
	}
	if _, err := (Paho{}).Dial(t.Context(), Broker{URL: "ws://127.0.0.1:1", ClientID: "a"}, Message{Topic: "x", Payload: []byte{1}}); err == nil {
		t.Error("a scheme that is not spoken")
	}
}

func TestPahoOverTLS(t *testing.T) {
	https := httptest.NewTLSServer(nil) // for its certificate
	defer https.Close()
	_, port, err := net.SplitHostPort(startMochi(t, &tls.Config{Certificates: https.TLS.Certificates}).Address())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(https.Certificate())
	to := Broker{URL: "ssl://127.0.0.1:" + port, ClientID: "lobby-1", User: "lobby-1", Password: "example"}
	will := Message{Topic: "x", Payload: []byte{1}}
	if _, err := (Paho{}).Dial(t.Context(), to, will); err == nil {
		t.Error("a certificate of nobody known was accepted")
	}
	conn, err := Paho{TLS: &tls.Config{RootCAs: roots}}.Dial(t.Context(), to, will)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

// memoryConn gives bytes in pieces.
type memoryConn struct {
	net.Conn
	left  []byte
	piece int
}

func (c *memoryConn) Read(p []byte) (int, error) {
	n := copy(p, c.left[:min(c.piece, len(c.left))])
	c.left = c.left[n:]
	if n == 0 {
		return 0, fmt.Errorf("end")
	}
	return n, nil
}

func (c *memoryConn) Close() error { return nil }

func TestPacketsAreBounded(t *testing.T) {
	packet := func(length int) []byte {
		out := []byte{0x30}
		for {
			digit := byte(length & 0x7f)
			if length >>= 7; length > 0 {
				out = append(out, digit|0x80)
				continue
			}
			return append(out, digit)
		}
	}
	body := func(n int) []byte { return append(packet(n), make([]byte, n)...) }
	for name, try := range map[string]struct {
		stream []byte
		fits   bool
	}{
		"ping":           {[]byte{0xd0, 0}, true},
		"several":        {append(append(body(5), body(200)...), body(maxPacket)...), true},
		"largest":        {body(maxPacket), true},
		"one more":       {packet(maxPacket + 1), false},
		"256 MB":         {[]byte{0x30, 0xff, 0xff, 0xff, 0x7f}, false},
		"endless length": {[]byte{0x30, 0x80, 0x80, 0x80, 0x80, 0x80}, false},
		"second one":     {append(body(300), packet(200<<10)...), false},
	} {
		for _, piece := range []int{1, 7, 4096} {
			conn := &framedConn{Conn: &memoryConn{left: try.stream, piece: piece}}
			got, err := 0, error(nil)
			for buffer := make([]byte, 4096); err == nil; {
				var n int
				n, err = conn.Read(buffer)
				got += n
			}
			if fits := !errors.Is(err, wire.ErrTooLarge); fits != try.fits || fits && got != len(try.stream) {
				t.Errorf("%s in pieces of %d: %d bytes, %v", name, piece, got, err)
			}
		}
	}
}
