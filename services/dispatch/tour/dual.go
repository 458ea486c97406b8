package tour

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// dual is the relaxed problem with a price per stop.
type dual struct {
	p      *Problem
	price  []float64
	visits []int     // per stop: how many workers want it
	byTime []int     // stops by Ready
	ready  []float64 // their Ready
	reach  float64   // the longest ride
	wide   float64   // the widest window
	grid   float64   // starts are taken as if they were so much earlier at most: quicker, and still a bound

	labels []label
	open   heap      // labels by start, still to be looked at
	ended  heap      // labels by end, not yet old enough to reach every stop that opens now
	best   []float64 // per stop: the most gained so far
	gain   float64   // the most gained by labels old enough
	from   int       // by which label
}

// coarse is the grid in seconds while prices are sought.
const coarse = 300

// label is a way to a stop: when work begins there and what was gained until then. before is the label it came from.
type label struct {
	stop, before int
	start, gain  float64
}

func newDual(p *Problem) *dual {
	n := len(p.Stops)
	d := &dual{p: p, price: make([]float64, n), visits: make([]int, n), best: make([]float64, n), grid: coarse}
	for i, s := range p.Stops {
		d.grid = min(d.grid, .9*s.Work) // time must pass, or a tour would never end
		d.byTime = append(d.byTime, i)
		d.wide = max(d.wide, s.Due-s.Ready)
	}
	slices.SortFunc(d.byTime, func(a, b int) int {
		return cmp.Or(cmp.Compare(p.Stops[a].Ready, p.Stops[b].Ready), cmp.Compare(a, b))
	})
	for _, i := range d.byTime {
		d.ready = append(d.ready, p.Stops[i].Ready)
	}
	for _, rides := range [...][][]float64{p.Ride, p.Start} {
		for _, r := range rides {
			for _, ride := range r {
				d.reach = max(d.reach, ride)
			}
		}
	}
	return d
}

// value bounds the weight at the present prices.
func (d *dual) value() (sum float64) {
	for i, price := range d.price {
		sum += price
		d.visits[i] = 0
	}
	for w := range d.p.Workers {
		sum += d.tour(w)
	}
	return sum
}

// tour finds the best tour of a worker and counts its visits. Labels are taken in order of their start, so that a later
// one at the same stop is of use only if it has gained more. A stop may come twice, which can only loosen the bound.
func (d *dual) tour(w int) (most float64) {
	d.labels, d.open, d.ended = d.labels[:0], d.open[:0], d.ended[:0]
	d.gain, d.from = math.Inf(-1), none
	for i := range d.best {
		d.best[i] = math.Inf(-1)
	}
	d.labels = append(d.labels, label{stop: none, before: none, start: d.p.Workers[w].Free})
	d.open.push(item{d.p.Workers[w].Free, 0})
	top := none
	for next := 0; len(d.open) > 0 || next < len(d.byTime); {
		if next < len(d.byTime) && (len(d.open) == 0 || d.ready[next] <= d.open[0].key) {
			d.arise(w, d.byTime[next])
			next++
			continue
		}
		at := d.open.pop().id
		l := d.labels[at]
		if l.stop != none {
			if l.gain <= d.best[l.stop] {
				continue
			}
			d.best[l.stop] = l.gain
		}
		if l.gain > most {
			top, most = at, l.gain
		}
		d.extend(w, at)
	}
	for ; top > 0; top = d.labels[top].before {
		d.visits[d.labels[top].stop]++
	}
	return most
}

// arise offers a stop that opens to all who have been idle so long that they can be there from wherever they are.
func (d *dual) arise(w, stop int) {
	ready := d.p.Stops[stop].Ready
	for len(d.ended) > 0 && d.ended[0].key+d.reach <= ready {
		at := d.ended.pop().id
		if d.labels[at].gain > d.gain {
			d.gain, d.from = d.labels[at].gain, at
		}
	}
	if d.from != none {
		d.add(w, stop, d.from, ready)
	}
}

// extend goes on to the stops of the next hour; the later ones are left to arise.
func (d *dual) extend(w, at int) {
	l := d.labels[at]
	end := l.start
	if l.stop != none {
		end += d.p.Stops[l.stop].Work
	}
	d.ended.push(item{end, at})
	for k := sort.SearchFloat64s(d.ready, end-d.wide); k < len(d.byTime) && d.ready[k] < end+d.reach; k++ {
		if s := d.byTime[k]; s != l.stop {
			d.add(w, s, at, end+d.p.ride(w, l.stop, s))
		}
	}
}

func (d *dual) add(w, stop, before int, arrive float64) {
	t := &d.p.Stops[stop]
	gain := d.labels[before].gain + t.Weight - d.price[stop]
	if d.grid > 0 {
		arrive = math.Floor(arrive/d.grid) * d.grid
	}
	start := max(arrive, t.Ready)
	if start > t.Due+tolerance || t.Weight <= d.price[stop] || !d.p.May[w][stop] || gain <= d.best[stop] {
		return
	}
	d.labels = append(d.labels, label{stop, before, start, gain})
	d.open.push(item{start, len(d.labels) - 1})
}

// item is a label in a heap by time.
type item struct {
	key float64
	id  int
}

type heap []item

func (h *heap) push(x item) {
	*h = append(*h, x)
	s := *h
	for i := len(s) - 1; i > 0; {
		up := (i - 1) / 2
		if !s[i].before(s[up]) {
			return
		}
		s[i], s[up] = s[up], s[i]
		i = up
	}
}

func (h *heap) pop() item {
	s := *h
	top, last := s[0], len(s)-1
	s[0] = s[last]
	s = s[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			break
		}
		if child+1 < last && s[child+1].before(s[child]) {
			child++
		}
		if !s[child].before(s[i]) {
			break
		}
		s[i], s[child] = s[child], s[i]
		i = child
	}
	*h = s
	return top
}

// before is by time, then by number: ties go the same way in every run.
func (a item) before(b item) bool { return a.key < b.key || a.key == b.key && a.id < b.id }
