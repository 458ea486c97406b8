package plan

import "time"

// Priority of a job, as tickets give it. Anything that is none of the four counts as P4.
type Priority int

// The priorities.
const (
	P1 Priority = 1 + iota // trapped, gas, fire, flood
	P2
	P3
	P4
)

func (p Priority) known() Priority {
	if p < P1 || p > P4 {
		return P4
	}
	return p
}

// Job is work that wants a technician.
type Job struct {
	ID       string
	District string
	Place    Place
	Category string // what kind of trouble it is; it says how long work takes
	Skill    string // empty: anybody can do it
	Priority Priority
	Opened   time.Time
	Due      time.Time     // when somebody should be at the door; zero: no promise
	Answer   time.Time     // when somebody should have taken it; zero: no promise
	Standard time.Duration // zero: the policy's
	Excluded []string      // staff who may not come again (DOMAIN 6)
	From, To time.Time     // agreed appointment; zero: any time
	Asked    []Asked       // who was asked before and did not come
	Pool     bool          // ask everybody at once 抢单 instead of one
	// Supervisor asks for a supervisor beside the technician; it is shown to both and does not change who is chosen.
	Supervisor bool
	// Second wants somebody to come along to work for two 双人作业 that another has in hand.
	Second bool
}

// Asked is a former offer of the job that came to nothing.
type Asked struct {
	Staff    string
	At       time.Time
	Declined bool // said no; else did not answer
}

// Technician is somebody who may come.
type Technician struct {
	ID           string
	Skills       []string
	Certificates []Certificate
	Districts    []string
	OnDuty       bool
	Until        time.Time // planned end of duty; zero: open
	DailyCap     int       // visits a day; zero: the policy's
	DoneToday    int
	At           Place     // last known place
	Seen         time.Time // when they were there; zero: long ago
	Post         Place     // where they were advised to wait, and when; unknown: nowhere
	Posted       time.Time
	Away         time.Time // works for another district, expected until then; zero: does not
	Queue        []Visit   // open visits in the order of work, without paused ones
}

// Certificate opens a skill for a time.
type Certificate struct {
	Skill string    `json:"skill"`
	Name  string    `json:"name"`
	From  time.Time `json:"from"`
	Until time.Time `json:"until"` // zero: without end
}

// Valid reports whether the certificate holds at a time.
func (c Certificate) Valid(at time.Time) bool {
	return !at.Before(c.From) && (c.Until.IsZero() || at.Before(c.Until))
}

// State of a visit in a queue, in the order of its life.
type State int

// The states in which a visit takes a technician's time.
const (
	Offered State = iota
	Accepted
	UnderWay
	OnSite
)

// Visit is one open visit of a technician.
type Visit struct {
	ID       string
	Job      Job
	State    State
	Departed time.Time
	Arrived  time.Time
}

// displaceable says that an emergency may take the technician from it: not yet begun, and no emergency itself.
func (v *Visit) displaceable() bool {
	return v.State != OnSite && v.Job.Priority.known() != P1
}

// Displaced are the visits of a queue that give way to an emergency.
func Displaced(queue []Visit) []Visit {
	_, gone := part(queue)
	return gone
}

func part(queue []Visit) (stay, gone []Visit) {
	for i := range queue {
		if queue[i].displaceable() {
			gone = append(gone, queue[i])
		} else {
			stay = append(stay, queue[i])
		}
	}
	return stay, gone
}
