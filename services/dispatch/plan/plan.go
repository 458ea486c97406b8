// Package plan decides who goes where. Plan is a pure function of a View and a time, so that a decision can be replayed,
// explained and compared with another policy's; it reads no clock and keeps nothing.
//
// One round is one assignment problem over all technicians with room in their queue, the busy ones by the time they are
// expected to be free, in which every job may also be postponed. Rounds follow until the queues are full. Emergencies go
// first, and may take a technician from a visit that has not begun.
package plan

import (
	"cmp"
	"slices"
	"time"
)

// View is all that a decision may depend on. Jobs and technicians come in any order: the answer is the same.
type View struct {
	Policy      Policy
	Jobs        []Job // those that nobody has yet
	Technicians []Technician
	Forecast    *Forecast // nil: nothing is known of what will come
}

// Outcome is what should happen now. Each job of the view, and of each withdrawn visit, is in exactly one of Decisions,
// Stranded and Postponed. Decisions and what waits are sorted by urgency: priority, due time, id.
type Outcome struct {
	Withdrawals []Withdrawal // first: they make room for the decisions
	Decisions   []Decision
	Stranded    []Stranded
	Postponed   []Postponed
	Arrivals    []Arrival // of the visits that stay, by technician and queue
	Moves       []Move    // where technicians with nothing to do had better wait: one at a time
}

// Withdrawal takes a visit that has not begun from its technician, for an emergency; it is the visit's own job if another will
// be there sooner.
type Withdrawal struct{ Visit, Job, Staff, For string }

// Stranded is a job that nobody may do, with how many technicians each reason refused.
type Stranded struct {
	Job     string
	Reasons map[Reason]int
}

// Postponed is a job that waits although somebody may do it.
type Postponed struct {
	Job string
	Why Wait
}

// Wait says why a job was postponed.
type Wait string

// What jobs wait for.
const (
	ForRoom        Wait = "room"        // the queues are full, or others need them more
	ForAppointment Wait = "appointment" // it is too early to send somebody
	ForBetter      Wait = "better"      // somebody better will be free soon
)

// Plan decides for a view at a time.
//
// A tie between technicians goes to the lower id, as far as one job is concerned; among several jobs it is decided the
// same way every time.
func Plan(v View, now time.Time) Outcome {
	p := newPlanner(v, now)
	emergencies, ordinary, pooled := p.sort(p.tasks(v.Jobs))
	p.rounds(emergencies)
	p.rescue()
	p.seconds()
	ordinary = append(ordinary, p.bumped...)
	slices.SortFunc(ordinary, urgency)
	if v.Forecast != nil && p.policy.Promise.Worth > 0 {
		p.promises(ordinary)
	} else {
		p.rounds(ordinary)
	}
	for _, t := range pooled {
		p.ask(t)
	}
	p.posts()
	for _, s := range p.slots {
		p.out.Arrivals = append(p.out.Arrivals, p.policy.arrivals(s.Technician, s.keeps, now)...)
	}
	return p.out
}

// sort says who is stranded or too early, and parts the others. The result is in order of urgency.
func (p *planner) sort(tasks []*task) (emergencies, ordinary, pooled []*task) {
	slices.SortFunc(tasks, urgency)
	for _, t := range tasks {
		switch {
		case t.eligible == 0:
			p.strand(t)
		case t.from > p.policy.AppointmentLead.Seconds():
			p.out.Postponed = append(p.out.Postponed, Postponed{t.ID, ForAppointment})
		case t.Pool:
			pooled = append(pooled, t)
		case t.Second:
			p.along = append(p.along, t)
		case t.urgent():
			emergencies = append(emergencies, t)
		default:
			ordinary = append(ordinary, t)
		}
	}
	return emergencies, ordinary, pooled
}

func urgency(a, b *task) int {
	return cmp.Or(
		cmp.Compare(a.class, b.class),
		cmp.Compare(a.due, b.due),
		cmp.Compare(a.ID, b.ID),
	)
}

func (p *planner) strand(t *task) {
	reasons := map[Reason]int{}
	for _, r := range t.refused {
		reasons[r]++
	}
	p.out.Stranded = append(p.out.Stranded, Stranded{t.ID, reasons})
}
