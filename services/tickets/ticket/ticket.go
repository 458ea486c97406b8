// Package ticket is the ticket as the field knows it 工单: opened, assigned, visited, finished, rated, perhaps returned.
// It is pure: no context, no I/O, no clock. A method checks, changes the ticket and records what happened; the desk
// loads, calls and saves.
//
// Two sorts of method change a ticket. What a person asks for answers an error when it cannot be (Rate, Cancel, Pause …).
// What has happened already, reported by dispatch or by the sweeper of deadlines (Assign, Accept, Arrive, Fire …), is
// total: it answers whether it had an effect, and a report that comes late, twice or out of turn is kept in the story as
// CameLate and changes nothing. A consumer of events can therefore never be poisoned by one.
package ticket

import (
	"fmt"
	"slices"
	"time"

	"github.com/linlihub/linli/services/tickets/policy"
)

// Limits of size.
const (
	MaxWords  = 2000 // runes in any text of a person
	MaxPhotos = 9
)

// Ticket is one ticket under change. It is not safe for concurrent use.
type Ticket struct {
	s       Snapshot
	policy  *policy.Policy
	changes []Event
}

// Request is what opening a ticket needs.
type Request struct {
	ID       string // a new uuid
	By       Actor
	For      string // the person it is for; the opener when empty and a resident opens
	Kind     Kind   // empty takes the usual kind of the category
	Category Category
	// Priority is taken from staff and systems only; empty takes that of the category.
	Priority policy.Priority
	// Emergency makes it P1, and so do danger words, whoever says so: a wrong alarm costs less than a missed one.
	Emergency bool
	Place     Place
	Source    string
	Words     string
	Photos    []string
	Recent    Recent
	// Trace is the trace of the tap, to which all that follows is told: see outbox.Join.
	Trace string
}

// Recent counts what the resident who opens has opened before, for the limits.
type Recent struct {
	Today     int // on the same day in China
	Identical int // same home, same category, not over
}

// Open opens a ticket and pins the policy. Without a category it is guessed from the words.
//
// Errors: ErrIncomplete with fields, ErrUnknownKind, ErrUnknownCategory, ErrWordsTooLong, ErrTooManyPhotos, and, unless
// it is an emergency, ErrLimitDay and ErrLimitIdentical. Nobody is asked about debts: they never stand in the way of a
// repair (民法典 944).
func Open(r Request, p *policy.Policy, now time.Time) (*Ticket, error) {
	words, err := clean(r.Words)
	if err != nil {
		return nil, err
	}
	r.Words = words
	if err := r.check(); err != nil {
		return nil, err
	}
	info, priority := r.sort()
	if info.Code == "" {
		return nil, ErrUnknownCategory.With("category", r.Category)
	}
	if err := r.checkLimits(p.Limits, priority); err != nil {
		return nil, err
	}
	t := &Ticket{policy: p}
	t.record(Opened{
		Stamp: stamp(r.By, now), ID: r.ID, Kind: orElse(r.Kind, info.Kind), Category: info.Code, Priority: priority, Policy: p.Ref,
		Place: r.Place, For: r.person(), Source: shorten(tidy(r.Source), 32), Words: r.Words, Photos: slices.Clone(r.Photos),
		Trace: r.Trace, Crew: p.Crews[string(info.Code)],
	})
	return t, nil
}

func (r Request) check() error {
	switch {
	case r.ID == "" || r.By.ID == "":
		return ErrIncomplete.Field("id", "缺少编号或报单人", "id or opener is missing")
	case r.Place.HomeID == "":
		return ErrIncomplete.Field("home_id", "请选择房屋", "choose a home")
	case r.Place.DistrictID == "":
		return ErrIncomplete.Field("home_id", "该房屋没有所属片区", "this home belongs to no district")
	case r.Category == "" && r.Words == "":
		return ErrIncomplete.Field("category", "请选择类别或用文字描述", "choose a category or say what is wrong")
	case r.Kind != "" && !slices.Contains(Kinds(), r.Kind):
		return ErrUnknownKind
	case r.Priority != "" && !r.Priority.Valid():
		return ErrIncomplete.Field("priority", "未知的优先级", "unknown priority")
	}
	return checkPhotos(len(r.Photos))
}

