// Package world makes days of repair tickets from a seed and lets a policy of dispatch live through them, event by event.
package world

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/linlihub/linli/services/dispatch/plan"
)

// Spec says what a day is like. The zero value of a field has the default of Standard.
type Spec struct {
	Seed          uint64
	Rate          float64      // tickets per hour in the peak
	Quiet         float64      // share of the rate outside the peak
	Hours         float64      // of the day in which tickets come
	Peak          [2]float64   // from and to, hours after the day has begun
	Levels        []float64    // share of the rate in each hour, instead of Peak and Quiet
	Spots         []plan.Place // where tickets usually come from, instead of everywhere
	Burst         float64      // by what more comes in the burst than the rate outside the peak; zero: there is none
	Technicians   int
	SideKM        float64
	Skills        int
	EachSkills    int        // skills of a technician
	Mix           [4]float64 // shares of P1 to P4
	ServiceMean   float64    // seconds
	ServiceSigma  float64    // of the logarithm of the standard time, which is known when the ticket is opened
	Noise         float64    // of the logarithm of real around standard time, which nobody knows before the end
	RoadNoise     float64    // the same of rides
	NoShows       float64    // share of visits where nobody opens
	Lost          float64    // share of rides on which the technician's position is not heard of
	Deaf          float64    // share of advices where to wait that are not followed
	Unheard       bool       // who rides to where to wait is not heard of before they are there
	Learned       int        // days, this one counted, in which a board has learned the forecast; zero: it is true
	PromiseInSecs float64    // from opening to arrival
}

// Standard is the day of the benchmark. The peak begins an hour after the day; outside of it half as much comes in.
func Standard(rate float64, seed uint64) Spec {
	return Spec{
		Seed: seed, Rate: rate, Quiet: .5, Hours: 10, Peak: [2]float64{1, 4}, Technicians: 50, SideKM: 12, Skills: 5, EachSkills: 3,
		Mix: [4]float64{.03, .17, .5, .3}, ServiceMean: 35 * 60, ServiceSigma: .4, PromiseInSecs: 30 * 60,
	}
}

// Day is what happens, before anybody decides. Times are seconds since its beginning.
type Day struct {
	Spec        Spec
	Tickets     []Ticket // by Opened
	Technicians []Technician
}

// Ticket is a call for help.
type Ticket struct {
	ID       string
	Place    plan.Place
	Skill    string
	Priority plan.Priority
	Opened   float64
	Standard float64 // what it is expected to take
	Real     float64 // what it takes
	Jam      float64 // by what the ride to it is longer than expected
	Lost     bool    // nobody hears where the technician is on the way to it
}

// Technician begins the day at a place.
type Technician struct {
	ID     string
	Skills []string
	Place  plan.Place
}

// Begin is when the days of the simulator begin.
var Begin = time.Date(2026, 3, 2, 8, 0, 0, 0, time.FixedZone("Asia/Shanghai", 8*3600))

// Make makes the day of a spec.
func Make(s Spec) Day { return build(s, nil) }

func build(s Spec, sheet *Sheet) Day {
	d := Day{Spec: s}
	r := rand.New(rand.NewPCG(s.Seed, 0x6c696e6c69))
	for i := range s.Technicians {
		d.Technicians = append(d.Technicians, Technician{ID: fmt.Sprintf("t%03d", i), Place: s.place(r), Skills: s.skills(r)})
	}
	for at := 0.; ; {
		// Thinning: candidates at the rate of the peak, of which a share is kept.
		at += r.ExpFloat64() * 3600 / (s.Rate * s.top())
		if at >= s.Hours*3600 {
			break
		}
		if r.Float64()*s.top() < s.level(at/3600) {
			t := s.ticket(r, len(d.Tickets), at)
			sheet.shape(s, r, &t)
			d.Tickets = append(d.Tickets, t)
		}
	}
	return d
}

