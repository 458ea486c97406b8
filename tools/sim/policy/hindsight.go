package policy

import (
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/linlihub/linli/services/dispatch/tour"

	"github.com/linlihub/linli/tools/sim/world"
)

// Problem is the day with everything known ahead: when each ticket comes and how long its work will take.
func Problem(d world.Day) *tour.Problem {
	p := &tour.Problem{Workers: make([]tour.Worker, len(d.Technicians))}
	for i := range d.Tickets {
		t := &d.Tickets[i]
		p.Stops = append(p.Stops, tour.Stop{Ready: t.Opened, Due: t.Opened + d.Spec.PromiseInSecs, Work: t.Real, Weight: weight(t)})
	}
	for w := range d.Technicians {
		who := &d.Technicians[w]
		start, may := make([]float64, len(d.Tickets)), make([]bool, len(d.Tickets))
		for i := range d.Tickets {
			start[i] = world.Ride(who.Place, d.Tickets[i].Place) * d.Tickets[i].Jam
			may[i] = slices.Contains(who.Skills, d.Tickets[i].Skill)
		}
		p.Start, p.May = append(p.Start, start), append(p.May, may)
	}
	for i := range d.Tickets {
		ride := make([]float64, len(d.Tickets))
		for j := range d.Tickets {
			ride[j] = world.Ride(d.Tickets[i].Place, d.Tickets[j].Place) * d.Tickets[j].Jam
		}
		p.Ride = append(p.Ride, ride)
	}
	return p
}

// weight keeps hindsight from leaving an emergency for an ordinary ticket.
func weight(t *world.Ticket) float64 {
	if t.Priority == 1 {
		return 2
	}
	return 1
}

// Hindsight finds tours for a day that is known ahead, within a time on the wall.
func Hindsight(d world.Day, limit time.Duration, watch func() time.Time) [][]int {
	began := watch()
	gone := func(int) float64 { return float64(watch().Sub(began)) / float64(limit) }
	return tour.Solve(Problem(d), rand.New(rand.NewPCG(d.Spec.Seed, 1)), gone).Tours
}

// Known is what becomes of a day by tours for it. Tickets that none of them reaches in time are done at their end.
func Known(d world.Day, tours [][]int) world.Served {
	p := Problem(d)
	left := map[int]bool{}
	for i := range p.Stops {
		left[i] = true
	}
	for _, stops := range tours {
		for _, i := range stops {
			delete(left, i)
		}
	}
	return live(d, p, tours, slices.Sorted(maps.Keys(left)))
}

// live drives the tours, and gives each ticket that is left to whoever is there first after their tour.
func live(d world.Day, p *tour.Problem, tours [][]int, absent []int) world.Served {
	s := world.Served{Arrived: make([]float64, len(d.Tickets)), By: make([]int, len(d.Tickets))}
	at, last := make([]float64, len(d.Technicians)), make([]int, len(d.Technicians))
	road := 0.
	ride := func(w, to int) float64 {
		if last[w] < 0 {
			return p.Start[w][to]
		}
		return p.Ride[last[w]][to]
	}
	visit := func(w, k int) {
		road += ride(w, k)
		s.Arrived[k], s.By[k] = max(at[w]+ride(w, k), d.Tickets[k].Opened), w
		at[w], last[w] = s.Arrived[k]+p.Stops[k].Work, k
	}
	for w, stops := range tours {
		last[w] = -1
		for _, k := range stops {
			visit(w, k)
		}
	}
	for _, k := range absent {
		first := -1
		for w := range at {
			if p.May[w][k] && (first < 0 || at[w]+ride(w, k) < at[first]+ride(first, k)) {
				first = w
			}
		}
		visit(first, k)
	}
	s.TravelKM = road * 25 / 3600
	return s
}
