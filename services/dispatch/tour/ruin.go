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
		if w == none {
			continue
		}
		if _, ruined := s.saved[w]; ruined {
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
	r.refresh(s.p)
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
	for w := range s.routes {
		if !s.p.May[w][stop] {
			continue
		}
		if i, cost := s.routes[w].best(s.p, stop, s.blink); cost < least {
			where, at, least = w, i, cost
		}
	}
	if where == none {
		return false
	}
	s.touch(where)
	s.routes[where].insert(s.p, stop, at)
	s.home[stop] = where
	return true
}

func (s *search) blink() bool { return s.rand.Float64() < blinkShare }
