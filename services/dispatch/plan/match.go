package plan

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Decision gives a job to a technician, or asks several, and says why.
type Decision struct {
	Job   string   `json:"job"`
	Staff string   `json:"staff"`          // the best; in a pool the best of those asked
	Pool  []string `json:"pool,omitempty"` // all who are asked, the best first
	Score Score    `json:"score"`
	Total float64  `json:"total"`
	// Postponing is what leaving the job for now would have cost.
	Postponing float64 `json:"postponing"`
	// RunnerUp is who else could have gone at the least cost, and what that was: it may be less than Total when the
	// runner-up was needed elsewhere. Empty: nobody else had room.
	RunnerUp      string  `json:"runner_up,omitempty"`
	RunnerUpTotal float64 `json:"runner_up_total,omitempty"`
	Eligible      int     `json:"eligible"` // how many may do the job, with or without room
	Arrival       Window  `json:"arrival"`
}

// rounds gives every technician with room at most one job a round, until nothing more is worth giving.
func (p *planner) rounds(tasks []*task) {
	for len(tasks) > 0 {
		given := p.round(tasks)
		if given == 0 {
			break
		}
		tasks = slices.DeleteFunc(tasks, func(t *task) bool { return t == nil })
	}
	for _, t := range tasks {
		p.out.Postponed = append(p.out.Postponed, Postponed{t.ID, ForRoom})
	}
}

// round solves one assignment problem and sets the tasks that found somebody to nil.
//
// A column per task to postpone it would double the problem. It is enough to count what a pair saves over postponing,
// and nothing where it saves nothing: the least sum is the same, and a pair at zero means that the task waits.
func (p *planner) round(tasks []*task) (given int) {
	slots := p.open(tasks[0].urgent())
	if len(slots) == 0 {
		return 0
	}
	totals, costs := make([]float64, len(tasks)*len(slots)), make([]float64, len(tasks)*len(slots))
	for i, t := range tasks {
		row := totals[i*len(slots):][:len(slots)]
		p.quote(t, slots, row)
		for j, total := range row {
			costs[i*len(slots)+j] = min(0, total-t.postpone)
		}
	}
	chosen := make([]int, len(tasks))
	p.solver.Solve(costs, len(tasks), len(slots), chosen)

	first := len(p.out.Decisions)
	var apply []func()
	for i, j := range chosen {
		if j < 0 || costs[i*len(slots)+j] >= 0 {
			continue
		}
		t, s := tasks[i], slots[j]
		o, _ := p.best(t, s)
		p.out.Decisions = append(p.out.Decisions, p.decision(t, s, o, slots, totals[i*len(slots):][:len(slots)]))
		apply = append(apply, func() { p.give(t, s, o) })
		tasks[i] = nil
	}
	for _, do := range apply { // only now: the runners-up are of the same moment
		do()
	}
	return len(p.out.Decisions) - first
}

// open are the technicians who could take one more; an emergency also looks at those who would have to leave something.
func (p *planner) open(urgent bool) (slots []*slot) {
	for _, s := range p.slots {
		if s.room(p.policy) || urgent && len(s.gone) > 0 {
			slots = append(slots, s)
		}
	}
	return slots
}

// quote writes what each technician would cost for a task; +Inf where they cannot go.
func (p *planner) quote(t *task, slots []*slot, totals []float64) {
	for j, s := range slots {
		totals[j] = math.Inf(1)
		if o, ok := p.best(t, s); ok {
			totals[j] = o.Total()
		}
	}
}

// decision explains a choice among technicians whose prices are known.
func (p *planner) decision(t *task, s *slot, o option, among []*slot, totals []float64) Decision {
	d := Decision{
		Job: t.ID, Staff: s.ID, Score: o.Score, Total: o.Total(), Postponing: t.postpone, Eligible: t.eligible,
		Arrival: p.policy.told(o.arrive, Offered, p.now),
	}
	d.RunnerUpTotal = math.Inf(1)
	for j, other := range among {
		if other != s && totals[j] < d.RunnerUpTotal {
			d.RunnerUp, d.RunnerUpTotal = other.ID, totals[j]
		}
	}
	if d.RunnerUp == "" {
		d.RunnerUpTotal = 0
	}
	return d
}

// give puts the job at the end of the technician's queue, after taking out what gives way to it.
func (p *planner) give(t *task, s *slot, o option) {
	if o.preempts {
		for i := range s.gone {
			v := &s.gone[i]
			p.out.Withdrawals = append(p.out.Withdrawals, Withdrawal{v.ID, v.Job.ID, s.ID, t.ID})
			p.bump(&v.Job)
		}
		s.keeps, _ = part(s.keeps)
	}
	if t.urgent() {
		s.gone = nil // what is left waits behind the emergency
	}
	s.taken++
	s.free = o.arrive.later(p.policy.standard(t.Job), p.policy.work(t.Job, s.ID))
	s.free.place = t.Place
}

// bump lets the job of a withdrawn visit be planned again at once.
func (p *planner) bump(j *Job) {
	switch t := p.task(j); {
	case t.eligible == 0:
		p.strand(&t)
	case t.Second:
		p.along = append(p.along, &t)
	default:
		p.bumped = append(p.bumped, &t)
	}
}

// ask offers a job to everybody who may do it and has room; an emergency to everybody who may.
func (p *planner) ask(t *task) {
	type candidate struct {
		*slot
		option
	}
	var all []candidate
	for _, s := range p.slots {
		if t.refused[s.index] != "" || !t.urgent() && !s.room(p.policy) {
			continue
		}
		if o, ok := p.option(t, s, s.free); ok {
			all = append(all, candidate{s, o})
		}
	}
	if len(all) == 0 {
		p.out.Postponed = append(p.out.Postponed, Postponed{t.ID, ForRoom})
		return
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(a.Total(), b.Total()) })
	best := all[0]
	d := Decision{
		Job: t.ID, Staff: best.ID, Score: best.Score, Total: best.Total(), Postponing: t.postpone, Eligible: t.eligible,
		Arrival: p.policy.told(best.arrive, Offered, p.now),
	}
	if len(all) > 1 {
		d.RunnerUp, d.RunnerUpTotal = all[1].ID, all[1].Total()
	}
	for _, c := range all {
		d.Pool = append(d.Pool, c.ID)
	}
	p.out.Decisions = append(p.out.Decisions, d)
}

// ByHand explains what a dispatcher chose: the score of the chosen technician, though they might not be eligible or have
// room, and the best of the others as the runner-up. Not ok: there is no such technician in the view.
func ByHand(v View, j Job, staff string, now time.Time) (Decision, bool) {
	p := newPlanner(v, now)
	t := p.task(&j)
	i, found := slices.BinarySearchFunc(p.slots, staff, func(s *slot, id string) int { return cmp.Compare(s.ID, id) })
	if !found {
		return Decision{}, false
	}
	s := p.slots[i]
	s.until = math.Inf(1)
	o, _ := p.option(&t, s, s.free)
	others := p.open(t.urgent())
	totals := make([]float64, len(others))
	p.quote(&t, others, totals)
	return p.decision(&t, s, o, others, totals), true
}
