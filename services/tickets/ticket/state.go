package ticket

import (
	"slices"
	"time"

	"github.com/linlihub/linli/services/tickets/policy"
)

// Kind is what a person wants: something repaired, something heard, something answered.
type Kind string

// The kinds.
const (
	Repair    Kind = "repair"    // 报修
	Complaint Kind = "complaint" // 投诉
	Enquiry   Kind = "enquiry"   // 咨询
)

// Kinds lists every kind.
func Kinds() []Kind { return []Kind{Repair, Complaint, Enquiry} }

// State is where a ticket stands.
type State string

// The states, in the order of a visit without trouble. Paused lies over any state between opened and on site.
const (
	StateOpened    State = "opened"
	StateAssigned  State = "assigned" // an offer is committed, nobody has accepted it yet
	StateAccepted  State = "accepted"
	StateUnderWay  State = "under_way"
	StateOnSite    State = "on_site"
	StatePaused    State = "paused"
	StateFinished  State = "finished"
	StateClosed    State = "closed"
	StateCancelled State = "cancelled"
)

// States lists every state.
func States() []State {
	return []State{
		StateOpened, StateAssigned, StateAccepted, StateUnderWay, StateOnSite,
		StatePaused, StateFinished, StateClosed, StateCancelled,
	}
}

// Live reports whether there is still work to do.
func (s State) Live() bool { return s != StateFinished && !s.Over() }

// Over reports whether the ticket is closed or cancelled.
func (s State) Over() bool { return s == StateClosed || s == StateCancelled }

// Actor is who did something.
type Actor struct {
	Kind ActorKind `json:"kind"`
	// ID is a person for residents, a staff id for staff, a name for machines.
	ID string `json:"id"`
}

// ActorKind is what sort of actor.
type ActorKind string

// The kinds of actor. Only Staff stops a response clock.
const (
	ByResident ActorKind = "resident"
	ByStaff    ActorKind = "staff"
	BySystem   ActorKind = "system"
	ByBot      ActorKind = "bot"
)

// Resident, Staff, System and Bot make actors.
func Resident(personID string) Actor { return Actor{ByResident, personID} }

// Staff is an employee.
func Staff(staffID string) Actor { return Actor{ByStaff, staffID} }

// System is a part of the platform: dispatch, iot, the sweeper of deadlines.
func System(name string) Actor { return Actor{BySystem, name} }

// Bot is the assistant.
func Bot(name string) Actor { return Actor{ByBot, name} }

// Place is where the trouble is.
type Place struct {
	HomeID      string `json:"home_id"`
	DistrictID  string `json:"district_id"`
	CommunityID string `json:"community_id,omitzero"`
	BuildingID  string `json:"building_id,omitzero"`
	Address     string `json:"address,omitzero"`
	Point       *Point `json:"point,omitzero"` // nil when nobody knows
}

// Point is a WGS 84 position in degrees.
type Point struct {
	Lat float64 `json:"lat"`
	Lon float64 `json:"lon"`
}

// Snapshot is everything a ticket remembers, for the store and for readers. It follows from the log alone.
type Snapshot struct {
	ID string `json:"id"`
	// Version counts the events of the ticket. It is the number of its newest event, the optimistic version of its row,
	// and its ETag.
	Version  int64           `json:"version"`
	Kind     Kind            `json:"kind"`
	Category Category        `json:"category"`
	Priority policy.Priority `json:"priority"`
	Policy   policy.Ref      `json:"policy"`
	Place    Place           `json:"place"`
	Opener   Actor           `json:"opener"`
	// For is the person the ticket is for: the opener, unless staff opened it for someone on the phone.
	For string `json:"for,omitzero"`
	// Source is the door it came through: app, phone, desk, iot, import.
	Source string   `json:"source,omitzero"`
	Words  string   `json:"words,omitzero"`
	Photos []string `json:"photos,omitzero"`
	// Trace is the W3C trace context of the tap.
	Trace string `json:"trace,omitzero"`
	// Crew is who has to come, by the policy.
	Crew policy.Crew `json:"crew,omitzero"`

	// Stage is the state without the pause that may lie over it; ask State for what people see.
	Stage     State     `json:"stage"`
	Visits    []Visit   `json:"visits,omitzero"` // oldest first, at most the last one open
	Followers []string  `json:"followers,omitzero"`
	Urges     int       `json:"urges,omitzero"`
	Urged     time.Time `json:"urged,omitzero"`  // the last time
	Result    Result    `json:"result,omitzero"` // of the newest finish
	// FinishedBy is the employee of the newest finish, on a visit or at a desk.
	FinishedBy string      `json:"finished_by,omitzero"`
	Ratings    []Rating    `json:"ratings,omitzero"`
	Timeline   Timeline    `json:"timeline"`
	ClosedWhy  CloseReason `json:"closed_why,omitzero"`
	ClosedAt   time.Time   `json:"closed_at,omitzero"` // closed or cancelled
	Updated    time.Time   `json:"updated"`            // the newest event

	// Escalated are the levels told in this cycle; NoCandidate since dispatch found nobody.
	Escalated   []int     `json:"escalated,omitzero"`
	NoCandidate time.Time `json:"no_candidate,omitzero"`
	// Excluded staff and a supervisor are asked of dispatch after a second return.
	Excluded   []string `json:"excluded,omitzero"`
	Supervisor bool     `json:"supervisor,omitzero"`
}