// level is the share of the peak's rate at an hour.
func (s Spec) level(hour float64) float64 {
	if s.Burst > 0 {
		if hour >= burstFrom && hour < burstTo {
			return s.Quiet * s.Burst
		}
		return s.Quiet
	}
	if len(s.Levels) > 0 {
		return s.Levels[min(len(s.Levels)-1, int(hour))]
	}
	if hour >= s.Peak[0] && hour < s.Peak[1] {
		return 1
	}
	return s.Quiet
}

func (s Spec) ticket(r *rand.Rand, n int, at float64) Ticket {
	t := Ticket{ID: fmt.Sprintf("k%05d", n), Opened: at, Place: s.place(r), Priority: s.priority(r.Float64())}
	t.Skill = skillName(r.IntN(s.Skills))
	t.Standard = s.ServiceMean * lognormal(r, s.ServiceSigma)
	t.Real = t.Standard * lognormal(r, s.Noise)
	t.Jam = lognormal(r, s.RoadNoise)
	luck := rand.New(rand.NewPCG(s.Seed, uint64(n))) //nolint:gosec // of its own, so that the rest of the day stays the same; n counts tickets
	if luck.Float64() < s.NoShows {
		t.Real = noShow
	}
	t.Lost = luck.Float64() < s.Lost
	return t
}

// noShow is how long a technician waits at a door that nobody opens, in seconds.
const noShow = 300.

// lognormal has mean one.
func lognormal(r *rand.Rand, sigma float64) float64 {
	return math.Exp(sigma*r.NormFloat64() - sigma*sigma/2)
}

func (s Spec) priority(u float64) plan.Priority {
	for i, share := range s.Mix {
		if u < share {
			return plan.P1 + plan.Priority(i)
		}
		u -= share
	}
	return plan.P4
}

func (s Spec) skills(r *rand.Rand) (names []string) {
	for _, k := range r.Perm(s.Skills)[:s.EachSkills] {
		names = append(names, skillName(k))
	}
	slices.Sort(names)
	return names
}

var skillNames = []string{"plumbing", "electrical", "lift", "carpentry", "appliance"}

func skillName(k int) string {
	if k < len(skillNames) {
		return skillNames[k]
	}
	return fmt.Sprintf("skill%d", k)
}

// The map lies around a corner near Hangzhou; on it a degree has one length.
const (
	south, west = 30.2, 120.1
	metresLat   = 111_195.
)

var metresLon = metresLat * math.Cos(south*math.Pi/180)

func (s Spec) place(r *rand.Rand) plan.Place {
	return At(r.Float64()*s.SideKM*1000, r.Float64()*s.SideKM*1000)
}

// At is the place so many metres east and north of the corner of the map.
func At(east, north float64) plan.Place {
	return plan.Place{Lat: south + north/metresLat, Lon: west + east/metresLon}
}

// Street rides at one speed everywhere: 25 km/h, and a detour of 1.3. It takes the map as flat.
type Street struct{}

const secondsPerMetre = 1.3 / (25 / 3.6)

// Between is the expected time of a ride.
func (Street) Between(from, to plan.Place) time.Duration {
	return time.Duration(Ride(from, to) * float64(time.Second))
}

// Ride is the expected time of a ride in seconds.
func Ride(from, to plan.Place) float64 { return metres(from, to) * secondsPerMetre }

func metres(from, to plan.Place) float64 {
	x, y := (to.Lon-from.Lon)*metresLon, (to.Lat-from.Lat)*metresLat
	return math.Sqrt(x*x + y*y)
}

// between is the place on the straight way when a share of it is done.
func between(from, to plan.Place, share float64) plan.Place {
	share = max(0, min(1, share))
	return plan.Place{Lat: from.Lat + (to.Lat-from.Lat)*share, Lon: from.Lon + (to.Lon-from.Lon)*share}
}

// Job is the ticket as the planner sees it.
func (t *Ticket) Job(promise float64) plan.Job {
	return plan.Job{
		ID: t.ID, District: district, Place: t.Place, Skill: t.Skill, Priority: t.Priority,
		Opened: instant(t.Opened), Due: instant(t.Opened + promise), Standard: seconds(t.Standard),
	}
}

const district = "d1"

func instant(at float64) time.Time { return Begin.Add(seconds(at)) }

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
