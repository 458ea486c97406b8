// Package bound proves how much of a day no policy whatever can reach in time.
//
// Every worker drives one tour, each stop is in one tour at most: over all tours there are, in shares, that is a linear
// program, and its value bounds what can be reached (column generation: Dantzig and Wolfe 1960; for tours with windows
// Desrochers, Desrosiers and Solomon 1992). Whatever the prices of stops are, the sum of all prices and of every worker's
// best tour at these prices is above that value (Lagrange; Geoffrion 1974). So a Market may propose any prices and be as
// wrong as it likes: the bound is told by the search for best tours, which is complete, and it holds whenever one stops.
//
// The search is relaxed in two points, which make the bound weaker and never wrong: a tour may count a stop twice if both
// visits fit into its window, which takes work of less than half of it; and work may begin earlier by less than a mark of
// the grid than it really could. Rides must keep the triangle inequality, as those of a map do: then a stop that gains
// nothing is never on a best way.
package bound

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/linlihub/linli/services/dispatch/tour"
)

// Tour is a column: who visits which stops, in order, and what these weigh.
type Tour struct {
	Worker int
	Stops  []int
	Weight float64
}

// Market takes more tours and proposes prices of stops; value is what its tours, in shares, carry at most.
type Market interface {
	Trade(more []Tour) (prices []float64, value float64, err error)
}

// Progress is what is known after a round.
type Progress struct {
	Round int
	Upper float64 // proven
	Value float64 // of the linear program over the tours found so far: what Upper can become
}

// ErrTriangle says that a detour is quicker than the way.
var ErrTriangle = errors.New("rides break the triangle inequality: a detour over a stop is quicker than the way")

// Seconds between the marks of the grid: while prices are sought, and when the bound is told.
const (
	coarse = 20
	fine   = 1
)

// Find answers the proven bound and the tours that were found on the way. It begins with an auction of so many passes;
// then a market, if there is one, improves the prices until they are best or stop says so. known are the tours of an
// answer: they help the market.
func Find(p *tour.Problem, known [][]int, passes int, m Market, stop func(Progress) bool) (Progress, []Tour, error) {
	if !triangle(p) {
		return Progress{}, nil, ErrTriangle
	}
	d := newDay(p, coarse)
	prices, tours := d.auction(passes, rand.New(rand.NewPCG(1, 1)))
	upper, found := d.price(prices)
	s := search{day: d, now: Progress{Upper: min(upper, d.most())}, centre: prices}
	s.more = append(append(tours, d.fresh(found)...), d.known(known)...)
	var err error
	if m != nil {
		err = s.trade(m, stop)
	}
	s.all = append(s.all, s.more...)
	// The prices were found on a coarse grid; what they are worth is told on a fine one.
	upper, _ = newDay(p, fine).price(s.centre)
	s.now.Upper = min(s.now.Upper, upper)
	return s.now, s.all, err
}

// search is one run of Find.
type search struct {
	*day
	now       Progress
	centre    []float64 // the prices of the best bound so far
	all, more []Tour
}

// trust is how far prices follow the market at once: prices between the best so far and the proposed ones swing less
// (Wentges 1997). enough is when a bound is as good as its program.
const (
	trust  = .5
	enough = .02
)

func (s *search) trade(m Market, stop func(Progress) bool) error {
	for {
		s.all = append(s.all, s.more...)
		prices, value, err := m.Trade(s.more)
		if err != nil {
			return fmt.Errorf("prices of stops: %w", err)
		}
		s.now.Value, s.now.Round, s.more = value, s.now.Round+1, nil
		for _, share := range [...]float64{trust, 1} { // when no tour is new, prices are moved all the way
			at := between(s.centre, prices, share)
			upper, found := s.price(at)
			if upper < s.now.Upper {
				s.now.Upper, s.centre = upper, at
			}
			if s.more = s.fresh(found); len(s.more) > 0 {
				break
			}
		}
		if len(s.more) == 0 || s.now.Upper-s.now.Value < enough || stop(s.now) {
			return nil
		}
	}
}

func between(from, to []float64, share float64) []float64 {
	at := make([]float64, len(to))
	for i := range at {
		at[i] = from[i] + share*(to[i]-from[i])
	}
	return at
}

// day is a problem with its crews and the tours that the market knows.
type day struct {
	p      *tour.Problem
	crews  []*crew
	crewOf []*crew // per worker
	seen   map[string]bool
}

func newDay(p *tour.Problem, grid float64) *day {
	d := &day{p: p, seen: map[string]bool{}}
	for w := range p.Workers {
		i := slices.IndexFunc(d.crews, func(c *crew) bool { return slices.Equal(p.May[c.workers[0]], p.May[w]) })
		if i < 0 {
			i = len(d.crews)
			d.crews = append(d.crews, newCrew(p, []int{w}, grid))
		} else {
			d.crews[i].workers = append(d.crews[i].workers, w)
		}
		d.crewOf = append(d.crewOf, d.crews[i])
	}
	return d
}

// most is the trivial bound.
func (d *day) most() (sum float64) {
	for _, s := range d.p.Stops {
		sum += s.Weight
	}
	return sum
}

// each is how many tours a worker proposes in a round.
const each = 3

// price answers the bound at prices, and the tours that gain there.
func (d *day) price(prices []float64) (upper float64, found []Tour) {
	gains := make([]float64, len(prices))
	for i, s := range d.p.Stops {
		// A price above the weight only raises the bound: nobody would go there either way.
		price := min(max(0, prices[i]), s.Weight)
		gains[i] = s.Weight - price
		upper += price
	}
	for _, c := range d.crews {
		c.price(gains)
		for _, w := range c.workers {
			for k, at := range c.best(w, each, gains) {
				if k == 0 {
					upper += at.gain
				}
				found = append(found, d.tour(w, c.stops(at, gains)))
			}
		}
	}
	return upper, found
}

func (d *day) tour(worker int, stops []int) Tour {
	t := Tour{Worker: worker, Stops: stops}
	for _, i := range stops {
		t.Weight += d.p.Stops[i].Weight
	}
	return t
}

func (d *day) known(tours [][]int) (all []Tour) {
	for w, stops := range tours {
		if len(stops) > 0 {
			all = append(all, d.tour(w, stops))
		}
	}
	return d.fresh(all)
}

// fresh leaves out what the market already has.
func (d *day) fresh(tours []Tour) (fresh []Tour) {
	for _, t := range tours {
		key := fmt.Sprint(t.Worker, t.Stops)
		if !d.seen[key] {
			d.seen[key] = true
			fresh = append(fresh, t)
		}
	}
	return fresh
}

// triangle reports whether no way becomes quicker by a stop on it, the work there included.
func triangle(p *tour.Problem) bool {
	for j, s := range p.Stops {
		on := p.Ride[j]
		for _, from := range [...][][]float64{p.Ride, p.Start} {
			for _, rides := range from {
				by := rides[j] + s.Work + tolerance
				for k, ride := range rides {
					if ride > by+on[k] {
						return false
					}
				}
			}
		}
	}
	return true
}
