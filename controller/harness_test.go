package controller_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/argon2"

	"lockerd/controller"
	"lockerd/matcher"
	"lockerd/matcher/passcode"
	"lockerd/matcher/pattern"
	"lockerd/store"
)

// door is a Lock in memory: a pulse opens it unless it is jammed.
type door struct {
	mu       sync.Mutex
	open     bool
	jammed   bool
	blind    bool // the switch does not answer
	pulses   int
	onPulse  func()
	pulseErr error
}

func (d *door) Open(context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.pulseErr != nil {
		return d.pulseErr
	}
	d.pulses++
	if d.onPulse != nil {
		d.onPulse()
	}
	d.open = d.open || !d.jammed
	return nil
}

func (d *door) Shut() (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.blind {
		return false, errors.New("switch does not answer")
	}
	return !d.open, nil
}

func (d *door) WaitOpen(ctx context.Context) error { return d.await(ctx, false) }
func (d *door) WaitShut(ctx context.Context) error { return d.await(ctx, true) }

func (d *door) await(ctx context.Context, want bool) error {
	for {
		if shut, err := d.Shut(); err == nil && shut == want {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (d *door) set(change func(*door)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(d)
}

// sensor is a fingerprint module, or a sensor of another kind, that gives what is put on it.
type sensor struct {
	kind matcher.Kind
	put  chan matcher.Sample
	fail chan error
}

func (s *sensor) Kind() matcher.Kind { return s.kind }

func (s *sensor) Capture(ctx context.Context, _ controller.Purpose, seen func(controller.Progress)) (matcher.Sample, error) {
	select {
	case <-ctx.Done():
		return matcher.Sample{}, ctx.Err()
	case err := <-s.fail:
		return matcher.Sample{}, err
	case sample := <-s.put:
		seen(controller.Progress{Touched: true, Fraction: 1})
		return sample, nil
	}
}

// ridges compares fingers by their bytes; "poor" is a capture that cannot be used.
type ridges struct{}

func (ridges) Kind() matcher.Kind { return matcher.Fingerprint }

func (ridges) Extract(s matcher.Sample) (matcher.Identification, error) {
	if string(s.Bytes) == "poor" {
		return matcher.Identification{}, &matcher.QualityError{Advice: matcher.PressHarder, Detail: "poor"}
	}
	return matcher.Identification{Kind: matcher.Fingerprint, Data: bytes.Clone(s.Bytes)}, nil
}

func (r ridges) Enrol(samples []matcher.Sample) (matcher.Identification, error) {
	for _, s := range samples {
		if !bytes.Equal(s.Bytes, samples[0].Bytes) {
			return matcher.Identification{}, &matcher.QualityError{Advice: matcher.SameFinger}
		}
	}
	return r.Extract(samples[0])
}

func (ridges) Compare(first, second matcher.Identification) (matcher.Verdict, error) {
	match := bytes.Equal(first.Data, second.Data)
	return matcher.Verdict{Match: match, FMR: 1e-5}, nil
}

// screen remembers the newest view and the screens that were shown.
type screen struct {
	mu    sync.Mutex
	view  controller.View
	shown []controller.Screen
}

func (s *screen) Show(v controller.View) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v.Number != s.view.Number {
		s.shown = append(s.shown, v.Screen)
	}
	s.view = v
}

func (s *screen) now() controller.View {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view
}

// sealer notes the codes that would be sent.
type sealer struct {
	mu        sync.Mutex
	codes     map[controller.ParcelID]string
	enrolment controller.Enrolment
}

func (s *sealer) SealCode(p controller.Parcel, code string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codes[p.ID] = code
	return []byte("sealed"), nil
}

func (s *sealer) SealEnrolment(e controller.Enrolment) ([]byte, error) {
	s.enrolment = e
	return []byte("sealed"), nil
}

func (s *sealer) SealSecret(number string, old []byte, _ matcher.Identification) ([]byte, error) {
	return []byte("sealed " + number), nil
}

// cabinet is a controller of four slots (1, 2 small, 3 medium, 4 large and low) on fakes and the
// in-memory store, inside a synctest bubble.
type cabinet struct {
	t       *testing.T
	c       *controller.Controller
	doors   map[controller.Slot]*door
	finger  *sensor
	screen  *screen
	sealer  *sealer
	store   *store.Store
	failing bool // the disk refuses
	extend  func(*controller.Parts)
	booted  time.Time
	version uint64
	stop    func()
}

// failingShelf refuses to commit while the cabinet says so.
type failingShelf struct {
	controller.Shelf
	cabinet *cabinet
}

var errDisk = errors.New("no space left on device")

func (f failingShelf) Commit(c controller.Change) error {
	if f.cabinet.failing {
		return errDisk
	}
	return f.Shelf.Commit(c)
}

// story runs a test against a fresh cabinet.
func story(t *testing.T, tell func(*cabinet)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		k := newCabinet(t)
		k.start()
		tell(k)
		k.stop()
	})
}

