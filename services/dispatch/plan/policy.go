package plan

import (
	"cmp"
	"time"
)

// Policy is everything that another company, or a better idea, would set otherwise. Costs are in weighted seconds: one is
// a technician's second on the road. The zero Policy is Default.
type Policy struct {
	Capacity int // open visits a technician may hold: one in hand and one next
	DailyCap int // visits a day of a technician who has no cap of their own; zero is none

	Weights    [4]float64 // how much a second of the resident's counts, P1 to P4
	Travelling float64    // per second on the road
	Waiting    float64    // per second until arrival, × weight
	Late       float64    // per second after the due time, × weight, beside Waiting
	Ageing     float64    // credit per second since the ticket was opened, whatever its priority: see Overtakes
	Fairness   float64    // per visit that a technician has today above the mean of those on duty
	Unanswered float64    // for somebody who let an offer of the same job expire
	Preemption float64    // for a visit under way that gives way to an emergency, × its weight; less if not yet departed

	Horizon         time.Duration // a postponed job is reckoned to be reached so much later
	AppointmentLead time.Duration // how long before an appointment somebody is sent
	DeclineMemory   time.Duration // how long who said no is not asked again
	MinSpread       time.Duration // the least width of a window of arrival
	Overrun         time.Duration // what a visit still takes that should be over
	Soon            time.Duration // when somebody arrives who should be there
	Rescue          time.Duration // so much sooner another must be at an emergency to take it from who is still busy
	Standard        time.Duration // what a job takes that does not say

	Posts   Posts   // where who has nothing to do had better wait
	Promise Promise // how promised times are kept when a forecast says what will come

	Gated  []string  // skills that nobody may use without a valid certificate
	Travel Travel    // how long a way takes
	Road   Quantiles // how real ways spread around that
	Work   Quantiles // how real work spreads around the standard time
	Pace   Pace      // what finished visits taught; nil: Road and Work hold for all
}

// Pace answers how long things really take. It must be pure as long as a Plan goes on.
type Pace interface {
	// Ride is the factor on ways at a time.
	Ride(at time.Time) Quantiles
	// Work is the factor on the standard time of a category's work by a technician.
	Work(category, staff string) Quantiles
	// Window is where the window of a visit in a state begins and ends, in spreads after the middle: 0 and 1 if what is reckoned
	// is true.
	Window(state State) Quantiles
}

// at is the policy with what is known of the time.
func (p *Policy) at(now time.Time) *Policy {
	if p.Pace != nil {
		p.Road = p.Pace.Ride(now)
	}
	return p
}

func (p *Policy) work(j *Job, staff string) Quantiles {
	if p.Pace == nil {
		return p.Work
	}
	return p.Pace.Work(j.Category, staff)
}

// told is the window that people are told of a moment at which a visit in a state is reached.
func (p *Policy) told(m moment, state State, now time.Time) Window {
	window := Quantiles{0, 1}
	if p.Pace != nil {
		window = p.Pace.Window(state)
	}
	return m.window(now, p.MinSpread, window)
}

// Quantiles are factors on an expected duration: half of the real ones stay below P50 times it, nine in ten below P90.
type Quantiles struct{ P50, P90 float64 }

// Default is our proposal. Certificates: 特种作业 (low-voltage electricity), 特种设备 (lifts), gas fitting, fire protection.
func Default() Policy {
	return Policy{
		Capacity: 2, DailyCap: 20,
		Weights:    [4]float64{16, 4, 2, 1},
		Travelling: 1, Waiting: 1, Late: 4, Ageing: 5, Fairness: 120, Unanswered: 900, Preemption: 1200,
		Horizon: 2 * time.Hour, AppointmentLead: 30 * time.Minute, DeclineMemory: 30 * time.Minute,
		MinSpread: 5 * time.Minute, Overrun: 10 * time.Minute, Soon: time.Minute, Rescue: 3 * time.Minute, Standard: 35 * time.Minute,
		Gated:  []string{"electrical", "lift", "gas", "fire"},
		Travel: EBike{}, Road: Quantiles{1, 1.5}, Work: Quantiles{1, 1.9}, Promise: defaultPromise(),
		Posts: defaultPosts(),
	}
}

func (p Policy) orDefault() *Policy {
	if p.Capacity == 0 {
		p = Default()
	}
	if p.Travel == nil {
		p.Travel = EBike{}
	}
	return &p
}

func (p *Policy) weight(class Priority) float64 { return p.Weights[class.known()-P1] }

func (p *Policy) cap(t *Technician) int { return cmp.Or(t.DailyCap, p.DailyCap) }

func (p *Policy) standard(j *Job) float64 {
	if j.Standard <= 0 {
		return p.Standard.Seconds()
	}
	return j.Standard.Seconds()
}

// Overtakes is the promise of ageing: of two late jobs in the same place, the one of the lower priority goes first once
// it is so much older than the other. Nobody starves behind a stream of fresher tickets. Emergencies are never overtaken.
func (p Policy) Overtakes(lower, higher Priority) time.Duration {
	q := p.orDefault()
	gap := (q.weight(higher) - q.weight(lower)) * (q.Waiting + q.Late) * q.Horizon.Seconds()
	return time.Duration(gap / q.Ageing * float64(time.Second))
}
