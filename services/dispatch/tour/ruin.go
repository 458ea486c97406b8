package tour

import (
	"cmp"
	"slices"
)

// ruin takes strings of neighbouring stops out of several tours around a stop chosen at random: what is left has room in
// the same region and hour.
func (s *search) ruin() {
	if len(s.p.Stops) == 0 {
		return
	}
	seed := s.rand.IntN(len(s.p.Stops))
	if len(s.absent) > 0 && s.rand.Float64() < .5 {
		seed = s.absent[s.rand.IntN(len(s.absent))] // room where it is missing
	}
	long := 1 + s.rand.IntN(longest)
	strings := 1 + s.rand.IntN(max(1, 4*removed/(1+long)-1))
	for _, stop := range s.near[seed] {
		w := s.home[stop]
		if w == none || s.routes[w].touched {
			continue
		}
		s.touch(w)
		s.cut(w, stop, min(long, len(s.routes[w].stops)))
		if strings--; strings <= 0 {
			return
		}
	}
}

// cut removes a string of a length that contains the stop.
func (s *search) cut(w, stop, length int) {
	r := &s.routes[w]
	at := slices.Index(r.stops, stop)
	length = 1 + s.rand.IntN(length)
	low, high := max(0, at-length+1), min(at, len(r.stops)-length)
	from := low + s.rand.IntN(high-low+1)
	for _, gone := range r.stops[from : from+length] {
		s.home[gone] = none
		s.absent = append(s.absent, gone)
	}
	r.stops = slices.Delete(r.stops, from, from+length)
	s.renew(w)
}

// recreate puts back whatever finds room, each at its cheapest position, in one of several orders.
func (s *search) recreate() {
	s.order()
	left := s.absent[:0]
	for _, stop := range s.absent {
		if !s.place(stop) {
			left = append(left, stop)
		}
	}
	s.absent = left
}

func (s *search) order() {
	s.rand.Shuffle(len(s.absent), func(i, j int) { s.absent[i], s.absent[j] = s.absent[j], s.absent[i] })
	var key func(*Stop) float64
	switch s.rand.IntN(8) {
	case 0, 1:
		key = func(t *Stop) float64 { return t.Due }
	case 2, 3:
		key = func(t *Stop) float64 { return t.Work }
	case 4:
		key = func(t *Stop) float64 { return -t.Work }
	default:
		key = func(t *Stop) float64 { return -t.Weight } // else as shuffled
	}
	slices.SortStableFunc(s.absent, func(a, b int) int { return cmp.Compare(key(&s.p.Stops[a]), key(&s.p.Stops[b])) })
}

// place inserts a stop where it costs least; now and then a position is overlooked, which keeps the search from circles.
func (s *search) place(stop int) bool {
	where, at, least := none, none, s.p.Stops[stop].Weight*s.p.price()
	for _, w := range s.able[stop] {
		o := &s.offers[stop][w]
		if r := &s.routes[w]; o.version != r.version {
			o.at, o.cost = r.best(s.p, stop)
			o.version = r.version
		}
		if o.cost < least && s.rand.Float64() >= blinkShare {
			where, at, least = w, o.at, o.cost
		}
	}
	if where == none {
		return false
	}
	s.touch(where)
	r := &s.routes[where]
	r.stops = slices.Insert(r.stops, at, stop)
	s.renew(where)
	s.home[stop] = where
	return true
}
