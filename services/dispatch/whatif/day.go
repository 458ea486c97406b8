package whatif

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/linlihub/linli/services/dispatch/plan"
)

// ticket is one imagined; times are seconds since the beginning. How much longer than expected its work and the way to it take is
// drawn with it, so that both plans have the same luck.
type ticket struct {
	job               plan.Job
	opened, due       float64
	arrived           float64
	workLuck, wayLuck float64
}

// person is a technician of an imagined day.
type person struct {
	*plan.Technician
	hand         *ticket // what they are on the way to or work on
	next         []*ticket
	onSite       bool
	began, until float64
	busy, visits float64
}

// day is one imagined.
type day struct {
	c        Case
	tickets  []*ticket
	byID     map[string]*ticket
	crew     []*person
	waiting  map[string]*ticket
	forecast *plan.Forecast
	now      float64
}

// step is how often is decided while something waits; patience is how long after the hours the day may go on.
const (
	step     = 30.
	patience = 6 * 3600.
)

func newDay(c Case, number uint64) *day {
	d := &day{c: c, byID: map[string]*ticket{}, waiting: map[string]*ticket{}}
	d.draw(rand.New(rand.NewPCG(c.Seed, number)))
	for i := range c.Crew {
		t := c.Crew[i]
		t.OnDuty, t.Until, t.Queue, t.DoneToday, t.Away, t.Seen = true, time.Time{}, nil, 0, time.Time{}, c.Begin
		d.crew = append(d.crew, &person{Technician: &t})
	}
	d.forecast = &plan.Forecast{Begin: c.Begin}
	for _, hour := range c.Expected {
		bySkill := map[string]float64{}
		for _, name := range slices.Sorted(maps.Keys(hour)) {
			bySkill[c.Kinds[name].Skill] += hour[name]
		}
		d.forecast.Hours = append(d.forecast.Hours, bySkill)
	}
	for _, t := range d.tickets {
		d.forecast.Works = append(d.forecast.Works, t.job.Standard)
	}
	return d
}

// draw makes the tickets: arrivals of each category and hour are a Poisson process.
func (d *day) draw(r *rand.Rand) {
	for h, hour := range d.c.Expected {
		for _, name := range slices.Sorted(maps.Keys(hour)) {
			for at := r.ExpFloat64(); at < hour[name]; at += r.ExpFloat64() {
				d.open(r, name, float64(h*3600)+at/hour[name]*3600)
			}
		}
	}
	slices.SortFunc(d.tickets, func(a, b *ticket) int {
		return cmp.Or(cmp.Compare(a.opened, b.opened), cmp.Compare(a.job.ID, b.job.ID))
	})
}

func (d *day) open(r *rand.Rand, category string, at float64) {
	k := d.c.Kinds[category]
	class := draw(r, k.Priorities)
	opened := d.at(at)
	j := plan.Job{
		ID: fmt.Sprintf("imagined-%05d", len(d.tickets)), District: d.c.District, Category: category, Skill: k.Skill,
		Priority: plan.Priority(class + 1), Opened: opened, Standard: cmp.Or(k.Standard, d.c.Policy.Standard),
	}
	due := math.Inf(1)
	if k.Promised[class] > 0 {
		j.Due, due = opened.Add(k.Promised[class]), at+k.Promised[class].Seconds()
	}
	if len(d.c.Places) > 0 {
		s := d.c.Places[r.IntN(len(d.c.Places))]
		j.Place = plan.Place{Lat: s.Lat, Lon: s.Lon, Community: s.Community}
	}
	t := &ticket{job: j, opened: at, due: due, workLuck: r.NormFloat64(), wayLuck: r.NormFloat64()}
	d.tickets, d.byID[j.ID] = append(d.tickets, t), t
}

// draw picks one of four by their weights; the third when nothing is known.
func draw(r *rand.Rand, weights [4]float64) int {
	sum := weights[0] + weights[1] + weights[2] + weights[3]
	at := r.Float64() * sum
	for i, w := range weights {
		if at -= w; at < 0 {
			return i
		}
	}
	return 2
}

func (d *day) at(seconds float64) time.Time {
	return d.c.Begin.Add(time.Duration(seconds * float64(time.Second))).Truncate(time.Second)
}

