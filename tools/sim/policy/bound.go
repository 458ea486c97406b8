package policy

import (
	"github.com/linlihub/linli/services/dispatch/tour"

	"github.com/linlihub/linli/tools/sim/bound"
	"github.com/linlihub/linli/tools/sim/world"
)

// passes of the auction with which the search for a bound begins.
const passes = 100

// Plain is the day with everything known ahead and all tickets alike: what is counted is how many are reached in time.
func Plain(d world.Day) *tour.Problem {
	p := Problem(d)
	for i := range p.Stops {
		p.Stops[i].Weight = 1
	}
	return p
}

// Bound answers how many tickets of a day nobody can exceed in time, whatever they know. known are tours that somebody
// found; without a market the bound is that of the auction.
func Bound(d world.Day, known [][]int, m bound.Market, stop func(bound.Progress) bool) (bound.Progress, error) {
	got, _, err := bound.Find(Plain(d), known, passes, m, stop)
	return got, err
}
