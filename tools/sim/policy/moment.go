package policy

import (
	"math/rand/v2"

	"github.com/linlihub/linli/services/dispatch/tour"

	"github.com/linlihub/linli/tools/sim/world"
)

// A moment: how many tickets are open, how old they are at most, and how long technicians are still busy at most, in seconds.
const (
	openTickets = 200
	oldest      = 3600
	busiest     = 2400
)

// Moment is a board of 50 technicians and 200 open tickets of the last hour, all to be done: lateness costs by priority,
// 16, 4, 2 and 1 seconds on the road a second.
func Moment(seed uint64) *tour.Problem {
	spec := world.Standard(2*openTickets, seed) // some 2,600 tickets; the first 200 are taken
	d := world.Make(spec)
	d.Tickets = d.Tickets[:openTickets]
	r := rand.New(rand.NewPCG(seed, 3))
	p := Problem(d)
	for i := range p.Stops {
		age := oldest * r.Float64()
		p.Stops[i].Ready, p.Stops[i].Due = 0, spec.PromiseInSecs-age
		p.Stops[i].Late = [...]float64{16, 4, 2, 1}[d.Tickets[i].Priority-1]
		p.Stops[i].Weight = never
	}
	for w := range p.Workers {
		p.Workers[w].Free = busiest * r.Float64()
	}
	return p
}

// never is the weight of a ticket that must be done: 200 hours on the road.
const never = 400.
