package plan

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/linlihub/linli/services/dispatch/assign"
)

// planner is the scratch pad of one Plan.
type planner struct {
	policy   *Policy
	now      time.Time
	forecast *Forecast
	slots    []*slot // by staff id
	crowd    *crowd
	mean     float64 // visits today per technician on duty
	bumped   []*task
	along    []*task // who wants a second
	solver   assign.Solver
	out      Outcome
}

// slot is a technician while the rounds fill the queue.
type slot struct {
	*Technician
	index int
	until float64 // end of duty in seconds from now
	cap   int
	taken int     // decided in this Plan
	keeps []Visit // the queue less what was withdrawn
	free  moment  // when and where the queue ends
	// For an emergency: when and where they are free if the visits in gone give way, and what that costs.
	early       moment
	gone        []Visit
	disturbance float64
	price       float64 // of a second, when promises are weighed
}

func (s *slot) held() int { return len(s.keeps) + s.taken }

func (s *slot) load() int { return s.DoneToday + s.held() }

func (s *slot) room(p *Policy) bool {
	return s.held() < p.Capacity && (s.cap == 0 || s.load() < s.cap)
}

// task is a job with its times in seconds from now.
type task struct {
	*Job
	*answer
	class     Priority
	weight    float64
	age       float64
	due, from float64
	patience  float64 // until when it may wait without somebody having it
	postpone  float64
}

func (t *task) urgent() bool { return t.class == P1 }

func newPlanner(v View, now time.Time) *planner {
	p := &planner{policy: v.Policy.orDefault().at(now), now: now, forecast: v.Forecast}
	for i := range v.Technicians {
		p.slots = append(p.slots, p.slot(&v.Technicians[i]))
	}
	slices.SortFunc(p.slots, func(a, b *slot) int { return cmp.Compare(a.ID, b.ID) })
	load, on := 0, 0
	for i, s := range p.slots {
		s.index = i
		if s.OnDuty {
			load, on = load+s.load(), on+1
		}
	}
	p.mean = float64(load) / float64(max(on, 1))
	p.crowd = &crowd{p.policy, p.slots, now, map[need]*answer{}}
	return p
}

func (p *planner) slot(t *Technician) *slot {
	pol := p.policy
	s := &slot{Technician: t, until: math.Inf(1), cap: pol.cap(t)}
	if !t.Until.IsZero() {
		s.until = until(t.Until, p.now)
	}
	p.queue(s, t.Queue)
	return s
}

// queue says what a technician has to do before what is decided now.
func (p *planner) queue(s *slot, visits []Visit) {
	s.keeps, s.free = visits, p.ends(s, visits)
	stay, gone := part(visits)
	s.gone, s.disturbance = gone, 0
	if len(gone) > 0 {
		s.early = p.ends(s, stay)
	}
	for i := range gone {
		s.disturbance += p.policy.disturbs(&gone[i])
	}
}

// ends is when and where a technician would be done with some visits.
func (p *planner) ends(s *slot, visits []Visit) moment {
	return p.policy.walk(s.Technician, visits, p.now, func(*Visit, moment) {})
}

// disturbs is what it costs to take a technician from a visit: the more the resident has been told, the more.
func (p *Policy) disturbs(v *Visit) float64 {
	share := map[State]float64{Offered: .25, Accepted: .5, UnderWay: 1}[v.State]
	return p.Preemption * p.weight(v.Job.Priority) * share
}

func (p *planner) tasks(jobs []Job) []*task {
	made := make([]task, len(jobs))
	tasks := make([]*task, len(jobs))
	for i := range jobs {
		made[i] = p.task(&jobs[i])
		tasks[i] = &made[i]
	}
	return tasks
}

func (p *planner) task(j *Job) task {
	class := j.Priority.known()
	t := task{
		Job: j, answer: p.crowd.ask(j), class: class, weight: p.policy.weight(class),
		age: max(0, -until(j.Opened, p.now)), due: math.Inf(1), from: math.Inf(-1),
	}
	for _, end := range [...]time.Time{j.To, j.Due} {
		if !end.IsZero() && math.IsInf(t.due, 1) {
			t.due = until(end, p.now)
		}
	}
	if !j.From.IsZero() {
		t.from = until(j.From, p.now)
	}
	t.patience = p.policy.Promise.answer(j, p.now)
	t.postpone = p.postponing(&t)
	return t
}
