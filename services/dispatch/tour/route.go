package tour

import "math"

// route is the tour of one worker with what makes an insertion a matter of constant time.
type route struct {
	worker int
	stops  []int
	start  []float64 // earliest begin of work
	latest []float64 // latest begin that keeps every later stop in its window, if it must be kept
	road   float64
	late   float64 // what lateness costs

	version int // of stops
	touched bool
	saved   []int // stops before the present round
	former  int   // their version
}

// refresh computes times after a change.
func (r *route) refresh(p *Problem) {
	n := len(r.stops)
	r.start, r.latest = sized(r.start, n), sized(r.latest, n)
	at, last := p.Workers[r.worker].Free, none
	r.road, r.late = 0, 0
	for i, s := range r.stops {
		ride := p.ride(r.worker, last, s)
		r.road += ride
		r.start[i] = max(at+ride, p.Stops[s].Ready)
		r.late += p.Stops[s].lateness(r.start[i])
		at, last = r.start[i]+p.Stops[s].Work, s
	}
	limit := math.Inf(1)
	for i := n - 1; i >= 0; i-- {
		s := r.stops[i]
		if i < n-1 {
			next := r.stops[i+1]
			limit = r.latest[i+1] - p.Ride[s][next] - p.Stops[s].Work
		}
		if r.latest[i] = limit; p.Stops[s].Late == 0 {
			r.latest[i] = min(p.Stops[s].Due, limit)
		}
	}
}

// first is the earliest position whose stop begins after the window of s has opened: only from there on can s go before.
func (r *route) first(ready float64) int {
	lo, hi := 0, len(r.stops)
	for lo < hi {
		mid := (lo + hi) / 2
		if r.latest[mid] < ready {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// insertion answers what it costs to put s before position i: seconds on the road more, and part of the delay of what
// follows. Infinite: it cannot.
func (r *route) insertion(p *Problem, s, i int) float64 {
	stop := &p.Stops[s]
	at, last := p.Workers[r.worker].Free, none
	if i > 0 {
		last = r.stops[i-1]
		at = r.start[i-1] + p.Stops[last].Work
	}
	there := p.ride(r.worker, last, s)
	start := max(at+there, stop.Ready)
	if start > stop.Due && stop.Late == 0 {
		return math.Inf(1)
	}
	late := stop.lateness(start)
	if i == len(r.stops) {
		return there + late
	}
	next := r.stops[i]
	on := p.Ride[s][next]
	begin := start + stop.Work + on
	if begin > r.latest[i] {
		return math.Inf(1)
	}
	return there + on - p.ride(r.worker, last, next) + push*max(0, begin-r.start[i]) + late + r.delay(p, i, begin)
}

// delay is what it costs in lateness when the stop at position i begins at another time, and what follows with it.
func (r *route) delay(p *Problem, i int, begin float64) (cost float64) {
	for ; begin > r.start[i]; i++ {
		s := r.stops[i]
		if stop := &p.Stops[s]; stop.Late > 0 {
			cost += stop.lateness(begin) - stop.lateness(r.start[i])
		}
		if i+1 == len(r.stops) {
			break
		}
		next := r.stops[i+1]
		begin = max(begin+p.Stops[s].Work+p.Ride[s][next], p.Stops[next].Ready)
	}
	return cost
}

// push is what a second of delay of the next stop counts beside a second on the road: room that is kept can be used.
const push = .2

// best is the cheapest position for s.
func (r *route) best(p *Problem, s int) (at int, cost float64) {
	at, cost = none, math.Inf(1)
	due := p.Stops[s].Due
	if p.Stops[s].Late > 0 {
		due = math.Inf(1)
	}
	for i := r.first(p.Stops[s].Ready); i <= len(r.stops); i++ {
		if i > 0 && r.start[i-1] > due {
			break
		}
		if c := r.insertion(p, s, i); c < cost {
			at, cost = i, c
		}
	}
	return at, cost
}

func sized(old []float64, n int) []float64 {
	if cap(old) < n {
		return make([]float64, n, 2*n)
	}
	return old[:n]
}
