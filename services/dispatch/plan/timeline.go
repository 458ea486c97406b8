package plan

import (
	"math"
	"time"
)

// Window is when somebody is expected: by From in half of the cases, by To in nine of ten. Zero: not known.
type Window struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Moved reports whether either end differs by at least step.
func (w Window) Moved(from Window, step time.Duration) bool {
	return w.From.Sub(from.From).Abs() >= step || w.To.Sub(from.To).Abs() >= step
}

// Arrival is when a visit that goes on is expected at its door.
type Arrival struct {
	Visit  string
	Window Window
	// Reckoned is the window before it was corrected by what former windows were worth: see Pace.
	Reckoned Window
}

// moment is a time to come, in seconds from now, with its uncertainty, and where the technician is then.
type moment struct {
	at, variance float64 // median; square of the distance to P90
	place        Place
}

// later adds a stretch of an expected length. Uncertainties of stretches are independent: their squares add up.
func (m moment) later(expected float64, q Quantiles) moment {
	spread := (q.P90 - q.P50) * expected
	m.at, m.variance = m.at+q.P50*expected, m.variance+spread*spread
	return m
}

// surely is when it is reached in nine of ten cases.
func (m moment) surely() float64 { return m.at + math.Sqrt(m.variance) }

func (m moment) window(now time.Time, least time.Duration, told Quantiles) Window {
	spread := max(math.Sqrt(m.variance), least.Seconds())
	from := max(0, m.at+told.P50*spread)
	return Window{instant(now, from), instant(now, max(from, m.at+told.P90*spread))}
}

// instant keeps to whole seconds: nobody is expected at a fraction.
func instant(now time.Time, seconds float64) time.Time {
	const year = 366 * 24 * 3600
	return now.Add(time.Duration(min(seconds, year) * float64(time.Second))).Truncate(time.Second)
}

func until(t, now time.Time) float64 { return t.Sub(now).Seconds() }

// walk goes through a queue, shows when each visit is reached that is not yet, and answers when and where it ends.
func (p *Policy) walk(t *Technician, queue []Visit, now time.Time, show func(*Visit, moment)) moment {
	at := moment{place: t.At}
	if !t.Away.IsZero() {
		at = at.later(max(p.Overrun.Seconds(), until(t.Away, now)), p.Work)
	}
	for i := range queue {
		v := &queue[i]
		if v.State == OnSite {
			at = p.rest(at, t, v, now)
		} else {
			at = p.reach(at, t, v, now)
			show(v, at)
			at = at.later(p.standard(&v.Job), p.work(&v.Job, t.ID))
		}
		at.place = v.Job.Place
	}
	return at
}

// rest is the end of a visit on site. What should be over takes the longer the longer it has taken: of lognormal works that were not
// done by now, half are done after so much more, and nine in ten after so much.
func (p *Policy) rest(at moment, t *Technician, v *Visit, now time.Time) moment {
	standard, q, least := p.standard(&v.Job), p.work(&v.Job, t.ID), p.Overrun.Seconds()
	took := max(0, -until(v.Arrived, now))
	usual, sigma := q.P50*standard, math.Log(q.P90/q.P50)/ninety
	if took <= usual || !(sigma > 0) || math.IsInf(sigma, 1) {
		return at.later(max(standard-took, least), q)
	}
	longer := min(farOut, math.Log(took/usual)/sigma)
	undone := math.Erfc(longer/math.Sqrt2) / 2
	after := func(share float64) float64 { // share of those undone by now is undone still
		z := math.Sqrt2 * math.Erfinv(1-2*undone*share)
		return max(0, usual*math.Exp(sigma*z)-took)
	}
	half := max(after(.5), least)
	spread := max(after(.1)-half, (q.P90-q.P50)*least)
	at.at, at.variance = at.at+half, at.variance+spread*spread
	return at
}

const (
	ninety = 1.2816 // standard deviations: nine in ten are below
	farOut = 5.     // where a lognormal is no longer believed
)

// reach rides to a visit. One under way set out when it did: time that passes brings it nearer, whether or not the
// telephone tells its place.
func (p *Policy) reach(at moment, t *Technician, v *Visit, now time.Time) moment {
	ride := p.Travel.Between(at.place, v.Job.Place).Seconds()
	if v.State == UnderWay {
		ride = max(ride+min(0, until(latest(v.Departed, t.Seen), now)), p.Soon.Seconds())
	}
	at = at.later(ride, p.Road)
	if !v.Job.From.IsZero() {
		at.at = max(at.at, until(v.Job.From, now))
	}
	return at
}

func latest(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

func (p *Policy) arrivals(t *Technician, queue []Visit, now time.Time) (all []Arrival) {
	p.walk(t, queue, now, func(v *Visit, m moment) {
		all = append(all, Arrival{v.ID, p.told(m, v.State, now), m.window(now, p.MinSpread, Quantiles{0, 1})})
	})
	return all
}

// Arrivals answers when each visit of a technician's queue is expected that has not yet arrived.
func (p Policy) Arrivals(t *Technician, now time.Time) []Arrival {
	return p.orDefault().at(now).arrivals(t, t.Queue, now)
}
