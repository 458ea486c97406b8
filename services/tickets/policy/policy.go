// Package policy holds what a company promises: working time, targets per priority, who is told when, and limits. A
// policy is a versioned object with a citation; a ticket pins one version when it is opened and keeps it for life.
package policy

import (
	"fmt"
	"time"
)

// Ref names one version of a policy; this is what a ticket pins.
type Ref struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
}

// String reads "standard@1".
func (r Ref) String() string { return fmt.Sprintf("%s@%d", r.ID, r.Version) }

// Policy is one version of the promises. It is immutable once loaded and safe to share.
type Policy struct {
	Ref
	// Citation says where the promise comes from: a published promise binds the company (民法典 938).
	Citation string
	// ValidFrom is the instant from which new tickets pin this version.
	ValidFrom time.Time
	// Calendar is the working time of every priority that does not run round the clock.
	Calendar   Calendar
	Escalation []Step
	Limits     Limits
	// AutoCloseAfter is how long a finished ticket waits for its resident, in plain time; closing so gives no rating.
	AutoCloseAfter time.Duration
	// ReopenWithin is how long after the work "not fixed" returns the same ticket, in plain time.
	ReopenWithin time.Duration
	// RateWithin is how long after the work a rating is taken, also when the ticket closed by itself.
	RateWithin time.Duration
	// UrgeEvery is how long after one urging the next is taken.
	UrgeEvery time.Duration
	// RatingEditWithin is how long a rating may be changed by the resident who gave it.
	RatingEditWithin time.Duration

	// Crews says by category who has to come; a category that is not there is work for one.
	Crews map[string]Crew

	targets [len(priorities)]Target
}

// Target is what is promised for one priority, in working time of that priority.
type Target struct {
	Response, Arrival, Resolution time.Duration
	// RoundTheClock runs the clocks of this priority 24×7 instead of on the calendar.
	RoundTheClock bool
}

// Step says who hears of an unassigned ticket once a share of its response target is used up.
type Step struct {
	Percent int
	Tell    Role
	// Apologise also tells the resident, with an apology.
	Apologise bool
}

// Role is who is told by an escalation.
type Role string

// The roles an escalation may name.
const (
	Dispatcher Role = "dispatcher"
	Manager    Role = "manager"
	DutyLead   Role = "duty_lead"
)

// Limits bound how much one person opens; they never touch an emergency.
type Limits struct {
	// PerDay tickets in one day, and Identical ones (same home and category, still open).
	PerDay, Identical int
}

// Target is the promise for one priority.
func (p *Policy) Target(of Priority) Target { return p.targets[of.index()] }

// Hours is the time on which the clocks of one priority run.
func (p *Policy) Hours(of Priority) Calendar {
	if p.Target(of).RoundTheClock {
		return Calendar{}
	}
	return p.Calendar
}

// Step finds the escalation step of a level; ok is false when the policy has none.
func (p *Policy) Step(percent int) (step Step, ok bool) {
	for _, s := range p.Escalation {
		if s.Percent == percent {
			return s, true
		}
	}
	return Step{}, false
}
