package tour

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// Solve looks for tours until stop says so; stop is asked with the number of rounds so far and answers how much of the
// time is gone, one being all. The same random source and the same answers of stop give the same tours.
func Solve(p *Problem, r *rand.Rand, gone func(round int) float64) Answer {
	s := newSearch(p, r)
	s.recreate()
	s.keep()
	best := s.snapshot()
	for share := gone(s.round); share < 1; share = gone(s.round) {
		s.round++
		s.heat = hot * math.Pow(cold/hot, share)
		s.ruin()
		s.recreate()
		if s.cost() > s.kept+s.heat*r.ExpFloat64() {
			s.restore()
			continue
		}
		s.keep()
		if s.kept < best.cost-tolerance {
			best = s.snapshot()
		}
	}
	return best.answer(s)
}

// Annealing starts where half a stop more or less is taken at random and ends where ten seconds on the road are not.
const (
	hot  = 900.
	cold = 5.
)

const (
	removed    = 12 // stops taken out in a round, on average
	longest    = 8  // stops of one tour taken out at once
	blinkShare = .01
)

// search is one run.
type search struct {
	p      *Problem
	rand   *rand.Rand
	routes []route
	able   [][]int   // per stop: who may do it
	home   []int     // per stop: its route, or none
	near   [][]int   // per stop: the stops alike in place and time, the nearest first
	offers [][]offer // per stop and route: where it would go
	absent []int
	heat   float64
	round  int
	stamp  int // the last version of a route

	// what the last accepted round looked like, as far as it was changed since
	changed []int
	before  []int
	kept    float64
}

// offer is the cheapest position of a stop in a version of a route. Few routes change from round to round, so most offers
// hold for long.
type offer struct {
	version, at int
	cost        float64
}

func newSearch(p *Problem, r *rand.Rand) *search {
	s := &search{p: p, rand: r, home: make([]int, len(p.Stops)), able: make([][]int, len(p.Stops))}
	s.routes = make([]route, len(p.Workers))
	for w := range s.routes {
		s.routes[w].worker = w
		s.renew(w)
	}
	for i := range p.Stops {
		s.home[i] = none
		s.absent = append(s.absent, i)
		s.offers = append(s.offers, make([]offer, len(p.Workers)))
		for w := range p.Workers {
			if p.May[w][i] {
				s.able[i] = append(s.able[i], w)
			}
		}
	}
	s.near = neighbours(p)
	return s
}

// renew gives a route that changed its times and a version of its own.
func (s *search) renew(w int) {
	s.routes[w].refresh(s.p)
	s.stamp++
	s.routes[w].version = s.stamp
}

// neighbours orders stops by likeness: the ride between them and half of what their windows lie apart.
func neighbours(p *Problem) [][]int {
	const most = 120
	near := make([][]int, len(p.Stops))
	all := make([]int, len(p.Stops))
	apart := make([]float64, len(p.Stops))
	for i := range p.Stops {
		for j := range all {
			all[j] = j
			apart[j] = p.Ride[i][j] + .5*math.Abs(p.Stops[i].Ready-p.Stops[j].Ready)
		}
		slices.SortFunc(all, func(a, b int) int { return cmp.Or(cmp.Compare(apart[a], apart[b]), cmp.Compare(a, b)) })
		near[i] = slices.Clone(all[:min(most, len(all))])
	}
	return near
}

// cost is what annealing compares: the weight that is missed, in seconds, lateness and the road.
func (s *search) cost() float64 {
	missed, road := 0., 0.
	for _, a := range s.absent {
		missed += s.p.Stops[a].Weight
	}
	for i := range s.routes {
		road += s.routes[i].road + s.routes[i].late
	}
	return missed*s.p.price() + road
}

// touch remembers a route before its first change in a round.
func (s *search) touch(w int) {
	if r := &s.routes[w]; !r.touched {
		r.touched, r.former = true, r.version
		r.saved = append(r.saved[:0], r.stops...)
		s.changed = append(s.changed, w)
	}
}

func (s *search) keep() {
	s.kept = s.cost()
	s.before = append(s.before[:0], s.absent...)
	s.forget()
}

func (s *search) forget() {
	for _, w := range s.changed {
		s.routes[w].touched = false
	}
	s.changed = s.changed[:0]
}

func (s *search) restore() {
	for _, w := range s.changed {
		for _, stop := range s.routes[w].stops {
			s.home[stop] = none
		}
	}
	for _, w := range s.changed {
		r := &s.routes[w]
		r.stops = append(r.stops[:0], r.saved...)
		r.refresh(s.p)
		r.version = r.former // and what was offered for it holds again
		for _, stop := range r.stops {
			s.home[stop] = w
		}
	}
	s.absent = append(s.absent[:0], s.before...)
	s.forget()
}

type snapshot struct {
	cost  float64
	tours [][]int
}

func (s *search) snapshot() snapshot {
	shot := snapshot{cost: s.kept}
	for i := range s.routes {
		shot.tours = append(shot.tours, slices.Clone(s.routes[i].stops))
	}
	return shot
}

func (shot snapshot) answer(s *search) Answer {
	a := Answer{Tours: shot.tours, Rounds: s.round}
	reached := make([]bool, len(s.p.Stops))
	for _, stops := range shot.tours {
		for _, i := range stops {
			reached[i] = true
		}
	}
	for i, ok := range reached {
		if !ok {
			a.Absent = append(a.Absent, i)
		}
	}
	a.Weight, a.Road, _ = s.p.Check(shot.tours)
	return a
}

// Complete adds what tours leave out, each stop where it costs least, and leaves the rest as it is.
func Complete(p *Problem, tours [][]int) [][]int {
	s := newSearch(p, rand.New(rand.NewPCG(1, 1)))
	for w, stops := range tours {
		for _, i := range stops {
			s.home[i] = w
		}
		s.routes[w].stops = slices.Clone(stops)
		s.renew(w)
	}
	s.absent = slices.DeleteFunc(s.absent, func(i int) bool { return s.home[i] != none })
	s.recreate()
	return s.snapshot().tours
}
