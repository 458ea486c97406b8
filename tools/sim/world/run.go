package world

import (
	"container/heap"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/linlihub/linli/services/dispatch/experience"
	"github.com/linlihub/linli/services/dispatch/plan"
)

// Decider is a policy: it sees what the planner sees, and nothing of what is to come.
type Decider func(v plan.View, now time.Time) plan.Outcome

// Served is what became of a day's tickets.
type Served struct {
	Arrived  []float64 // per ticket, seconds since the day's beginning
	By       []int     // per ticket, which technician
	Promised []plan.Window
	TravelKM float64
	Decided  []time.Duration // what each decision took
	Bumped   int
}

// tick is how often is decided anew while tickets wait and nothing happens.
const tick = 30.

// Run lets a policy live through a day until every ticket is served. watch answers the time on the wall; decisions do not
// depend on it.
func Run(d Day, decide Decider, policy plan.Policy, forecast *plan.Forecast, watch func() time.Time) Served {
	w := newWorld(d, policy, forecast)
	for w.left > 0 && len(w.events) > 0 {
		e := heap.Pop(&w.events).(event)
		w.now = e.at
		again := w.happen(e)
		if !again || len(w.events) > 0 && w.events[0].at == w.now {
			continue
		}
		before := watch()
		out := decide(w.view(), instant(w.now))
		w.served.Decided = append(w.served.Decided, watch().Sub(before))
		w.apply(out)
	}
	return w.served
}

type world struct {
	day      Day
	policy   plan.Policy
	forecast *plan.Forecast
	lessons  *experience.Experience // of a board, instead of the forecast
	luck     *rand.Rand             // of who follows an advice
	now      float64
	events   events
	crew     []*worker
	waiting  []int // tickets, by opening
	jobs     []plan.Job
	number   map[string]int // of tickets by id
	who      map[string]int // technicians by id
	left     int
	served   Served
}

type worker struct {
	*Technician
	queue      []int // tickets, the first is in hand
	state      plan.State
	at, to     plan.Place
	since      float64 // when at was true
	eta        float64 // when to is reached; before since: stands
	began      float64
	generation int
	done       int
	post       plan.Place // where they were advised to wait, and when
	posted     float64
}

func newWorld(d Day, policy plan.Policy, forecast *plan.Forecast) *world {
	w := &world{day: d, policy: policy, forecast: forecast, number: map[string]int{}, who: map[string]int{}, left: len(d.Tickets)}
	w.luck = rand.New(rand.NewPCG(d.Spec.Seed, 0x706f7374))
	if forecast != nil && d.Spec.Learned > 0 {
		w.lessons = former(d.Spec)
	}
	n := len(d.Tickets)
	w.served = Served{Arrived: make([]float64, n), By: make([]int, n), Promised: make([]plan.Window, n)}
	for i := range d.Tickets {
		t := &d.Tickets[i]
		w.jobs = append(w.jobs, t.Job(d.Spec.PromiseInSecs))
		w.number[t.ID] = i
		w.events = append(w.events, event{at: t.Opened, kind: opened, who: i})
	}
	for i := range d.Technicians {
		t := &d.Technicians[i]
		w.crew = append(w.crew, &worker{Technician: t, at: t.Place, to: t.Place})
		w.who[t.ID] = i
	}
	w.events = append(w.events, event{at: 0, kind: ticked})
	heap.Init(&w.events)
	return w
}

// happen answers whether there is something to decide.
func (w *world) happen(e event) bool {
	switch e.kind {
	case opened:
		w.learn(e.who)
		w.waiting = append(w.waiting, e.who)
		return true
	case ticked:
		heap.Push(&w.events, event{at: w.now + tick, kind: ticked})
		return true
	case arrived:
		return w.arrive(w.crew[e.who], e)
	default:
		return w.finish(w.crew[e.who], e)
	}
}

func (w *world) arrive(t *worker, e event) bool {
	if e.generation != t.generation {
		return false // the way was left before
	}
	w.count(t.at, t.to)
	t.at, t.since = t.to, w.now
	if len(t.queue) == 0 {
		t.post = plan.Place{} // is there
		return false
	}
	k := t.queue[0]
	t.state, t.began = plan.OnSite, w.now
	w.served.Arrived[k] = w.now
	w.left--
	heap.Push(&w.events, event{at: w.now + w.day.Tickets[k].Real, kind: finished, who: e.who, generation: t.generation})
	return false
}

func (w *world) finish(t *worker, e event) bool {
	t.queue = t.queue[1:]
	t.done++
	if len(t.queue) > 0 {
		w.setOut(e.who)
	}
	return true
}

