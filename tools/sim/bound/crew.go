package bound

import (
	"cmp"
	"math"
	"slices"
	"sort"

	"github.com/linlihub/linli/services/dispatch/tour"
)

const none = -1

// crew is the workers who may do the same. Their tours differ in nothing but the first ride, so they are priced together,
// from the end of the day backwards.
//
// Time is a grid per stop, counted from when its window opens. Work that begins between two marks is taken to begin at the
// earlier one: so every real tour has one on the grid that gains as much, and the bound holds on any grid. A finer one
// makes it tighter by some seconds a visit.
type crew struct {
	p       *tour.Problem
	workers []int
	grid    float64
	chunk   float64 // work that begins within it depends on nothing else that does
	byReady []int   // the stops they may do
	next    [][]way // per stop: where one may go on to, but for what is far
	far     []int   // per stop: from which of byReady on a window opens only after one is there from anywhere
	marks   [][]float64
	last    []float64 // per place in byReady: the most that is gained from its window, or a later one, on
}

// way leads to a stop: who begins at mark b is there at mark b+shift.
type way struct{ to, shift int }

func newCrew(p *tour.Problem, workers []int, grid float64) *crew {
	n := len(p.Stops)
	c := &crew{p: p, workers: workers, next: make([][]way, n), far: make([]int, n), marks: make([][]float64, n)}
	least := math.Inf(1)
	for i, s := range p.Stops {
		if p.May[workers[0]][i] {
			c.byReady = append(c.byReady, i)
			least = min(least, s.Work)
		}
	}
	slices.SortFunc(c.byReady, func(i, j int) int {
		return cmp.Or(cmp.Compare(p.Stops[i].Ready, p.Stops[j].Ready), cmp.Compare(i, j))
	})
	c.grid = min(grid, least/2)
	c.chunk = least - c.grid
	for _, i := range c.byReady {
		s := p.Stops[i]
		c.marks[i] = make([]float64, 1+int(math.Floor((s.Due-s.Ready+tolerance)/c.grid)))
	}
	for _, i := range c.byReady {
		c.ways(i)
	}
	c.last = make([]float64, len(c.byReady)+1)
	return c
}

// tolerance in seconds forgives rounding, in favour of the bound.
const tolerance = 1e-6

func (c *crew) ways(i int) {
	s, reach := c.p.Stops[i], 0.
	for _, j := range c.byReady {
		reach = max(reach, c.p.Ride[i][j])
	}
	c.far[i] = sort.Search(len(c.byReady), func(k int) bool {
		return c.p.Stops[c.byReady[k]].Ready >= s.Due+s.Work+reach
	})
	for _, j := range c.byReady[:c.far[i]] {
		there := s.Ready + s.Work + c.p.Ride[i][j]
		if shift := c.mark(j, there); j != i && shift < len(c.marks[j]) {
			c.next[i] = append(c.next[i], way{j, shift})
		}
	}
}

// mark is where a time falls on the grid of a stop; below zero: before its window.
func (c *crew) mark(stop int, at float64) int {
	return int(math.Floor((at - c.p.Stops[stop].Ready + tolerance) / c.grid))
}

// price finds, for every stop and mark, what the best way on is worth when visiting stop i gains gains[i].
func (c *crew) price(gains []float64) {
	for _, i := range c.byReady {
		for b := range c.marks[i] {
			c.marks[i][b] = gains[i]
		}
	}
	if len(c.byReady) == 0 {
		return
	}
	end := math.Inf(-1)
	for _, i := range c.byReady {
		end = max(end, c.p.Stops[i].Due)
	}
	open := len(c.byReady) // windows from here on are done
	for to := end + c.grid; open > 0; to -= c.chunk {
		from := to - c.chunk
		for _, i := range c.byReady {
			if s := c.p.Stops[i]; gains[i] > 0 && s.Ready < to && s.Due >= from {
				c.within(i, from, to, gains)
			}
		}
		for open > 0 && c.p.Stops[c.byReady[open-1]].Ready >= from {
			open--
			c.last[open] = max(c.last[open+1], c.marks[c.byReady[open]][0])
		}
	}
}

// within computes the marks of a stop that lie in a chunk of time.
func (c *crew) within(i int, from, to float64, gains []float64) {
	ready := c.p.Stops[i].Ready
	lo := max(0, int(math.Ceil((from-ready)/c.grid)))
	hi := min(len(c.marks[i]), int(math.Ceil((to-ready)/c.grid)))
	if lo >= hi {
		return
	}
	mine := c.marks[i][lo:hi]
	for b := range mine {
		mine[b] = c.last[c.far[i]]
	}
	for _, w := range c.next[i] {
		if gains[w.to] > 0 {
			raise(mine, c.marks[w.to], lo+w.shift)
		}
	}
	for b := range mine {
		mine[b] += gains[i]
	}
}

// raise lifts each of mine to what theirs offers so many marks on; before the first mark one waits for it.
func raise(mine, theirs []float64, shift int) {
	wait := min(len(mine), max(0, -shift))
	for b := range mine[:wait] {
		mine[b] = max(mine[b], theirs[0])
	}
	mine, shift = mine[wait:], shift+wait
	if len(mine) == 0 || shift >= len(theirs) {
		return
	}
	theirs = theirs[shift:]
	n := min(len(mine), len(theirs))
	mine, theirs = mine[:n], theirs[:n]
	for b, v := range theirs {
		if v > mine[b] {
			mine[b] = v
		}
	}
}

// rounding of sums of gains.
const rounding = 1e-9

// begin is a stop and a mark at which a tour may begin, and what it gains.
type begin struct {
	stop, mark int
	gain       float64
}

// best answers where a worker had better begin, the best first, at most so many.
func (c *crew) best(worker, n int, gains []float64) (all []begin) {
	for _, i := range c.byReady {
		at := max(0, c.mark(i, c.p.Workers[worker].Free+c.p.Start[worker][i]))
		if gains[i] > 0 && at < len(c.marks[i]) {
			all = append(all, begin{i, at, c.marks[i][at]})
		}
	}
	slices.SortFunc(all, func(a, b begin) int { return cmp.Or(cmp.Compare(b.gain, a.gain), cmp.Compare(a.stop, b.stop)) })
	return all[:min(n, len(all))]
}

// stops follows the best way to its end. A stop that comes twice is told once.
func (c *crew) stops(at begin, gains []float64) (stops []int) {
	for {
		if !slices.Contains(stops, at.stop) {
			stops = append(stops, at.stop)
		}
		rest := at.gain - gains[at.stop] - rounding
		if rest <= 0 {
			return stops
		}
		on := begin{stop: none}
		for _, w := range c.next[at.stop] {
			b := max(0, at.mark+w.shift)
			if gains[w.to] > 0 && b < len(c.marks[w.to]) && c.marks[w.to][b] >= rest {
				on = begin{w.to, b, c.marks[w.to][b]}
				break
			}
		}
		for k := c.far[at.stop]; on.stop == none && k < len(c.byReady); k++ {
			if j := c.byReady[k]; gains[j] > 0 && c.marks[j][0] >= rest {
				on = begin{j, 0, c.marks[j][0]}
			}
		}
		if on.stop == none {
			return stops
		}
		at = on
	}
}
