package controller

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"lockerd/matcher"
)

// Plan is one slot as it is built: its size, and whether it can be reached from a wheelchair.
type Plan struct {
	Slot Slot
	Size Size
	Low  bool
}

// Sealer seals for the information system's eyes only.
type Sealer interface {
	// SealCode seals a pickup code of the parcel.
	SealCode(p Parcel, code string) ([]byte, error)
	// SealEnrolment seals what an enrolment made.
	SealEnrolment(e Enrolment) ([]byte, error)
	// SealSecret seals the template of a secret that a member of staff chose in place of the old one, which
	// goes along: it proves that the change is theirs.
	SealSecret(number string, old []byte, chosen matcher.Identification) ([]byte, error)
}

// Enrolment is what a recipient stored at the cabinet, and the consent given before it.
type Enrolment struct {
	Recipient  RecipientID
	Invitation string
	Consent    []matcher.Kind
	At         time.Time
	Firsts     []FirstIdentification
}

// Parts are what a controller works with. All are required but those marked optional.
type Parts struct {
	Doors    map[Slot]Lock
	Plan     []Plan
	Sensors  []Sensor
	Display  Display
	People   People
	Shelf    Shelf
	Matchers []matcher.Matcher
	Sealer   Sealer
	// MAC authenticates data under the device key; purpose keeps uses apart.
	MAC func(purpose string, data []byte) []byte
	// Boot returns the kernel's boot id and the time since that boot (CLOCK_BOOTTIME).
	Boot func() (string, time.Duration)
	// Settings are the configuration's. Policy must not be empty.
	Settings Settings
	Language string // of the cabinet, BCP 47
	// Languages are those that the display speaks; optional, for the keypad, which goes from one to the next.
	Languages []string
	Times     Times
	// VoicePrompts draws the strings of digits that a person says at enrolment; without it no voice is enrolled.
	VoicePrompts func() []string
	// VoiceAlone lets a policy take a voice alone for enough; the journal keeps a warning.
	VoiceAlone bool
	// Announce asks the information system for a parcel that nobody assigned; optional. Its errors wrap
	// ErrOffline, ErrNoPhone, ErrForbidden, ErrUnwanted, ErrLabelUsed or ErrFull. It ends with ctx.
	Announce func(ctx context.Context, a Announcement) (ParcelID, error)
	Online   func() bool  // optional: whether the information system is reached
	Changed  func()       // optional: called after every commit, so that the outbox is sent
	Reboot   func() error // optional: restarts the machine
	// Alarm is optional: what begins (Forced, LeftOpen) at a door, and, with an empty what, that its door is shut.
	Alarm func(slot Slot, what What)
	Log   *slog.Logger
}

// Times are how long people and doors are waited for. Zero fields take the default in brackets.
type Times struct {
	Patience time.Duration // idle time at a screen until it goes home [30 s]
	Jam      time.Duration // from the end of a pulse until the switch shows the door open [2 s]
	LeftOpen time.Duration // until an open door is an alarm [2 min]
	Reopen   time.Duration // after opening and after shutting, how long it can be opened again [60 s]
	Done     time.Duration // how long a last word is shown [5 s]
	Announce time.Duration // how long the information system is waited for [20 s]
}

func (t Times) orDefault() Times {
	set := func(d *time.Duration, to time.Duration) {
		if *d == 0 {
			*d = to
		}
	}
	set(&t.Patience, 30*time.Second)
	set(&t.Jam, 2*time.Second)
	set(&t.LeftOpen, 2*time.Minute)
	set(&t.Reopen, time.Minute)
	set(&t.Done, 5*time.Second)
	set(&t.Announce, 20*time.Second)
	return t
}