// newCabinet makes a cabinet that is still off, inside a bubble.
func newCabinet(t *testing.T) *cabinet {
	return &cabinet{t: t, screen: &screen{}, sealer: &sealer{codes: map[controller.ParcelID]string{}}, store: store.NewMemory()}
}

// start begins with the store as it is, like a cabinet whose power came back.
func (k *cabinet) start() {
	k.booted = time.Now()
	k.startProgram()
}

// startProgram begins without a boot of the machine.
func (k *cabinet) startProgram() {
	k.finger = &sensor{kind: matcher.Fingerprint, put: make(chan matcher.Sample), fail: make(chan error)}
	if k.doors == nil {
		k.doors = map[controller.Slot]*door{1: {}, 2: {}, 3: {}, 4: {}}
	}
	locks := make(map[controller.Slot]controller.Lock)
	for slot, d := range k.doors {
		locks[slot] = d
	}
	policy, err := controller.ParsePolicy("fingerprint | pattern | passcode | code")
	k.check(err)
	parts := controller.Parts{
		Doors: locks,
		Plan: []controller.Plan{
			{Slot: 1, Size: controller.Small}, {Slot: 2, Size: controller.Small},
			{Slot: 3, Size: controller.Medium}, {Slot: 4, Size: controller.Large, Low: true},
		},
		Sensors: []controller.Sensor{k.finger}, Display: k.screen, People: k.store,
		Shelf:    failingShelf{k.store, k},
		Matchers: []matcher.Matcher{ridges{}, passcode.Matcher{}, pattern.Matcher{}},
		Sealer:   k.sealer, MAC: k.store.MAC,
		Boot:     func() (string, time.Duration) { return fmt.Sprint(k.booted), time.Since(k.booted) },
		Settings: controller.Settings{Policy: policy, Codes: controller.CodesUnenrolled},
		Language: "en",
		Log:      slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	if k.extend != nil {
		k.extend(&parts)
	}
	k.c, err = controller.New(parts)
	k.check(err)
	ctx, cancel := context.WithCancel(k.t.Context())
	done := make(chan struct{})
	go func() { k.c.Run(ctx); close(done) }()
	k.stop = func() { cancel(); <-done }
	synctest.Wait()
}

// restartProgram ends the program and starts it again; the machine runs on.
func (k *cabinet) restartProgram() {
	k.stop()
	k.startProgram()
}

// restart is a power cut and its end.
func (k *cabinet) restart() {
	k.stop()
	k.start()
}

func (k *cabinet) check(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

// sees waits until the screen is shown, for less than a second of the bubble's time.
func (k *cabinet) sees(want controller.Screen) controller.View {
	k.t.Helper()
	for range 20 {
		synctest.Wait()
		if v := k.screen.now(); v.Screen == want {
			return v
		}
		time.Sleep(50 * time.Millisecond)
	}
	k.t.Fatalf("screen is %q, want %q; shown were %v", k.screen.now().Screen, want, k.screen.shown)
	return controller.View{}
}

func (k *cabinet) does(act controller.Act, text string) {
	k.t.Helper()
	synctest.Wait()
	k.check(k.c.Answer(controller.Answer{View: k.screen.now().Number, Act: act, Text: text}))
	synctest.Wait()
}

func (k *cabinet) touches(finger string) {
	k.t.Helper()
	select {
	case k.finger.put <- matcher.Sample{Kind: matcher.Fingerprint, Bytes: []byte(finger)}:
	case <-time.After(5 * time.Second):
		k.t.Fatalf("nobody asks for a finger; the screen is %q", k.screen.now().Screen)
	}
	synctest.Wait()
}

func (k *cabinet) shuts(slot controller.Slot) {
	time.Sleep(time.Second) // nobody is quicker
	k.doors[slot].set(func(d *door) { d.open = false })
	time.Sleep(200 * time.Millisecond)
	synctest.Wait()
}

// wantPulses checks how often each coil was driven so far: "1:1 3:2".
func (k *cabinet) wantPulses(want string) {
	k.t.Helper()
	var got []string
	for slot := controller.Slot(1); slot <= 4; slot++ {
		k.doors[slot].mu.Lock()
		if n := k.doors[slot].pulses; n > 0 {
			got = append(got, fmt.Sprintf("%d:%d", slot, n))
		}
		k.doors[slot].mu.Unlock()
	}
	if strings.Join(got, " ") != want {
		k.t.Errorf("pulses are %q, want %q", strings.Join(got, " "), want)
	}
}

// desired applies records of desired state.
func (k *cabinet) desired(records ...controller.DesiredRecord) error {
	for i := range records {
		copy(records[i].Hash[:], records[i].Key)
	}
	err := k.c.Assign(k.t.Context(), controller.DesiredChange{From: k.version, To: k.version + 1, Records: records})
	if err == nil {
		k.version++
	}
	synctest.Wait()
	return err
}

func recipient(id, name, tail string) controller.DesiredRecord {
	return controller.DesiredRecord{Key: "recipient/" + id,
		Recipient: &controller.Recipient{ID: controller.RecipientID(id), Name: name, PhoneTail: tail}}
}

func (k *cabinet) first(id, whose string, kind matcher.Kind, secret string) controller.DesiredRecord {
	k.t.Helper()
	m := map[matcher.Kind]matcher.Matcher{
		matcher.Fingerprint: ridges{}, matcher.Passcode: passcode.Matcher{}, matcher.Pattern: pattern.Matcher{},
	}[kind]
	data := []byte(secret)
	if kind == matcher.Pattern {
		for i := range data {
			data[i] -= '0'
		}
	}
	learnt, ok := learnt[secret]
	if !ok {
		var err error
		learnt, err = m.Enrol([]matcher.Sample{{Kind: kind, Bytes: data}, {Kind: kind, Bytes: data}})
		k.check(err)
	}
	return controller.DesiredRecord{Key: "verification/" + id,
		First: &controller.FirstIdentification{ID: id, Recipient: controller.RecipientID(whose), Identification: learnt}}
}

func parcel(id, whose string, size controller.Size) controller.DesiredRecord {
	return controller.DesiredRecord{Key: "parcel/" + id, Parcel: &controller.Assignment{
		Parcel: controller.ParcelID(id), Recipient: controller.RecipientID(whose), Size: size}}
}

func courier(number string) controller.DesiredRecord {
	return controller.DesiredRecord{Key: "staff/" + number, Staff: &controller.Staff{
		Number: number, Role: controller.Courier, Secret: learnt["314159"]}}
}

// learnt are the templates that every story uses.
var learnt = map[string]matcher.Identification{
	"271828": {Kind: matcher.Passcode, Data: quick([]byte("271828"))},
	"314159": {Kind: matcher.Passcode, Data: quick([]byte("314159"))},
	"04576":  {Kind: matcher.Pattern, Data: quick([]byte{0, 4, 5, 7, 6})},
}

// quick is a template as package secret writes it, on which little is spent: argon2id is slow on purpose.
func quick(secret []byte) []byte {
	salt := make([]byte, 16)
	template := append([]byte{1, 0, 0, 0, 8, 1, 1}, salt...) // version, 8 KiB, one pass, one lane
	return append(template, argon2.IDKey(secret, salt, 1, 8, 1, 32)...)
}

// people gives the cabinet Ada, who stored a finger, a pattern and a passcode, Bo, who stored nothing,
// and a courier.
func (k *cabinet) people() {
	k.t.Helper()
	k.check(k.desired(
		recipient("r-ada", "Ada", "4711"), recipient("r-bo", "Bo", "0815"),
		k.first("v1", "r-ada", matcher.Fingerprint, "ada's finger"),
		k.first("v2", "r-ada", matcher.Pattern, "04576"),
		k.first("v3", "r-ada", matcher.Passcode, "271828"),
		courier("1001"),
	))
}

// dropsOff has the courier put one parcel into a slot, which is returned.
func (k *cabinet) dropsOff(id string) controller.Slot {
	k.t.Helper()
	k.sees(controller.Home)
	k.does(controller.ActDropOff, "")
	k.sees(controller.StaffNumber)
	k.does(controller.ActDigits, "1001")
	k.sees(controller.StaffSecret)
	k.does(controller.ActDigits, "314159")
	k.sees(controller.DropChoose)
	slot := k.puts(id).Slot
	k.shuts(slot)
	k.sees(controller.DropDone)
	k.does(controller.ActOK, "")
	k.sees(controller.DropChoose)
	k.does(controller.ActBack, "")
	k.sees(controller.Home)
	return slot
}

// puts has the courier, who is at the list, choose a parcel and open the slot that is proposed.
func (k *cabinet) puts(id string) controller.View {
	k.t.Helper()
	k.sees(controller.DropChoose)
	k.does(controller.ActChoose, id)
	k.sees(controller.DropSlot)
	k.does(controller.ActOK, "")
	return k.sees(controller.DropOpen)
}

// journal lists what was noted, as "what slot parcel".
func (k *cabinet) journal() []string {
	entries, err := k.store.Since(0, 10000)
	k.check(err)
	var lines []string
	for _, e := range entries {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %d %s", e.What, e.Slot, e.Parcel)))
	}
	return lines
}

func (k *cabinet) wantNoted(want string) {
	k.t.Helper()
	for _, line := range k.journal() {
		if line == want {
			return
		}
	}
	k.t.Errorf("the journal has no line %q:\n%s", want, strings.Join(k.journal(), "\n"))
}

func (k *cabinet) count(want string) int {
	n := 0
	for _, line := range k.journal() {
		if strings.HasPrefix(line, want) {
			n++
		}
	}
	return n
}
