package bound

import "math/rand/v2"

// The auction: what a bid lifts a price by at first, for how many passes, and how that falls afterwards; the share of a
// pass in the mean of prices.
const (
	firstRaise = .1
	warm       = 6
	calm       = .96
	memory     = .2
)

// auction finds prices without a linear program: worker after worker takes the best tour at the present prices and lifts
// those of its stops, and all prices fall a little, so that a stop that one worker takes keeps its price (the incremental
// subgradient method: Nedić and Bertsekas 2001). It answers the mean of late prices and the tours of the last passes.
func (d *day) auction(passes int, r *rand.Rand) (mean []float64, tours []Tour) {
	prices := d.guess()
	mean = append(mean, prices...)
	gains := make([]float64, len(prices))
	workers := r.Perm(len(d.p.Workers))
	by := firstRaise
	for pass := range passes {
		r.Shuffle(len(workers), func(i, j int) { workers[i], workers[j] = workers[j], workers[i] })
		for _, w := range workers {
			t, ok := d.bid(w, prices, gains)
			for i := range prices {
				prices[i] -= by / float64(len(workers))
			}
			for _, i := range t.Stops {
				prices[i] += by
			}
			for i, s := range d.p.Stops {
				prices[i] = min(s.Weight, max(0, prices[i]))
			}
			if ok && pass >= passes*2/3 {
				tours = append(tours, t)
			}
		}
		for i := range mean {
			mean[i] += memory * (prices[i] - mean[i])
		}
		if pass >= warm {
			by *= calm
		}
	}
	return mean, d.fresh(tours)
}

// guess is the price at which a stop costs what its time is worth.
func (d *day) guess() []float64 {
	prices := make([]float64, len(d.p.Stops))
	for i, s := range d.p.Stops {
		prices[i] = min(s.Weight, (s.Work+300)/3000)
	}
	return prices
}

// bid is the best tour of a worker at prices.
func (d *day) bid(w int, prices, gains []float64) (Tour, bool) {
	for i, s := range d.p.Stops {
		gains[i] = s.Weight - prices[i]
	}
	c := d.crewOf[w]
	c.price(gains)
	best := c.best(w, 1, gains)
	if len(best) == 0 {
		return Tour{}, false
	}
	return d.tour(w, c.stops(best[0], gains)), true
}
