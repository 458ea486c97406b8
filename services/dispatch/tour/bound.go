package tour

import "math"

// Bound answers a weight that no tours whatever can exceed, and so no policy. It is the Lagrangian dual of "each stop is
// visited once": with a price per stop every worker takes the best tour for themselves, and the sum of their gains and
// all prices bounds the weight whatever the prices are; a subgradient method improves them. Its limit is the bound of
// column generation over tours (Geoffrion, Mathematical Programming Study 2, 1974), without a linear program.
// reached is the weight of a known answer; it only guides the steps.
func Bound(p *Problem, reached float64, rounds int) float64 {
	d := newDual(p)
	best, step, stale := math.Inf(1), 1., 0
	prices := make([]float64, len(p.Stops))
	slope := make([]float64, len(p.Stops))
	for range rounds {
		value := d.value()
		if value < best-1e-9 {
			best, stale = value, 0
			copy(prices, d.price)
		} else if stale++; stale >= 8 {
			step, stale = step*.7, 0
		}
		norm := 0.
		for i := range slope {
			slope[i] = .6*slope[i] + float64(d.visits[i]) - 1
			if d.price[i] == 0 && slope[i] < 0 {
				slope[i] = 0
			}
			norm += slope[i] * slope[i]
		}
		if norm == 0 || best-reached < 1e-6 || step < 1e-4 {
			break
		}
		by := step * max(.5, value-reached) / norm
		for i := range slope {
			d.price[i] = min(p.Stops[i].Weight, max(0, d.price[i]+by*slope[i]))
		}
	}
	// The prices were found on a grid of time; what they are worth is told without it.
	d.grid = 0
	copy(d.price, prices)
	return d.value()
}
