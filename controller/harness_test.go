package controller_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/controller"
	"lockerd/drivers/lock"
	"lockerd/matcher"
	"lockerd/matcher/passcode"
	"lockerd/matcher/pattern"
	"lockerd/store"
)

func (ridges) Kind() matcher.Kind { return matcher.Fingerprint }

func (ridges) Extract(s matcher.Sample) (matcher.Identification, error) {
	if string(s.Bytes) == "poor" {
		return matcher.Identification{}, &matcher.QualityError{Advice: matcher.PressHarder, Detail: "poor"}
	}
	return matcher.Identification{Kind: matcher.Fingerprint, Data: bytes.Clone(s.Bytes)}, nil
}

func (ridges) Compare(first, second matcher.Identification) (matcher.Verdict, error) {
	match := bytes.Equal(first.Data, second.Data)
	return matcher.Verdict{Match: match, FMR: 1e-5}, nil
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
	poll    time.Duration // how often doors are looked at
	version uint64
	stop    func()
}

const look = 50 * time.Millisecond // between two looks at a door

// story runs a test against a fresh cabinet.
func story(t *testing.T, tell func(*cabinet)) {
	t.Helper()
	storyLooking(t, look, tell)
}

// longStory is one of many hours: each look at a door costs, so it looks more rarely.
func longStory(t *testing.T, tell func(*cabinet)) {
	t.Helper()
	storyLooking(t, 2*time.Second, tell)
}

func storyLooking(t *testing.T, poll time.Duration, tell func(*cabinet)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		k := newCabinet(t)
		k.poll = poll
		k.start()
		tell(k)
		k.stop()
	})
}

// newCabinet makes a cabinet that is still off, inside a bubble.
func newCabinet(t *testing.T) *cabinet {
	return &cabinet{t: t, poll: look, screen: &screen{}, sealer: &sealer{codes: map[controller.ParcelID]string{}}, store: store.NewMemory()}
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
		l, err := lock.New(lock.Config{Coil: d, Door: d, Poll: k.poll})
		k.check(err)
		locks[slot] = l
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

// tells waits until the screen is shown and checks what it tells in words.
func (k *cabinet) tells(want controller.Screen, note controller.Note) {
	k.t.Helper()
	if v := k.sees(want); v.Note != note {
		k.t.Errorf("the screen says %q, want %q", v.Note, note)
	}
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
	err := k.c.Assign(controller.DesiredChange{From: k.version, To: k.version + 1, Records: records})
	if err == nil {
		k.version++
	}
	synctest.Wait()
	return err
}

// signsIn brings a courier to the list of work.
func (k *cabinet) signsIn() {
	k.t.Helper()
	k.sees(controller.Home)
	k.does(controller.ActDropOff, "")
	k.sees(controller.StaffNumber)
	k.does(controller.ActDigits, "1001")
	k.sees(controller.StaffSecret)
	k.does(controller.ActDigits, "314159")
	k.sees(controller.DropChoose)
}

// courierFor begins with people and a small parcel for Bo, whose courier is at the list of work.
func (k *cabinet) courierFor(id string) {
	k.t.Helper()
	k.people()
	k.check(k.desired(parcel(id, "r-bo", controller.Small)))
	k.signsIn()
}

// holds begins with people and a small parcel for one of them, which lies in the slot that is returned.
func (k *cabinet) holds(id, whose string) controller.Slot {
	k.t.Helper()
	k.people()
	k.check(k.desired(parcel(id, whose, controller.Small)))
	return k.dropsOff(id)
}

// dropsOff has the courier put one parcel into a slot, which is returned.
func (k *cabinet) dropsOff(id string) controller.Slot {
	k.t.Helper()
	k.signsIn()
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

// collectsByCode has somebody type a parcel's code, where it is asked for, and take the parcel out of its slot.
func (k *cabinet) collectsByCode(id string, slot controller.Slot) {
	k.t.Helper()
	k.does(controller.ActDigits, k.sealer.codes[controller.ParcelID(id)])
	if v := k.sees(controller.SlotOpen); v.Slot != slot {
		k.t.Errorf("the code opens slot %d", v.Slot)
	}
	k.shuts(slot)
	time.Sleep(10 * time.Second)
}

// parcel returns a parcel as it is written down.
func (k *cabinet) parcel(id controller.ParcelID) controller.Parcel {
	k.t.Helper()
	p, err := k.store.Parcel(id)
	k.check(err)
	return p
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
