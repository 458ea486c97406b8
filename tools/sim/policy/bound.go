package policy

import (
	"github.com/linlihub/linli/services/dispatch/tour"

	"github.com/linlihub/linli/tools/sim/world"
)

// boundRounds is how often the prices of the bound are improved. More change the fourth digit.
const boundRounds = 80

// Bound answers a share of tickets in time that nobody can exceed on a day, whatever they know.
func Bound(d world.Day) float64 {
	p := Problem(d)
	for i := range p.Stops {
		p.Stops[i].Weight = 1
	}
	n := float64(max(1, len(d.Tickets)))
	return min(1, tour.Bound(p, n*guess, boundRounds)/n)
}

// guess of what can be reached only sets the length of the steps.
const guess = .95
