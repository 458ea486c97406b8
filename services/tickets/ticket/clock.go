package ticket

import (
	"time"

	"github.com/linlihub/linli/services/tickets/policy"
)

// Timeline is the instants from which every clock follows. The log gives them, and the snapshot keeps them.
type Timeline struct {
	Cycles    []Cycle   `json:"cycles"`
	Pauses    []Pause   `json:"pauses,omitzero"` // in order; only the last one may be open
	Cancelled time.Time `json:"cancelled,omitzero"`
}

// Cycle is one round of a ticket, from its posting or its return to the work done. Instants not reached are zero, and
// each is the first of its kind in the round.
type Cycle struct {
	Number    int       `json:"number"`
	Posted    time.Time `json:"posted"`
	Assigned  time.Time `json:"assigned,omitzero"`
	Responded time.Time `json:"responded,omitzero"` // the first human acceptance or reply
	Accepted  time.Time `json:"accepted,omitzero"`
	Arrived   time.Time `json:"arrived,omitzero"`
	Finished  time.Time `json:"finished,omitzero"`
}

// Pause is one stretch in which the resolution clock stands still; To is zero while it lasts.
type Pause struct {
	Reason PauseReason `json:"reason"`
	From   time.Time   `json:"from"`
	To     time.Time   `json:"to,omitzero"`
}

// T1 is posted → assignment committed, as the resident lives it: plain time, nights and noons included.
func (c Cycle) T1() (time.Duration, bool) { return lived(c.Posted, c.Assigned) }

// T2 is posted → accepted by a human.
func (c Cycle) T2() (time.Duration, bool) { return lived(c.Posted, c.Accepted) }

// T3 is posted → the technician at the door. "Response ≤ 30 min" is a word about this one.
func (c Cycle) T3() (time.Duration, bool) { return lived(c.Posted, c.Arrived) }

// Clock is how one promise stands, in working time of the ticket's priority.
type Clock struct {
	Target time.Duration
	Used   time.Duration // never negative
	// Due moves with pauses; while one lasts it is what would be due if the pause ended now.
	Due time.Time
	// Stopped is when what was promised happened, or the ticket was cancelled. Zero while the clock runs or is paused.
	Stopped time.Time
	// Kept is whether what was promised happened in time; false while it has not happened.
	Kept bool
	// Paused is whether the clock stands still just now.
	Paused bool
}

// Percent is the share of the target that is used up, rounded down: 100 means the promise is at its end.
func (c Clock) Percent() int {
	if c.Target <= 0 {
		return 0
	}
	return int(c.Used/c.Target)*100 + int(c.Used%c.Target*100/c.Target)
}

// Overdue reports whether more than the target is used up.
func (c Clock) Overdue() bool { return c.Used > c.Target }

// Colour is what the board paints.
func (c Clock) Colour() Colour {
	switch percent := c.Percent(); {
	case percent >= 100:
		return Red
	case percent >= 80:
		return Orange
	case percent >= 50:
		return Amber
	}
	return Green
}

// Colour is the state of a clock at a glance.
type Colour string

// The colours: below 50 %, from 50 %, from 80 %, from 100 % of the target.
const (
	Green  Colour = "green"
	Amber  Colour = "amber"
	Orange Colour = "orange"
	Red    Colour = "red"
)

// CycleClocks are the promises of one cycle.
type CycleClocks struct {
	Cycle    Cycle
	Response Clock // posted → first human acceptance or reply; knows no pause
	Arrival  Clock // posted → technician on site, or work done without coming; less the pauses
}

// Clocks are all promises of a ticket.
type Clocks struct {
	// Cycles are oldest first; the last is the present one.
	Cycles []CycleClocks
	// Resolution is created → work done, less the pauses. A return restates it: the work was not done, and the clock has
	// been running since the ticket was first opened.
	Resolution Clock
}

// Current is the present cycle.
func (c Clocks) Current() CycleClocks { return c.Cycles[len(c.Cycles)-1] }

// ClocksOf is the clocks as a pure function of the log: what Snapshot.Clocks answers from the stored instants must be the
// same.
func ClocksOf(log []Event, p *policy.Policy, now time.Time) (Clocks, error) {
	s, err := Replay(log)
	if err != nil {
		return Clocks{}, err
	}
	return s.Clocks(p, now), nil
}

// Clocks are the clocks of the ticket at an instant.
func (t *Ticket) Clocks(now time.Time) Clocks { return t.s.Clocks(t.policy, now) }

// Clocks are the clocks at an instant; p is the policy the ticket has pinned.
func (s *Snapshot) Clocks(p *policy.Policy, now time.Time) Clocks {
	hours, target, line := p.Hours(s.Priority), p.Target(s.Priority), s.Timeline
	clocks := Clocks{Cycles: make([]CycleClocks, len(line.Cycles))}
	for i, c := range line.Cycles {
		clocks.Cycles[i] = CycleClocks{
			Cycle:    c,
			Response: line.run(hours, target.Response, nil, c.Posted, c.Responded, now),
			Arrival:  line.run(hours, target.Arrival, line.Pauses, c.Posted, orElse(c.Arrived, c.Finished), now),
		}
	}
	clocks.Resolution = line.run(hours, target.Resolution, line.Pauses, line.Cycles[0].Posted, line.now().Finished, now)
	return clocks
}

// run lets one clock run from start until what was promised happened, or the ticket was cancelled, or now.
func (l Timeline) run(hours policy.Calendar, target time.Duration, pauses []Pause, start, reached, now time.Time) Clock {
	c := Clock{Target: target, Stopped: orElse(reached, l.Cancelled)}
	end := orElse(c.Stopped, now)
	from, left := start, target // the clock runs again at from, with so much left of the target
	for _, p := range pauses {
		until := earlier(orElse(p.To, end), end)
		if !until.After(from) {
			continue
		}
		worked := hours.Between(from, earlier(p.From, end))
		if c.Due.IsZero() && worked >= left {
			c.Due = hours.Add(from, left)
		}
		c.Used, left, from = c.Used+worked, left-worked, until
	}
	c.Used += hours.Between(from, end)
	if c.Due.IsZero() {
		c.Due = hours.Add(from, left)
	}
	c.Kept = !reached.IsZero() && !c.Overdue()
	c.Paused = c.Stopped.IsZero() && len(pauses) > 0 && pauses[len(pauses)-1].To.IsZero()
	return c
}

// posted is when the ticket was opened; zero for one that is not yet.
func (l Timeline) posted() time.Time {
	if len(l.Cycles) == 0 {
		return time.Time{}
	}
	return l.Cycles[0].Posted
}

func (l *Timeline) now() *Cycle { return &l.Cycles[len(l.Cycles)-1] }

func (l *Timeline) paused() bool {
	n := len(l.Pauses)
	return n > 0 && l.Pauses[n-1].To.IsZero()
}

func (l *Timeline) resume(at time.Time) {
	if l.paused() {
		l.Pauses[len(l.Pauses)-1].To = at
	}
}

// respond stops the response clock of the cycle, for a human of the company only.
func (l *Timeline) respond(by Stamp) {
	if by.By.Kind == ByStaff {
		first(&l.now().Responded, by.At)
	}
}

// lived is zero when the clocks of two machines disagree about what came first.
func lived(from, to time.Time) (time.Duration, bool) {
	if to.IsZero() {
		return 0, false
	}
	return max(to.Sub(from), 0), true
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
