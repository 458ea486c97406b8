// Package tour plans whole tours when all stops are known: who goes where, in which order, so that as much weight as
// possible is reached in its window and, among equals, as little time as possible is spent on the road. It serves day
// lists, and it is the hindsight against which the dispatch of every moment is measured.
//
// The method is ruin and recreate by adjacent strings (SISR: Christiaens and Vanden Berghe, Transportation Science 54,
// 2020) under simulated annealing. An insertion is judged in constant time by the earliest and the latest start of
// every stop (Savelsbergh, ORSA Journal on Computing 4, 1992).
package tour

// Stop is work that must begin within [Ready, Due] to count. Times are seconds.
type Stop struct {
	Ready, Due float64
	Work       float64
	Weight     float64 // what it is worth to be there, in time unless Late says otherwise; compared with Problem.Price seconds on the road
	Late       float64 // seconds on the road that a second of lateness costs; zero: it must begin by Due
}

// lateness is what it costs to begin at a time, apart from windows that must be kept.
func (s *Stop) lateness(start float64) float64 { return s.Late * max(0, start-s.Due) }

// Worker sets out from a place at a time. Rides are in Problem.
type Worker struct{ Free float64 }

// Problem is what is known. Rides are seconds: Start[worker][stop] from where the worker is, Ride[stop][stop] between
// stops. May[worker][stop] says who may do what.
type Problem struct {
	Stops   []Stop
	Workers []Worker
	Start   [][]float64
	Ride    [][]float64
	May     [][]bool
	Price   float64 // seconds on the road that a weight of one is worth; zero: 1800
}

// Answer is a tour per worker, and the stops that no tour reaches in time.
type Answer struct {
	Tours  [][]int
	Absent []int
	Weight float64 // reached
	Road   float64 // seconds on the road
	Rounds int     // how many were tried
}

// Check recomputes an answer from nothing but the problem: the weight that is reached, in time where it must be, and
// whether every stop has at most one visit, by somebody who may.
func (p *Problem) Check(tours [][]int) (weight, road float64, ok bool) {
	seen := make([]bool, len(p.Stops))
	for w, stops := range tours {
		at, last := p.Workers[w].Free, none
		for _, s := range stops {
			if seen[s] || !p.May[w][s] {
				return 0, 0, false
			}
			seen[s] = true
			ride := p.ride(w, last, s)
			stop := p.Stops[s]
			start := max(at+ride, stop.Ready)
			if start <= stop.Due+tolerance || stop.Late > 0 {
				weight += stop.Weight
			}
			at, last, road = start+stop.Work, s, road+ride
		}
	}
	return weight, road, true
}

// Cost is what Solve makes small, in seconds on the road: the road, lateness, and the weight of what is not reached, or not
// in time where it must be.
func (p *Problem) Cost(tours [][]int) (cost float64, ok bool) {
	reached, road, ok := p.Check(tours)
	for i := range p.Stops {
		cost += p.Stops[i].Weight
	}
	cost = (cost-reached)*p.price() + road
	for w, stops := range tours {
		r := route{worker: w, stops: stops}
		r.refresh(p)
		cost += r.late
	}
	return cost, ok
}

// tolerance in seconds forgives rounding.
const tolerance = 1e-6

const none = -1

func (p *Problem) ride(worker, from, to int) float64 {
	if from == none {
		return p.Start[worker][to]
	}
	return p.Ride[from][to]
}

func (p *Problem) price() float64 {
	if p.Price == 0 {
		return 1800
	}
	return p.Price
}
