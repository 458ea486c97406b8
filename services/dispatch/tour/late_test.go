package tour

import (
	"math"
	"math/rand/v2"
	"testing"
)

// cheapest tries everything when each stop may be late, at a cost.
func cheapest(p *Problem) float64 {
	seen := make([]bool, len(p.Stops))
	tours := make([][]int, len(p.Workers))
	best := math.Inf(1)
	var from func(w int)
	from = func(w int) {
		if w == len(p.Workers) {
			if cost, ok := p.Cost(tours); ok {
				best = min(best, cost)
			}
			return
		}
		from(w + 1)
		for s := range p.Stops {
			if seen[s] || !p.May[w][s] {
				continue
			}
			seen[s] = true
			tours[w] = append(tours[w], s)
			from(w)
			tours[w] = tours[w][:len(tours[w])-1]
			seen[s] = false
		}
	}
	from(0)
	return best
}

func TestSolveFindsTheLeastLateness(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	met := 0
	const cases = 20
	for n := range cases {
		p := scatter(r, 2, 6)
		for i := range p.Stops {
			p.Stops[i].Ready, p.Stops[i].Due = 0, 600
			p.Stops[i].Late, p.Stops[i].Weight = float64(1+i%3), 20
		}
		want := cheapest(p)
		a := Solve(p, r, until(600))
		got, ok := p.Cost(a.Tours)
		if !ok || got < want-1e-6 {
			t.Fatalf("case %d: found %v at %v, %v; the least is %v", n, a.Tours, got, ok, want)
		}
		if got < want+1e-6 {
			met++
		}
	}
	if met < cases*9/10 {
		t.Errorf("of %d, %d are the cheapest", cases, met)
	}
}
