package link

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"lockerd/sync/wire"
)

// session is one connection, from hello on. It runs on one goroutine; what must outlive the connection is
// in the Link.
type session struct {
	*Link
	who      *identity
	address  wire.Address
	boot     string
	conn     Connection
	greeting greeting
	outbox   outbox

	answer *time.Timer // until hello or events are sent again
	digest *time.Timer
	fetch  *time.Timer // until desired state is asked for
	life   *time.Timer // until the next hello
}

// greeting is the exchange of hello and welcome.
type greeting struct {
	nonce    [16]byte
	sent     int  // how often the hello was sent without a welcome
	answered bool // the last hello was
	welcomed bool // one was, on this connection
}

var errSilent = errors.New("the information system does not answer")

func newSession(l *Link, who *identity) *session {
	boot, _ := l.options.Boot()
	return &session{
		Link: l, who: who, address: who.address(), boot: boot,
		answer: stoppedTimer(), digest: stoppedTimer(), fetch: stoppedTimer(), life: stoppedTimer(),
	}
}

func stoppedTimer() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

// run lives until the connection is lost, the other end stays silent, or ctx ends.
func (s *session) run(ctx context.Context) error {
	defer s.stop()
	if err := s.conn.Subscribe(ctx, s.address.AllDown()); err != nil {
		return err
	}
	if err := s.announce(ctx, true); err != nil {
		return err
	}
	if err := s.greet(ctx); err != nil {
		return err
	}
	for {
		if err := s.next(ctx); err != nil {
			return err
		}
	}
}

// next takes one thing that happens.
func (s *session) next(ctx context.Context) error {
	select {
	case <-ctx.Done():
		farewell, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		return errors.Join(ctx.Err(), s.announce(farewell, false))
	case <-s.conn.Lost():
		return errLost
	case m := <-s.conn.Received():
		return s.receive(ctx, m)
	case <-s.poke:
		return s.drain(ctx)
	case a := <-s.announcing():
		return s.send(ctx, wire.TypeAnnounce, a)
	case <-s.answer.C:
		return s.unanswered(ctx)
	case <-s.digest.C:
		return s.report(ctx)
	case <-s.fetch.C:
		return s.requestState(ctx)
	case <-s.life.C:
		return s.greet(ctx)
	}
}

func (s *session) stop() {
	for _, timer := range []*time.Timer{s.answer, s.digest, s.fetch, s.life} {
		timer.Stop()
	}
}

// receive tells messages apart. One that is not for this cabinet or not what it says is dropped.
func (s *session) receive(ctx context.Context, m Message) error {
	address, dir, kind, err := wire.ParseTopic(m.Topic)
	switch {
	case err != nil:
		s.bad("", err)
		return nil
	case address != s.address || dir != wire.DirDown:
		s.bad(kind, errors.New("not addressed to this cabinet"))
		return nil
	case m.Retain:
		s.bad(kind, errors.New("a retained message is no news"))
		return nil
	}
	switch kind {
	case wire.TypeWelcome:
		return take(ctx, s, m, s.onWelcome)
	case wire.TypeAck:
		return take(ctx, s, m, s.onAck)
	case wire.TypeDelta:
		return take(ctx, s, m, s.onDelta)
	case wire.TypeChunk:
		return take(ctx, s, m, s.onChunk)
	case wire.TypeAnnounced:
		return take(ctx, s, m, s.onAnnounced)
	case wire.TypeCommand:
		s.onCommand(m)
	}
	return nil
}

// take verifies a message of the information system and hands it to on.
func take[M any](ctx context.Context, s *session, m Message, on func(context.Context, M) error) error {
	var message M
	if err := wire.Verify(s.who.Answer.SystemKey, m.Topic, m.Payload, &message); err != nil {
		_, _, kind, _ := wire.ParseTopic(m.Topic)
		s.bad(kind, err)
		return nil
	}
	return on(ctx, message)
}

// send signs and publishes a message up.
func (s *session) send(ctx context.Context, kind wire.Type, message any) error {
	topic := s.address.Up(kind)
	payload, err := wire.Sign(s.who.signingKey(), topic, message)
	if err != nil {
		return fmt.Errorf("cannot send %s: %w", kind, err)
	}
	return s.conn.Publish(ctx, Message{Topic: topic, Payload: payload})
}

// presence is the retained hint whether the cabinet is there.
func (s *session) presence(online bool) (Message, error) {
	topic := s.address.Presence()
	payload, err := wire.Sign(s.who.signingKey(), topic, wire.Presence{Boot: s.boot, Online: online})
	if err != nil {
		return Message{}, fmt.Errorf("cannot announce the cabinet: %w", err)
	}
	return Message{Topic: topic, Payload: payload, Retain: true}, nil
}

func (s *session) announce(ctx context.Context, online bool) error {
	m, err := s.presence(online)
	if err != nil {
		return err
	}
	return s.conn.Publish(ctx, m)
}

// greet begins a session of commands with a fresh nonce.
func (s *session) greet(ctx context.Context) error {
	s.greeting.sent, s.greeting.answered = 0, false
	rand.Read(s.greeting.nonce[:])
	return s.hello(ctx)
}

// hello says who and where the cabinet is. It is repeated with the same nonce until it is answered.
func (s *session) hello(ctx context.Context) error {
	if s.greeting.sent == patience {
		return errSilent
	}
	first, last, err := s.options.Journal.Bounds()
	if err != nil {
		return fmt.Errorf("cannot read the journal: %w", err)
	}
	if err := s.recall(); err != nil {
		return err
	}
	boot, since := s.options.Boot()
	s.orders.meet(s.greeting.nonce, since)
	s.greeting.sent++
	s.answer.Reset(answerTime)
	return s.send(ctx, wire.TypeHello, wire.Hello{
		Epoch: s.options.Journal.Epoch(), Boot: boot, Software: s.options.Software,
		Have: s.desired.have, Root: s.desired.root, First: first, Last: last,
		Uptime: since.Milliseconds(), Wall: time.Now().Unix(), Synced: s.options.Synced(),
		Nonce: s.greeting.nonce, Slots: s.options.Slots,
	})
}

// onWelcome begins the exchange: from now on events flow up and desired state is followed.
func (s *session) onWelcome(ctx context.Context, m wire.Welcome) error {
	if m.Nonce != s.greeting.nonce {
		s.bad(wire.TypeWelcome, errors.New("answers another hello"))
		return nil
	}
	if s.greeting.answered {
		return nil
	}
	_, last, err := s.options.Journal.Bounds()
	if err != nil {
		return fmt.Errorf("cannot read the journal: %w", err)
	}
	if m.Acked > last {
		return fmt.Errorf("the information system has event %d of this epoch and the journal ends at %d: "+
			"the cabinet's database is an older copy and must begin a new epoch", m.Acked, last)
	}
	s.greeting.answered, s.greeting.welcomed = true, true
	s.life.Reset(jittered(sessionLife))
	s.digest.Reset(jittered(digestTime))
	s.answer.Stop()
	s.connected()
	s.log.Info("connected to the information system", "cabinet", s.address.String())
	s.follow(m.Latest)
	s.outbox = outbox{}
	return s.acknowledge(ctx, m.Acked)
}

// unanswered sends again what got no answer in time.
func (s *session) unanswered(ctx context.Context) error {
	if !s.greeting.answered {
		return s.hello(ctx)
	}
	return s.resend(ctx)
}
