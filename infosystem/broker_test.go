package infosystem_test

import (
	"crypto/ed25519"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"lockerd/sync/wire"
)

func TestForeignAndDamagedMessages(t *testing.T) {
	s := start(t)
	a, c, _ := ready(t, s)
	yard := joinCabinet(t, s, "yard")
	topic := c.address.Up(wire.TypeEvents)
	good := wire.Events{Epoch: c.epoch, Events: []wire.Event{{Seq: 1, What: "forced", Slot: 1}}}
	_, stranger, _ := ed25519.GenerateKey(nil)
	forged, err := wire.Sign(stranger, topic, good)
	if err != nil {
		t.Fatal(err)
	}
	moved, err := wire.Sign(c.key, c.address.Up(wire.TypeReport), good)
	if err != nil {
		t.Fatal(err)
	}
	for _, payload := range [][]byte{nil, []byte("rubbish"), make([]byte, wire.MaxPayload+1), forged, moved} {
		c.publish(topic, payload)
	}
	c.happen(wire.Event{What: "opened", Slot: 1}) // and still it is served
	if n := count(lines(a), "forced"); n != 0 {
		t.Errorf("%d foreign or damaged messages were believed", n)
	}
	// A cabinet that publishes in another's name is thrown out by the broker.
	payload, err := wire.Sign(yard.key, topic, good)
	if err != nil {
		t.Fatal(err)
	}
	yard.client.Publish(topic, 1, false, payload)
	eventually(t, "the broker throws the intruder out", func() bool { return !yard.client.IsConnectionOpen() })
	if n := count(lines(a), "forced"); n != 0 {
		t.Error("the broker let a cabinet publish in another's name")
	}
}

func TestBrokerLetsNobodyElseIn(t *testing.T) {
	s := start(t)
	_, c, _ := ready(t, s)
	try := func(change func(*mqtt.ClientOptions)) (mqtt.Client, error) {
		o := mqtt.NewClientOptions().AddBroker(c.answer.Broker).SetClientID("lobby").SetUsername("lobby").SetPassword(c.answer.Password).SetProtocolVersion(4).SetAutoReconnect(false)
		change(o)
		client := mqtt.NewClient(o)
		token := client.Connect()
		if !token.WaitTimeout(5 * time.Second) {
			t.Fatal("no answer from the broker")
		}
		return client, token.Error()
	}
	for name, change := range map[string]func(*mqtt.ClientOptions){
		"wrong password":    func(o *mqtt.ClientOptions) { o.SetPassword("guess") },
		"no password":       func(o *mqtt.ClientOptions) { o.SetPassword("") },
		"unknown cabinet":   func(o *mqtt.ClientOptions) { o.SetClientID("eve").SetUsername("eve") },
		"another client id": func(o *mqtt.ClientOptions) { o.SetClientID("eve") },
		"a will for others": func(o *mqtt.ClientOptions) { o.SetWill("lk/v1/test/yard/st/presence", "x", 1, true) },
	} {
		if client, err := try(change); err == nil {
			t.Errorf("%s: connected", name)
			client.Disconnect(0)
		}
	}
	for _, filter := range []string{"#", "lk/v1/test/+/dn/+", "lk/v1/test/yard/dn/+", "lk/v1/test/lobby/up/+"} {
		token := c.client.Subscribe(filter, 1, nil)
		token.WaitTimeout(5 * time.Second)
		if code := token.(*mqtt.SubscribeToken).Result()[filter]; code != 128 {
			t.Errorf("subscribing to %s gave %d, want 128", filter, code)
		}
	}
}