// pass lets the hours go by in small steps until all is done.
func (d *day) pass() {
	end := float64(len(d.c.Expected) * 3600)
	opened, left := 0, len(d.tickets)
	for ; left > 0 && d.now < end+patience; d.now += step {
		for opened < len(d.tickets) && d.tickets[opened].opened <= d.now {
			d.waiting[d.tickets[opened].job.ID] = d.tickets[opened]
			opened++
		}
		for _, p := range d.crew {
			left -= d.live(p, end)
		}
		if len(d.waiting) > 0 {
			d.decide()
		}
	}
	for _, t := range d.tickets { // who was never reached waited until the end
		if t.arrived == 0 {
			t.arrived = max(d.now, t.due+1)
			if math.IsInf(t.arrived, 1) {
				t.arrived = d.now
			}
		}
	}
}

// live does what is due of a technician, and answers how many tickets were reached.
func (d *day) live(p *person, end float64) (reached int) {
	for p.hand != nil && p.until <= d.now {
		p.busy += max(0, min(p.until, end)-min(p.began, end))
		if !p.onSite {
			p.hand.arrived, p.onSite, p.At, p.began = p.until, true, p.hand.job.Place, p.until
			p.visits++
			reached++
			p.until += stretched(p.hand.job.Standard, d.work(p), p.hand.workLuck)
			continue
		}
		p.DoneToday++
		p.hand, p.onSite = nil, false
		if len(p.next) > 0 {
			d.setOut(p, p.next[0], p.until)
			p.next = p.next[1:]
		}
	}
	p.Seen = d.at(d.now)
	return reached
}

func (d *day) work(p *person) plan.Quantiles {
	if d.c.Policy.Pace == nil {
		return d.c.Policy.Work
	}
	return d.c.Policy.Pace.Work(p.hand.job.Category, p.ID)
}

func (d *day) setOut(p *person, t *ticket, now float64) {
	road := d.c.Policy.Road
	if d.c.Policy.Pace != nil {
		road = d.c.Policy.Pace.Ride(d.at(now))
	}
	p.hand, p.onSite, p.began = t, false, now
	p.until = now + stretched(d.c.Policy.Travel.Between(p.At, t.job.Place), road, t.wayLuck)
}

// stretched is a duration as it really comes: lognormal through its quantiles.
func stretched(expected time.Duration, q plan.Quantiles, luck float64) float64 {
	sigma := math.Log(max(q.P90, q.P50)/q.P50) / 1.2816
	return expected.Seconds() * q.P50 * math.Exp(sigma*luck)
}

func (d *day) decide() {
	now := d.at(d.now)
	v := plan.View{Policy: d.c.Policy, Forecast: d.forecast}
	for _, t := range d.waiting { // in any order: a plan does not depend on it
		v.Jobs = append(v.Jobs, t.job)
	}
	people := map[string]*person{}
	for _, p := range d.crew {
		people[p.ID] = p
		v.Technicians = append(v.Technicians, d.seen(p))
	}
	out := plan.Plan(v, now)
	for _, w := range out.Withdrawals {
		d.withdraw(people[w.Staff], d.byID[w.Job])
	}
	for _, made := range out.Decisions {
		p, t := people[made.Staff], d.byID[made.Job]
		delete(d.waiting, made.Job)
		if p.hand == nil {
			d.setOut(p, t, d.now)
		} else {
			p.next = append(p.next, t)
		}
	}
}

// seen is a technician as the plan sees them.
func (d *day) seen(p *person) plan.Technician {
	t := *p.Technician
	if p.hand != nil {
		v := plan.Visit{ID: p.hand.job.ID, Job: p.hand.job, State: plan.UnderWay, Departed: d.at(p.began)}
		if p.onSite {
			v.State, v.Arrived = plan.OnSite, d.at(p.began)
		}
		t.Queue = append(t.Queue, v)
	}
	for _, next := range p.next {
		t.Queue = append(t.Queue, plan.Visit{ID: next.job.ID, Job: next.job, State: plan.Accepted})
	}
	return t
}

func (d *day) withdraw(p *person, t *ticket) {
	d.waiting[t.job.ID] = t
	p.next = slices.DeleteFunc(p.next, func(n *ticket) bool { return n == t })
	if p.hand == t {
		p.busy += d.now - p.began
		p.hand = nil
		if len(p.next) > 0 {
			d.setOut(p, p.next[0], d.now)
			p.next = p.next[1:]
		}
	}
}
