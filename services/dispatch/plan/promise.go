package plan

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Promise is how the planner keeps as many promised times as it can while more work comes in than can be done at once.
// It needs a forecast; without one the waiting of residents is weighed as it is.
//
// A promise kept is worth a fixed sum; a technician's second has a price that rises with the load that is expected. So a
// long job far away gives way when it would cost two promises elsewhere, and only then. The numbers were chosen on days
// that no figure of the benchmark is measured on.
type Promise struct {
	Worth    float64       // weighted seconds; zero: weigh waiting instead
	Dear     time.Duration // of a technician's time under full load is worth one promise
	Usual    float64       // mean jobs of their trade, each with its ride, are worth one promise at least
	Idle     float64       // the load below which time has only the price Floor
	Full     float64       // the load above which it has its full price
	Floor    float64       // share of the full price
	Lookout  time.Duration // how far ahead load is counted
	Ride     time.Duration // a typical ride to the next job
	Hope     float64       // share of a promise's gain that is hoped for when its ticket waits for a better moment
	Slack    time.Duration // before the due time hope begins to fade
	Leisure  time.Duration // before the due time a job counts only for Calm of it against others
	Calm     float64       // share
	Senior   float64       // credit per hour since such a job was opened, as a share of the worth: nights are served in turn
	Answer   float64       // share of the time to the promised answer that may pass before who is still busy is asked, too
	Answers  time.Duration // no more of that time is counted: nights are long
	Patience float64       // per second until a technician is free: who is free now is certain
	Ahead    time.Duration // how far ahead a technician may become free to be thought of
	Lead     time.Duration // how long before they are free technicians are told
	Broken   float64       // share of the worth that a broken promise still has
	Overdue  time.Duration // age from which that share grows
	Starved  time.Duration // so much later it is whole
}

func defaultPromise() Promise {
	return Promise{
		Worth: 3600, Dear: 5000 * time.Second, Usual: 2, Idle: .3, Full: 1.2, Floor: .1, Lookout: 45 * time.Minute, Ride: 4 * time.Minute,
		Hope: .4, Slack: 15 * time.Minute, Leisure: 2 * time.Hour, Calm: .02, Senior: .05, Answer: .4, Answers: time.Hour, Patience: .3, Ahead: time.Hour, Lead: time.Second,
		Broken: .1, Overdue: 2 * time.Hour, Starved: 2 * time.Hour,
	}
}

// promises decides for ordinary jobs with a view to what will come. One assignment is solved over all technicians by
// when they are free; only what cannot wait is decided: who is still busy keeps the choice open until they are free.
func (p *planner) promises(tasks []*task) {
	slots := p.soon()
	p.price(tasks)
	for _, t := range tasks {
		t.postpone = p.hope(t)
	}
	all := p.gains(tasks, slots)
	rows := worthwhile(all, len(tasks), len(slots))
	costs := make([]float64, 0, len(rows)*len(slots))
	for _, i := range rows {
		costs = append(costs, all[i*len(slots):][:len(slots)]...)
	}
	found := make([]int, len(rows))
	p.solver.Solve(costs, len(rows), len(slots), found)
	chosen := slices.Repeat([]int{-1}, len(tasks))
	for r, i := range rows {
		if j := found[r]; j >= 0 && costs[r*len(slots)+j] < 0 {
			chosen[i] = j
		}
	}
	for i, j := range chosen {
		switch {
		case j < 0:
			p.out.Postponed = append(p.out.Postponed, Postponed{tasks[i].ID, ForRoom})
		case slots[j].free.at > p.policy.Promise.Lead.Seconds() && tasks[i].patience > 0, !slots[j].room(p.policy):
			p.out.Postponed = append(p.out.Postponed, Postponed{tasks[i].ID, ForBetter})
		default:
			p.keep(tasks[i], slots[j], slots)
		}
	}
}

// gains are what each pair saves over leaving the task for now: zero or less.
func (p *planner) gains(tasks []*task, slots []*slot) []float64 {
	costs := make([]float64, len(tasks)*len(slots))
	bike, rides := p.policy.Travel.(EBike)
	from := make([]float64, len(slots))
	for j, s := range slots {
		from[j] = cosine(s.free.place)
	}
	for i, t := range tasks {
		row, to, haste := costs[i*len(slots):][:len(slots)], cosine(t.Place), p.policy.Promise.haste(t.due)
		for j, s := range slots {
			var ride time.Duration
			if rides {
				ride = bike.between(s.free.place, t.Place, from[j]*to)
			} else {
				ride = p.policy.Travel.Between(s.free.place, t.Place)
			}
			if total, ok := p.reckon(t, s, ride.Seconds()); ok {
				row[j] = haste * min(0, total-t.postpone)
			}
		}
	}
	return costs
}

// worthwhile answers the tasks that may be in the best assignment, in order: with n technicians, the n best of each. If one were
// sent to any other, one of the n would be left over and no worse. A storm of thousands becomes a problem of some hundreds.
func worthwhile(costs []float64, tasks, n int) (rows []int) {
	in := make([]bool, tasks)
	best := make([]int, 0, tasks)
	for j := range n {
		best = best[:0]
		for i := range tasks {
			if costs[i*n+j] < 0 {
				best = append(best, i)
			}
		}
		if len(best) > n {
			slices.SortFunc(best, func(a, b int) int { return cmp.Or(cmp.Compare(costs[a*n+j], costs[b*n+j]), cmp.Compare(a, b)) })
			best = best[:n]
		}
		for _, i := range best {
			in[i] = true
		}
	}
	for i, is := range in {
		if is {
			rows = append(rows, i)
		}
	}
	return rows
}