// setOut begins the ride to the first of the queue.
func (w *world) setOut(who int) {
	t := w.crew[who]
	k := t.queue[0]
	w.stand(t)
	t.state, t.began = plan.UnderWay, w.now
	w.ride(who, w.day.Tickets[k].Place, w.day.Tickets[k].Jam)
}

func (w *world) ride(who int, to plan.Place, jam float64) {
	t := w.crew[who]
	t.to, t.since, t.eta = to, w.now, w.now+Ride(t.at, to)*jam
	t.generation++
	heap.Push(&w.events, event{at: t.eta, kind: arrived, who: who, generation: t.generation})
}

// stand puts a technician where they are now, and counts the way so far.
func (w *world) stand(t *worker) {
	here := w.where(t)
	w.count(t.at, here)
	t.at, t.to, t.since, t.eta = here, here, w.now, w.now
	t.generation++
}

func (w *world) where(t *worker) plan.Place {
	if t.eta <= t.since {
		return t.at
	}
	return between(t.at, t.to, (w.now-t.since)/(t.eta-t.since))
}

// heard is where a technician is known to be: when the position is lost, where the ride began.
func (w *world) heard(t *worker) plan.Place {
	if len(t.queue) == 0 && w.day.Spec.Unheard {
		return t.at
	}
	if len(t.queue) > 0 && t.state == plan.UnderWay && w.day.Tickets[t.queue[0]].Lost {
		return t.at
	}
	return w.where(t)
}

func (w *world) view() plan.View {
	v := plan.View{Policy: w.policy, Forecast: w.expected()}
	for _, k := range w.waiting {
		v.Jobs = append(v.Jobs, w.jobs[k])
	}
	for _, t := range w.crew {
		v.Technicians = append(v.Technicians, w.technician(t))
	}
	return v
}

func (w *world) technician(t *worker) plan.Technician {
	now := instant(w.now)
	seen := plan.Technician{
		ID: t.ID, Skills: t.Skills, Districts: []string{district}, OnDuty: true, DoneToday: t.done, At: w.heard(t), Seen: now,
		Certificates: certificates(t.Skills),
	}
	if t.post.Known() && w.now-t.posted < w.policy.Posts.Lookout.Seconds() {
		seen.Post, seen.Posted = t.post, instant(t.posted)
	}
	for i, k := range t.queue {
		v := plan.Visit{ID: w.jobs[k].ID, Job: w.jobs[k], State: plan.Accepted}
		if i == 0 {
			v.State = t.state
			if t.state == plan.OnSite {
				v.Arrived = instant(t.began)
			} else {
				v.Departed = instant(t.began)
			}
		}
		seen.Queue = append(seen.Queue, v)
	}
	return seen
}

func certificates(skills []string) (all []plan.Certificate) {
	for _, s := range skills {
		all = append(all, plan.Certificate{Skill: s, Name: s})
	}
	return all
}

func (w *world) apply(out plan.Outcome) {
	for _, gone := range out.Withdrawals {
		t, k := w.crew[w.who[gone.Staff]], w.number[gone.Job]
		inHand := t.queue[0] == k
		t.queue = slices.DeleteFunc(t.queue, func(q int) bool { return q == k })
		w.waiting = append(w.waiting, k)
		w.served.Bumped++
		switch {
		case inHand && len(t.queue) > 0:
			w.setOut(w.who[gone.Staff])
		case inHand:
			w.stand(t)
		}
	}
	for _, d := range out.Decisions {
		who, k := w.who[d.Staff], w.number[d.Job]
		t := w.crew[who]
		w.waiting = slices.DeleteFunc(w.waiting, func(q int) bool { return q == k })
		w.served.By[k], w.served.Promised[k] = who, d.Arrival
		t.queue, t.post = append(t.queue, k), plan.Place{}
		if len(t.queue) == 1 {
			w.setOut(who)
		}
	}
	for _, m := range out.Moves {
		w.advise(w.who[m.Staff], m.To)
	}
}

// advise tells a technician with nothing to do where to wait, who rides there or does not.
func (w *world) advise(who int, to plan.Place) {
	t := w.crew[who]
	if len(t.queue) > 0 {
		return
	}
	t.post, t.posted = to, w.now
	if w.luck.Float64() >= w.day.Spec.Deaf {
		w.stand(t)
		w.ride(who, to, 1)
	}
}

// detour is how much longer the streets are than the straight line.
const detour = 1.3

func (w *world) count(from, to plan.Place) { w.served.TravelKM += metres(from, to) / 1000 * detour }