// Controller carries out the method at one cabinet. Make one with New, then Run it.
type Controller struct {
	parts    Parts
	times    Times
	log      *slog.Logger
	matchers map[matcher.Kind]matcher.Matcher
	answers  chan Answer
	beat     chan struct{}

	opening  map[Slot]chan struct{} // full while that door is pulsed: whoever is next waits to fill it, before any lock
	book     sync.Mutex             // held from reading parcels to committing what became of them
	slotting sync.Mutex             // held from reading a slot's state to committing another one
	guarding sync.Mutex             // guards counts
	counts   map[string]Tries

	mu         sync.Mutex // guards what follows
	view       View       // as shown last
	looks      uint64     // at all doors, that were begun
	drawn      uint64     // number of the look that the view shows
	settings   Settings   // the information system's
	slots      map[Slot]SlotState
	pulsed     map[Slot]time.Time
	serviced   map[Slot]bool         // opened for a technician, and not shut since
	gone       map[matcher.Kind]bool // sensors that do not answer
	silent     map[Slot]bool         // doors whose switch does not answer
	undriven   map[Slot]bool         // whose lock could not be driven when it was to be
	gallery    map[RecipientID][]FirstIdentification
	edition    uint64 // of what the gallery was read from; grows with every change
	generation uint64
	began      map[string]bool // remote commands
	graces     []grace
	returned   bool // the power was away, and nobody has begun anything since
	decoys     map[matcher.Kind]matcher.Identification
	attempted  uint64                         // attempts that are remembered, ever
	old        map[RecipientID][]matcher.Kind // kinds that were stored with another model, beside the gallery
	told       map[RecipientID][]matcher.Kind // of these, what the journal has
}

// New checks the parts and reads what the shelf remembers.
func New(parts Parts) (*Controller, error) {
	if len(parts.Settings.Policy) == 0 {
		return nil, errors.New("cannot start the controller: the policy is empty, nobody could pick up")
	}
	remembered, err := parts.Shelf.Remembered()
	if err != nil {
		return nil, fmt.Errorf("cannot start the controller: %w", err)
	}
	c := &Controller{
		parts: parts, times: parts.Times.orDefault(), log: parts.Log,
		matchers: make(map[matcher.Kind]matcher.Matcher),
		answers:  make(chan Answer, 64), // more than the digits of the longest line, typed in a burst
		beat:     make(chan struct{}),
		counts:   make(map[string]Tries),
		settings: remembered.Settings, generation: remembered.Generation,
		slots: make(map[Slot]SlotState), pulsed: make(map[Slot]time.Time), serviced: make(map[Slot]bool),
		opening: make(map[Slot]chan struct{}, len(parts.Doors)),
		gone:    make(map[matcher.Kind]bool),
		silent:  make(map[Slot]bool), undriven: make(map[Slot]bool),
		gallery: make(map[RecipientID][]FirstIdentification),
		began:   make(map[string]bool),
		old:     make(map[RecipientID][]matcher.Kind),
		told:    make(map[RecipientID][]matcher.Kind),
	}
	for slot := range parts.Doors {
		c.opening[slot] = make(chan struct{}, 1)
	}
	c.returned = c.powerReturned(remembered)
	for _, m := range parts.Matchers {
		c.matchers[m.Kind()] = m
	}
	for _, id := range remembered.Commands {
		c.began[id] = true
	}
	c.counted(remembered.Tries)
	c.remember(remembered.Attempts)
	c.rememberSlots(remembered.Slots)
	if err := c.makeDecoys(); err != nil {
		return nil, err
	}
	return c, c.resolveIntents(remembered.Intents)
}