// Visit is what the ticket knows of one visit; dispatch owns it.
type Visit struct {
	ID        string    `json:"id"`
	StaffID   string    `json:"staff_id,omitzero"`
	StaffName string    `json:"staff_name,omitzero"`
	Cycle     int       `json:"cycle"`
	At        time.Time `json:"at"`
	Eta       Window    `json:"eta,omitzero"`
	// Worked says that the technician got to the place or finished.
	Worked bool `json:"worked,omitzero"`
	// Ended is empty while the visit is open.
	Ended VisitEnd `json:"ended,omitzero"`
	// Second comes along to work for two.
	Second Second `json:"second,omitzero"`
}

// Window is a stretch of time in which someone is expected.
type Window struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// VisitEnd is how a visit ended.
type VisitEnd string

// How a visit ends; the first four leave the ticket unassigned.
const (
	VisitDeclined   VisitEnd = "declined"
	VisitExpired    VisitEnd = "expired"
	VisitWithdrawn  VisitEnd = "withdrawn"
	VisitSuperseded VisitEnd = "superseded" // another visit was committed in its place
	VisitFinished   VisitEnd = "finished"
	VisitCancelled  VisitEnd = "cancelled" // the ticket was
)

// Result is what the work came to.
type Result struct {
	Words     string     `json:"words,omitzero"`
	Materials []Material `json:"materials,omitzero"`
	Photos    []string   `json:"photos,omitzero"`
}

// Material is something used up; Fen is its price in all.
type Material struct {
	Name     string `json:"name"`
	Quantity int    `json:"quantity"`
	Unit     string `json:"unit,omitzero"`
	Fen      int64  `json:"fen,omitzero"`
}

// CloseReason is why a ticket was closed.
type CloseReason string

// The reasons to close.
const (
	ClosedRated     CloseReason = "rated"
	ClosedConfirmed CloseReason = "confirmed" // by hand, without a rating
	ClosedAuto      CloseReason = "auto"      // nobody answered; gives no rating
)

// State is where the ticket stands for a person who looks at it.
func (s *Snapshot) State() State {
	if s.Timeline.paused() {
		return StatePaused
	}
	return s.Stage
}

// Cycle is 1, and one more for every return.
func (s *Snapshot) Cycle() int { return len(s.Timeline.Cycles) }

// OpenVisit is the visit that is going on, or nil.
func (s *Snapshot) OpenVisit() *Visit {
	if n := len(s.Visits); n > 0 && s.Visits[n-1].Ended == "" {
		return &s.Visits[n-1]
	}
	return nil
}

// Rating is the rating of the present cycle, or nil; those of former cycles stay in Ratings.
func (s *Snapshot) Rating() *Rating {
	if n := len(s.Ratings); n > 0 && s.Ratings[n-1].Cycle == s.Cycle() {
		return &s.Ratings[n-1]
	}
	return nil
}

func (s *Snapshot) visit(id string) *Visit {
	i := slices.IndexFunc(s.Visits, func(v Visit) bool { return v.ID == id })
	if i < 0 {
		return nil
	}
	return &s.Visits[i]
}

// workers are the staff who have worked on the ticket, in the order they came.
func (s *Snapshot) workers() []string {
	var ids []string
	for _, v := range s.Visits {
		if v.Worked && v.StaffID != "" && !slices.Contains(ids, v.StaffID) {
			ids = append(ids, v.StaffID)
		}
	}
	return ids
}

// party reports whether the person opened the ticket or is the one it is for.
func (s *Snapshot) party(personID string) bool {
	return personID != "" && (s.Opener == Resident(personID) || s.For == personID)
}

func (s *Snapshot) clone() Snapshot {
	c := *s
	c.Photos, c.Visits, c.Followers = slices.Clone(s.Photos), slices.Clone(s.Visits), slices.Clone(s.Followers)
	c.Ratings, c.Escalated, c.Excluded = slices.Clone(s.Ratings), slices.Clone(s.Escalated), slices.Clone(s.Excluded)
	c.Result.Materials, c.Result.Photos = slices.Clone(s.Result.Materials), slices.Clone(s.Result.Photos)
	c.Timeline.Cycles, c.Timeline.Pauses = slices.Clone(s.Timeline.Cycles), slices.Clone(s.Timeline.Pauses)
	return c
}
