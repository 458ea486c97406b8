package experience

import (
	"math"
	"time"

	"github.com/linlihub/linli/services/dispatch/plan"
)

// pace is how long things take against what is expected of them. Quantiles are of the logarithm of the factor.
type pace struct {
	Rides    Quantiles             `json:"ride"`
	RideAt   map[int]*Quantiles    `json:"ride_at"` // by hour of the day
	Works    Quantiles             `json:"work"`
	WorkOf   map[string]*Quantiles `json:"work_of"` // by category
	WorkBy   map[string]*Quantiles `json:"work_by"` // by technician
	Told     [2]Quantiles          `json:"told"`    // when somebody came, in spreads after the middle of what was reckoned
	Coverage Coverage              `json:"coverage"`
}

// Coverage is how true the windows were that residents were told when a visit was accepted.
type Coverage struct {
	Arrivals float64 `json:"arrivals"` // all there were
	Half     float64 `json:"half"`     // share by the beginning of the window; half of them should
	Ninety   float64 `json:"ninety"`   // share by its end; nine in ten should
	Error    float64 `json:"error"`    // median distance from the beginning, in seconds
}

// A stage of a visit at which a window is told.
const (
	accepted = iota
	underWay
)

func newPace() (p pace) {
	p.complete()
	d := plan.Default()
	p.Rides = believe(math.Log(d.Road.P50), math.Log(d.Road.P90))
	p.Works = believe(math.Log(d.Work.P50), math.Log(d.Work.P90))
	p.Told = [2]Quantiles{believe(0, 1), believe(0, 1)}
	return p
}

func (p *pace) complete() {
	if p.RideAt == nil {
		p.RideAt = map[int]*Quantiles{}
	}
	if p.WorkOf == nil {
		p.WorkOf = map[string]*Quantiles{}
	}
	if p.WorkBy == nil {
		p.WorkBy = map[string]*Quantiles{}
	}
}

// furthest is the factor beyond which a measurement is a mistake: somebody forgot to say that they arrived.
const furthest = 20

// factor answers the logarithm of actual ÷ expected; not ok when it tells nothing.
func factor(expected, actual time.Duration) (float64, bool) {
	if expected <= 0 || actual <= 0 {
		return 0, false
	}
	f := float64(actual) / float64(expected)
	return math.Log(f), f <= furthest && f >= 1./furthest
}

// Rode learns from a way that is over.
func (e *Experience) Rode(expected, actual time.Duration, departed time.Time) {
	if x, ok := factor(expected, actual); ok {
		learn(e.pace.RideAt, departed.In(zone).Hour(), e.pace.Rides, x)
		e.pace.Rides.Add(x)
		e.dirty[partPace] = true
	}
}

// Worked learns from work that is over.
func (e *Experience) Worked(category, staff string, expected, actual time.Duration) {
	if x, ok := factor(expected, actual); ok {
		learn(e.pace.WorkOf, category, e.pace.Works, x)
		learn(e.pace.WorkBy, staff, e.pace.Works, x)
		e.pace.Works.Add(x)
		e.dirty[partPace] = true
	}
}

func learn[K comparable](all map[K]*Quantiles, key K, others Quantiles, x float64) {
	if all[key] == nil {
		all[key] = &Quantiles{P50: others.P50, P90: others.P90, Spread: others.Spread}
	}
	all[key].Add(x)
}

// Came learns from an arrival what the windows were worth that were told before it.
func (e *Experience) Came(state plan.State, told, reckoned plan.Window, arrived time.Time) {
	s := stage(state)
	if spread := reckoned.To.Sub(reckoned.From).Seconds(); spread > 0 {
		e.pace.Told[s].Add(max(-furthest, min(furthest, arrived.Sub(reckoned.From).Seconds()/spread)))
	}
	if s == accepted {
		e.pace.Coverage.add(told, arrived)
	}
	e.dirty[partPace] = true
}

func stage(s plan.State) int {
	if s == plan.UnderWay {
		return underWay
	}
	return accepted
}

// add keeps shares of the last some hundreds of arrivals.
func (c *Coverage) add(told plan.Window, arrived time.Time) {
	c.Arrivals++
	n := min(c.Arrivals, 2*memory)
	share := func(old float64, in bool) float64 {
		if in {
			return old + (1-old)/n
		}
		return old - old/n
	}
	c.Half = share(c.Half, !arrived.After(told.From))
	c.Ninety = share(c.Ninety, !arrived.After(told.To))
	off := arrived.Sub(told.From).Abs().Seconds()
	if c.Arrivals == 1 {
		c.Error = off
	}
	c.Error = max(0, c.Error+max(20, c.Error)*2/(n+1)*(.5-below(off, c.Error)))
}

// Coverage answers how true the windows were.
func (e *Experience) Coverage() Coverage { return e.pace.Coverage }

// Pace is what a plan needs of how long things take; it is read while nothing is learned.
func (e *Experience) Pace() plan.Pace { return &e.pace }

// Ride answers the factor on ways at a time.
func (p *pace) Ride(at time.Time) plan.Quantiles {
	return combine(p.Rides, p.RideAt[at.In(zone).Hour()])
}

// Work answers the factor on the standard time of a category's work by a technician.
func (p *pace) Work(category, staff string) plan.Quantiles {
	return combine(p.Works, p.WorkOf[category], p.WorkBy[staff])
}

// Window answers where the window begins and ends that residents are told, in spreads after the middle.
func (p *pace) Window(state plan.State) plan.Quantiles {
	q := p.Told[stage(state)]
	return plan.Quantiles{P50: q.P50, P90: q.P90}
}

// combine adds what is particular to what is general, as far as enough was seen of it.
func combine(all Quantiles, particular ...*Quantiles) plan.Quantiles {
	p50, p90 := all.P50, all.P90
	for _, q := range particular {
		if q != nil {
			p50 += q.weight() * (q.P50 - all.P50)
			p90 += q.weight() * (q.P90 - all.P90)
		}
	}
	return plan.Quantiles{P50: math.Exp(p50), P90: math.Exp(max(p50, p90))}
}
