// Package boundtest makes days that are so small that they can be solved exactly.
package boundtest

import (
	"math"
	"math/rand/v2"

	"github.com/linlihub/linli/services/dispatch/tour"
)

// Scatter makes stops and workers on a plane of side seconds, in a day so short that not all can be reached.
func Scatter(r *rand.Rand, workers, stops int) *tour.Problem {
	const side, window = 900., 900.
	day := 770 * float64(stops) / float64(workers)
	place := func() [2]float64 { return [2]float64{r.Float64() * side, r.Float64() * side} }
	ride := func(a, b [2]float64) float64 { return math.Hypot(a[0]-b[0], a[1]-b[1]) }
	at := make([][2]float64, stops)
	p := &tour.Problem{}
	for i := range at {
		at[i] = place()
		ready := r.Float64() * day
		p.Stops = append(p.Stops, tour.Stop{Ready: ready, Due: ready + window, Work: 300 + r.Float64()*2100, Weight: 1})
	}
	for i := range at {
		rides := make([]float64, stops)
		for j := range at {
			rides[j] = ride(at[i], at[j])
		}
		p.Ride = append(p.Ride, rides)
	}
	for range workers {
		from, start, may := place(), make([]float64, stops), make([]bool, stops)
		for i := range at {
			start[i], may[i] = ride(from, at[i]), r.Float64() < .6
		}
		p.Workers, p.Start, p.May = append(p.Workers, tour.Worker{}), append(p.Start, start), append(p.May, may)
	}
	return p
}
