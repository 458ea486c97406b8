package board

import (
	"time"

	"github.com/linlihub/linli/services/dispatch/plan"
)

// Event is what happened on the board, for others to hear.
type Event struct {
	Kind            Kind
	VisitID, JobID  string
	Staff, Name     string
	Cycle           int
	At              time.Time
	Window          plan.Window
	Expires         time.Time
	To              []string // offered to, or whose offer ended
	Manual          bool
	Outcome, Reason string
	Words           string
	Materials       string
	Reasons         map[plan.Reason]int
	// Second is set on what happens to the visit of a second; JobID is the ticket's all the same. FirstVisitID is the visit that a second
	// who accepts comes along to.
	Second       bool
	FirstVisitID string
}

// Kind names an event, in the past tense.
type Kind string

// The events.
const (
	VisitOffered   Kind = "VisitOffered"
	OfferLapsed    Kind = "OfferLapsed"
	VisitLapsed    Kind = "VisitLapsed"
	VisitAccepted  Kind = "VisitAccepted"
	VisitDeparted  Kind = "VisitDeparted"
	EtaChanged     Kind = "EtaChanged"
	VisitArrived   Kind = "VisitArrived"
	VisitFinished  Kind = "VisitFinished"
	VisitWithdrawn Kind = "VisitWithdrawn"
	NoCandidate    Kind = "NoCandidate"
)

func (b *Board) record(kind Kind, v *VisitRow, at time.Time) *Event {
	e := Event{Kind: kind, VisitID: v.ID, Staff: v.Staff, Name: b.name(v.Staff), Cycle: v.Cycle, At: at, Window: v.Window}
	if e.JobID, e.Second = TicketOf(v.JobID); e.Second && b.jobs[e.JobID] != nil {
		e.FirstVisitID = b.jobs[e.JobID].VisitID
	}
	b.changes = append(b.changes, e)
	return &b.changes[len(b.changes)-1]
}

func (b *Board) name(staff string) string {
	if t := b.technicians[staff]; t != nil {
		return t.Name
	}
	return ""
}