// sort finds category and priority. The Info is empty when the category is unknown.
func (r Request) sort() (Info, policy.Priority) {
	guessed, _ := Guess(r.Words)
	info, known := orElse(r.Category, guessed).Info()
	if !known {
		return Info{}, ""
	}
	priority := info.Priority
	if r.Priority != "" && (r.By.Kind == ByStaff || r.By.Kind == BySystem) {
		priority = r.Priority
	}
	if r.Emergency || Dangerous(r.Words) {
		priority = policy.P1
	}
	return info, priority
}

// Pressing says whether what is asked for is an emergency, by what the caller says, the category or the words.
func (r Request) Pressing() bool {
	_, priority := r.sort()
	return priority.Emergency()
}

func (r Request) person() string {
	if r.For == "" && r.By.Kind == ByResident {
		return r.By.ID
	}
	return r.For
}

// checkLimits binds residents only: staff open for many people, and a device has limits of its own.
func (r Request) checkLimits(limits policy.Limits, priority policy.Priority) error {
	switch {
	case priority.Emergency() || r.By.Kind != ByResident:
		return nil
	case r.Recent.Identical >= limits.Identical:
		return ErrLimitIdentical.With("limit", limits.Identical)
	case r.Recent.Today >= limits.PerDay:
		return ErrLimitDay.With("limit", limits.PerDay)
	}
	return nil
}

// Restore brings a stored ticket back; p is the policy it has pinned.
func Restore(s Snapshot, p *policy.Policy) (*Ticket, error) {
	if s.Policy != p.Ref {
		return nil, fmt.Errorf("ticket %s pins policy %s, not %s", s.ID, s.Policy, p.Ref)
	}
	if s.Cycle() == 0 {
		return nil, fmt.Errorf("ticket %s was never opened", s.ID)
	}
	return &Ticket{s: s.clone(), policy: p}, nil
}

// Snapshot is a copy of what the ticket remembers.
func (t *Ticket) Snapshot() Snapshot { return t.s.clone() }

// Changes are the events recorded since Open or Restore, in order. The first has number Loaded()+1.
func (t *Ticket) Changes() []Event { return slices.Clone(t.changes) }

// Loaded is the version before these changes: what a store must still find in the row. It is 0 for a new ticket.
func (t *Ticket) Loaded() int64 { return t.s.Version - int64(len(t.changes)) }

// ID, State, Cycle and Version are what a desk asks for most.
func (t *Ticket) ID() string { return t.s.ID }

// State is where the ticket stands.
func (t *Ticket) State() State { return t.s.State() }

// Cycle is 1, and one more for every return.
func (t *Ticket) Cycle() int { return t.s.Cycle() }

// Version is the number of the newest event.
func (t *Ticket) Version() int64 { return t.s.Version }

// Match answers ErrStale unless the ticket still has the version that a caller has seen (If-Match).
func (t *Ticket) Match(version int64) error {
	if t.s.Version != version {
		return ErrStale.With("version", t.s.Version)
	}
	return nil
}

func (t *Ticket) record(e Event) {
	t.s.apply(e)
	t.changes = append(t.changes, e)
}

func (s *Snapshot) apply(e Event) {
	e.applyTo(s)
	s.Version++
	s.Updated = later(s.Updated, e.When().At)
}

// stamp cuts time to what every database keeps, so that a stored event equals the one recorded.
func stamp(by Actor, at time.Time) Stamp { return Stamp{At: instant(at), By: by} }

func instant(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func orElse[T comparable](value, otherwise T) T {
	var none T
	if value == none {
		return otherwise
	}
	return value
}