// Run serves the screen and watches the doors until ctx ends.
func (c *Controller) Run(ctx context.Context) error {
	begin := append([]Entry{{What: Started}}, c.warnings(c.inForce().Policy)...)
	for _, slot := range c.unfinished() { // the power went while a courier's door was open
		begin = append(begin, c.slotState(slot).entry(""))
	}
	if err := c.commit(Change{Entries: begin}); err != nil {
		return fmt.Errorf("cannot begin the journal: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	var doors sync.WaitGroup
	defer doors.Wait()
	defer cancel() // a panic at the screen ends the program, it does not hang here
	doors.Go(func() { c.finishHandOvers(ctx) })
	for slot, lock := range c.parts.Doors {
		doors.Go(func() { c.watch(ctx, slot, lock) })
	}
	if c.parts.Online != nil {
		doors.Go(func() { c.watchNetwork(ctx) })
	}
	for ctx.Err() == nil {
		c.serve(ctx)
	}
	return nil
}

// commit writes a change, remembers what it says of slots, and has the outbox sent. Of slots it leaves the mark that
// the wiring is being learned as it is: only Learn changes that.
func (c *Controller) commit(change Change) error {
	if len(change.Slots) == 0 {
		return c.write(change)
	}
	c.slotting.Lock()
	defer c.slotting.Unlock()
	for i := range change.Slots {
		change.Slots[i].Learning = c.slotState(change.Slots[i].Slot).Learning
	}
	return c.write(change)
}

// write is commit for who holds slotting, or changes no slot.
func (c *Controller) write(change Change) error {
	for i := range change.Entries {
		if change.Entries[i].At.IsZero() {
			change.Entries[i].At = time.Now()
		}
	}
	if err := c.parts.Shelf.Commit(change); err != nil {
		return err
	}
	c.rememberSlots(change.Slots)
	if c.parts.Changed != nil {
		c.parts.Changed()
	}
	return nil
}

// note writes journal lines about what already happened; when the disk refuses, the log has them.
func (c *Controller) note(entries ...Entry) {
	if len(entries) == 0 {
		return
	}
	if err := c.commit(Change{Entries: entries}); err != nil {
		c.log.Error("cannot write the journal", "what", entries[0].What, "slot", entries[0].Slot, "err", err)
	}
}

// inForce returns the settings: the information system's where it has decided, else the configuration's.
func (c *Controller) inForce() Settings {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.settings
	if len(s.Policy) == 0 {
		s.Policy = c.parts.Settings.Policy
	}
	if s.Codes == "" {
		s.Codes = c.parts.Settings.Codes
	}
	s.Off = append(slices.Clone(s.Off), c.parts.Settings.Off...)
	return s
}

func (c *Controller) rememberSlots(states []SlotState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range states {
		c.slots[s.Slot] = s
	}
}

func (c *Controller) slotState(slot Slot) SlotState {
	c.mu.Lock()
	defer c.mu.Unlock()
	state := c.slots[slot]
	state.Slot = slot
	return state
}

// nextGeneration returns a number that no deposit of this cabinet had before.
func (c *Controller) nextGeneration() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	return c.generation
}

// occupied returns the parcels that lie in the cabinet, by slot.
func (c *Controller) occupied() (map[Slot]Parcel, error) {
	parcels, err := c.parts.Shelf.Parcels()
	if err != nil {
		return nil, fmt.Errorf("cannot read what the cabinet holds: %w", err)
	}
	lying := make(map[Slot]Parcel)
	for _, p := range parcels {
		if p.Slot != 0 {
			lying[p.Slot] = p
		}
	}
	return lying, nil
}

// happen takes one parcel a step further and commits it, with whatever else belongs to the step.
func (c *Controller) happen(id ParcelID, h happening, change Change) (Parcel, error) {
	c.book.Lock()
	defer c.book.Unlock()
	p, err := c.parts.Shelf.Parcel(id)
	if err != nil {
		return p, fmt.Errorf("cannot find parcel %s: %w", id, err)
	}
	if p, err = p.step(h, time.Now()); err != nil {
		return p, err
	}
	change.Parcels = append(change.Parcels, p)
	if p.Phase.Ended() {
		change.DropCodes = append(change.DropCodes, p.ID)
	}
	if err := c.commit(change); err != nil {
		return p, err
	}
	if p.Phase.Ended() { // their features stay in memory for a parcel's sake only
		c.forget(p.Recipient)
	}
	return p, nil
}
