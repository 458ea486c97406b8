// Package board is a district's board: the jobs that wait, the technicians, the visits and every offer ever made. It is an
// aggregate without I/O: methods check, change it and record what happened; whoever holds it saves the changed rows and
// tells the events. A Board is not safe for concurrent use.
package board

import (
	"time"

	"github.com/linlihub/linli/services/dispatch/plan"
)

// JobRow is one ticket as dispatch knows it.
type JobRow struct {
	plan.Job
	Number, ResidentID, Address, HomeID, BuildingID string
	Cycle                                           int
	// Hands that the work needs, and whether the second must have the skill and its certificate too.
	Hands           int  `json:",omitempty"`
	SecondCertified bool `json:",omitempty"`
	// First is the technician to whom a second comes along, with the name; "" on the job of a ticket itself.
	First, FirstName string `json:",omitempty"`
	// VisitID is the open visit, or empty while the job waits.
	VisitID string
	// Closed jobs want nobody any more.
	Closed bool
	// Stranded is set while nobody may do the job, so that it is told once.
	Stranded bool
	// Aside is why the job is not planned; nil: it is.
	Aside *plan.Flaw `json:",omitempty"`
	// Lapsed counts offers to one technician that came to nothing in this cycle.
	Lapsed int
	// Trace is the W3C trace context in which the ticket was opened.
	Trace string `json:",omitzero"`
}

// TechnicianRow is one technician; the queue is told by the visits.
type TechnicianRow struct {
	plan.Technician
	Name string
	// Day is the China day that DoneToday counts.
	Day string
	// LapsesAt is when a duty that nobody ends is over; zero while off duty.
	LapsesAt time.Time `json:",omitzero"`
	// LentBy is the district whose technician this is, on the board where they help; LentTo the district where they help, at home.
	LentBy, LentTo string `json:",omitempty"`
	// Aside is why nobody is sent to the technician; nil: they are.
	Aside *plan.Flaw `json:",omitempty"`
}

// State of a visit.
type State string

// The states; the last three are final.
const (
	Offered   State = "offered"
	Accepted  State = "accepted"
	UnderWay  State = "under_way"
	OnSite    State = "on_site"
	Paused    State = "paused"
	Finished  State = "finished"
	Withdrawn State = "withdrawn"
	Lapsed    State = "lapsed"
)

// Open says that the visit still goes on.
func (s State) Open() bool { return s != Finished && s != Withdrawn && s != Lapsed }

// VisitRow is one visit: from the offer to its end. Staff is empty while an open grab 抢单 has no winner.
type VisitRow struct {
	ID, JobID, Staff                           string
	Cycle                                      int
	State                                      State
	Pool                                       bool
	Offered, Expires                           time.Time
	AcceptedAt, DepartedAt, ArrivedAt, EndedAt time.Time
	Window                                     plan.Window
	Decision                                   plan.Decision
	// Told are the windows the resident was told when the visit was accepted and when the technician set out.
	Told []Told `json:",omitempty"`
	// Ride is what the way was expected to take when the technician set out; zero: a place was not known.
	Ride time.Duration `json:",omitzero"`
	// Way is how many metres the ways to the visit have, by the road as reckoned; zero: a place was not known.
	Way float64 `json:",omitzero"`
	// GaveWayTo is the job for which the visit was taken from its technician: an emergency takes precedence.
	GaveWayTo string `json:",omitzero"`
	// Interrupted visits say nothing of how long things take.
	Interrupted bool `json:",omitzero"`
	// By and Reason are the dispatcher and the words of a decision by hand.
	By, Reason string
	// Asked is the ledger of offers: everybody who was asked, and the answer.
	Asked []OfferRow
}

// Told is a window that was told, to be held against the arrival.
type Told struct {
	State            plan.State
	At               time.Time
	Window, Reckoned plan.Window
}

// Outcome is how an offer ended.
type Outcome string

// The outcomes.
const (
	OfferOpen      Outcome = "open"
	OfferAccepted  Outcome = "accepted"
	OfferDeclined  Outcome = "declined"
	OfferExpired   Outcome = "expired"
	OfferTaken     Outcome = "taken" // another was first
	OfferWithdrawn Outcome = "withdrawn"
)

// OfferRow is one technician asked. Rows are never removed.
type OfferRow struct {
	Staff             string
	Offered, Answered time.Time
	Outcome           Outcome
	Reason            string
}

func (v *VisitRow) offer(staff string) *OfferRow {
	for i := range v.Asked {
		if v.Asked[i].Staff == staff {
			return &v.Asked[i]
		}
	}
	return nil
}

// open lists who may still answer.
func (v *VisitRow) open() (staff []string) {
	for _, o := range v.Asked {
		if o.Outcome == OfferOpen {
			staff = append(staff, o.Staff)
		}
	}
	return staff
}

func (v *VisitRow) settle(outcome Outcome, at time.Time) {
	for i := range v.Asked {
		if v.Asked[i].Outcome == OfferOpen {
			v.Asked[i].Outcome, v.Asked[i].Answered = outcome, at
		}
	}
}

// PositionVisible says whether the resident may see where the technician is: on the way only (PIPL 个人信息保护法 28).
// Of two who come it is the first.
func (v *VisitRow) PositionVisible() bool {
	_, second := TicketOf(v.JobID)
	return v.State == UnderWay && !second
}

// Concerns says whether an employee holds the visit or was asked.
func (v *VisitRow) Concerns(staff string) bool {
	return staff != "" && (v.Staff == staff || v.offer(staff) != nil)
}

// Over says to an employee who was asked why nothing can be done with a visit that has ended.
func (v *VisitRow) Over(staff string) error {
	switch o := v.offer(staff); {
	case o != nil && o.Outcome == OfferExpired:
		return ErrOfferExpired
	case o != nil && o.Outcome == OfferTaken:
		return ErrTaken
	default:
		return ErrVisitOver
	}
}
