package plan

import "math"

// Score is what it costs to give a job to a technician, in its parts (DOMAIN 9: the parts are stored with the decision).
type Score struct {
	TravelS float64 `json:"travel_s"` // expected seconds on the road
	WaitS   float64 `json:"wait_s"`   // expected seconds until the technician sets out

	Travel     float64 `json:"travel"`
	Waiting    float64 `json:"waiting"`
	Lateness   float64 `json:"lateness"`
	Fairness   float64 `json:"fairness"` // negative for who has had less than the others
	Unanswered float64 `json:"unanswered"`
	Preemption float64 `json:"preemption"`
	Ageing     float64 `json:"ageing"` // a credit: negative

	// Only where promises are weighed with a forecast: the promise that is kept, a credit, and the technician's time on
	// site at its present price.
	Promise float64 `json:"promise,omitempty"`
	Effort  float64 `json:"effort,omitempty"`
}

// Total is the cost that competed.
func (s Score) Total() float64 {
	return s.Travel + s.Waiting + s.Lateness + s.Fairness + s.Unanswered + s.Preemption + s.Ageing + s.Promise + s.Effort
}

// Part is one part of a score with its name for people.
type Part struct {
	Name, ZH, EN string
	Value        float64
}

// Parts lists the parts, the way and the waiting first. The sum of the values is the total.
func (s Score) Parts() []Part {
	parts := []Part{
		{"travel", "路程", "the way", s.Travel},
		{"waiting", "住户等待", "the resident's waiting", s.Waiting},
		{"lateness", "超过承诺时间", "beyond the promised time", s.Lateness},
		{"ageing", "久等优先", "waited long already", s.Ageing},
		{"fairness", "工作量均衡", "fair share of work", s.Fairness},
		{"unanswered", "上次未应答", "did not answer before", s.Unanswered},
		{"preemption", "让路的工单", "the visit that gives way", s.Preemption},
	}
	if s.Promise != 0 || s.Effort != 0 {
		parts = append(parts,
			Part{"promise", "守住承诺时间", "a promise kept", s.Promise},
			Part{"effort", "上门工时", "time on site at its price", s.Effort})
	}
	return parts
}

// option is one way to give a job to a technician.
type option struct {
	Score
	arrive   moment
	preempts bool
}

// best is the cheaper of waiting for the technician's queue and, for an emergency, of clearing it. Not ok: neither can be.
func (p *planner) best(t *task, s *slot) (best option, ok bool) {
	if t.refused[s.index] != "" {
		return option{}, false
	}
	if s.room(p.policy) {
		best, ok = p.option(t, s, s.free)
	}
	if t.urgent() && len(s.gone) > 0 {
		clear, can := p.option(t, s, s.early)
		clear.preempts, clear.Preemption = true, s.disturbance
		if can && (!ok || clear.Total() < best.Total()) {
			best, ok = clear, true
		}
	}
	return best, ok
}

// option starts from the moment at which the technician could set out. Nobody but an emergency is begun after the end
// of duty.
func (p *planner) option(t *task, s *slot, start moment) (option, bool) {
	pol := p.policy
	ride := pol.Travel.Between(start.place, t.Place).Seconds()
	arrive := start.later(ride, pol.Road)
	arrive.at = max(arrive.at, t.from)
	if arrive.at > s.until && !t.urgent() {
		return option{}, false
	}
	o := option{arrive: arrive, Score: Score{
		TravelS: ride, WaitS: start.at,
		Travel:   pol.Travelling * ride,
		Waiting:  pol.Waiting * t.weight * (arrive.at - max(0, t.from)),
		Lateness: pol.Late * t.weight * max(0, arrive.at-t.due),
		Fairness: pol.Fairness * (float64(s.load()) - p.mean),
		Ageing:   -pol.Ageing * t.age,
	}}
	if len(t.Asked) > 0 && pol.unanswered(t.Job, s.ID, p.now) {
		o.Unanswered = pol.Unanswered
	}
	return o, !math.IsNaN(o.Total())
}

// mustGo makes an emergency dearer to postpone than anything may cost.
const mustGo = 1e9

// postponing is what it costs to leave the job for now: it is reckoned to be reached a horizon later.
func (p *planner) postponing(t *task) float64 {
	pol := p.policy
	if t.urgent() { // what is late already costs the same whoever goes: it must not make going dearer than not going
		return mustGo + pol.Late*t.weight*max(0, -t.due)
	}
	horizon := pol.Horizon.Seconds()
	reached := max(0, t.from) + horizon
	return t.weight * (pol.Waiting*horizon + pol.Late*max(0, reached-t.due))
}