// reckon is the total of promised without its parts: it is asked for every pair.
func (p *planner) reckon(t *task, s *slot, ride float64) (total float64, ok bool) {
	if t.refused[s.index] != "" {
		return 0, false
	}
	pol, rule, price := p.policy, &p.policy.Promise, s.price
	arrive := max(s.free.at+pol.Road.P50*ride, t.from)
	if arrive > s.until && !t.urgent() {
		return 0, false
	}
	total = price * ride
	if arrive <= t.due {
		total += rule.Patience * s.free.at
	}
	if len(t.Asked) > 0 && pol.unanswered(t.Job, s.ID, p.now) {
		total += pol.Unanswered
	}
	if ageing := -rule.senior(t); arrive <= t.due { // in the order of Total, to the last digit
		total = total + ageing - rule.Worth
	} else {
		total += ageing - rule.Worth*rule.broken(t.age)
	}
	total += price * pol.standard(t.Job)
	return total, !math.IsNaN(total)
}

// soon are the technicians who are free within sight.
func (p *planner) soon() (slots []*slot) {
	for _, s := range p.slots {
		if s.OnDuty && s.free.at <= p.policy.Promise.Ahead.Seconds() && (s.cap == 0 || s.load() < s.cap) {
			slots = append(slots, s)
		}
	}
	return slots
}

// promised is the option of a pair, reckoned in promises and technicians' time.
func (p *planner) promised(t *task, s *slot) (option, bool) {
	if t.refused[s.index] != "" {
		return option{}, false
	}
	o, ok := p.option(t, s, s.free)
	rule := &p.policy.Promise
	o.Score = Score{
		TravelS: o.TravelS, WaitS: o.WaitS, Unanswered: o.Unanswered,
		Travel: s.price * o.TravelS,
		Effort: s.price * p.policy.standard(t.Job),
	}
	o.Ageing = -rule.senior(t)
	if o.arrive.at <= t.due {
		o.Promise, o.Waiting = -rule.Worth, rule.Patience*s.free.at
	} else {
		o.Ageing -= rule.Worth * rule.broken(t.age)
	}
	return o, ok
}

// broken is what is left of the worth of a promise that can no longer be kept: little at first, for another can still
// be, and more than a promise in the end, so that nobody starves.
func (r *Promise) broken(age float64) float64 {
	return r.Broken + (1-r.Broken)*max(0, age-r.Overdue.Seconds())/r.Starved.Seconds()
}

// hope is the cost of leaving a job for now, a gain: while there is time, it may be done later at a typical cost.
func (p *planner) hope(t *task) float64 {
	rule := &p.policy.Promise
	gain := rule.Worth - p.cheapest(t)*(p.policy.standard(t.Job)+rule.Ride.Seconds())
	slack := (t.due - rule.Ride.Seconds()) / rule.Slack.Seconds()
	return -rule.Hope * max(0, gain) * max(0, min(1, slack))
}

// haste is by how much a job counts against others for the same technician. What is due in hours gives way to what is due now or
// late already, but is done at once when nothing else is to do.
func (r *Promise) haste(spare float64) float64 {
	return 1 - (1-r.Calm)*r.leisure(spare)
}

// leisure is 1 where something is due in hours, and 0 where soon.
func (r *Promise) leisure(spare float64) float64 {
	soon := 2 * r.Slack.Seconds()
	return max(0, min(1, (spare-soon)/max(1, r.Leisure.Seconds()-soon)))
}

// senior is the credit of what was opened long ago and is due in hours: of two that are both in time at any hour of the night, nobody
// understands why the one of midnight is reached after that of four, because it takes longer.
func (r *Promise) senior(t *task) float64 {
	return r.Worth * r.Senior * r.leisure(t.due) * min(t.age, 24*3600) / 3600
}

// answer is how long a job may wait for somebody who is busy without that person being asked: the resident was promised an answer,
// and is to have it before the office hears that there is none.
func (r *Promise) answer(j *Job, now time.Time) float64 {
	if j.Answer.IsZero() {
		return math.Inf(1)
	}
	counted := min(max(0, j.Answer.Sub(j.Opened)), r.Answers)
	return until(j.Answer, now) - (1-r.Answer)*counted.Seconds()
}

// keep decides a pair, and says who else could have gone.
func (p *planner) keep(t *task, s *slot, among []*slot) {
	o, _ := p.promised(t, s)
	d := Decision{
		Job: t.ID, Staff: s.ID, Score: o.Score, Total: o.Total(), Postponing: t.postpone, Eligible: t.eligible,
		Arrival: p.policy.told(o.arrive, Offered, p.now), RunnerUpTotal: math.Inf(1),
	}
	for _, other := range among {
		if o, ok := p.promised(t, other); ok && other != s && o.Total() < d.RunnerUpTotal {
			d.RunnerUp, d.RunnerUpTotal = other.ID, o.Total()
		}
	}
	if d.RunnerUp == "" {
		d.RunnerUpTotal = 0
	}
	p.out.Decisions = append(p.out.Decisions, d)
	p.give(t, s, o)
}
