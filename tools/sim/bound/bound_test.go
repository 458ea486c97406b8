package bound_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/linlihub/linli/services/dispatch/tour"

	"github.com/linlihub/linli/tools/sim/bound"
	"github.com/linlihub/linli/tools/sim/bound/boundtest"
)

// exact tries everything.
func exact(p *tour.Problem) float64 {
	seen := make([]bool, len(p.Stops))
	var from func(w, last int, at float64) float64
	from = func(w, last int, at float64) (best float64) {
		if w == len(p.Workers) {
			return 0
		}
		if w+1 < len(p.Workers) {
			best = from(w+1, -1, p.Workers[w+1].Free)
		}
		for s, stop := range p.Stops {
			ride := p.Start[w][s]
			if last >= 0 {
				ride = p.Ride[last][s]
			}
			start := max(at+ride, stop.Ready)
			if seen[s] || !p.May[w][s] || start > stop.Due {
				continue
			}
			seen[s] = true
			best = max(best, stop.Weight+from(w, s, start+stop.Work))
			seen[s] = false
		}
		return best
	}
	return from(0, -1, p.Workers[0].Free)
}

// Without a market the auction alone must hold, and be near.
func TestNothingIsAboveTheBound(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	const cases = 60
	tight := 0
	for n := range cases {
		p := boundtest.Scatter(r, 1+n%3, 7)
		want := exact(p)
		got, tours, err := bound.Find(p, nil, 60, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got.Upper < want-1e-6 {
			t.Fatalf("case %d: the optimum is %v, the bound %v", n, want, got.Upper)
		}
		if math.Floor(got.Upper+1e-6) == want {
			tight++
		}
		for _, one := range tours {
			seen := map[int]bool{}
			for _, s := range one.Stops {
				if seen[s] || !p.May[one.Worker][s] {
					t.Fatalf("case %d: %+v visits %d twice or may not", n, one, s)
				}
				seen[s] = true
			}
		}
	}
	if tight < cases*2/3 {
		t.Errorf("of %d bounds %d are tight", cases, tight)
	}
}

func TestADetourThatIsQuickerIsRefused(t *testing.T) {
	p := boundtest.Scatter(rand.New(rand.NewPCG(2, 2)), 2, 3)
	p.Ride[0][2] = 1e6
	if _, _, err := bound.Find(p, nil, 5, nil, nil); !errors.Is(err, bound.ErrTriangle) {
		t.Errorf("answered %v", err)
	}
}

func TestNothingToDoIsBoundByNothing(t *testing.T) {
	for name, p := range map[string]*tour.Problem{
		"no stops":   {Workers: []tour.Worker{{}}, Start: [][]float64{{}}, May: [][]bool{{}}},
		"no workers": {Stops: []tour.Stop{{Ready: 0, Due: 1, Work: 1, Weight: 1}}, Ride: [][]float64{{0}}},
		"nobody may": {
			Stops: []tour.Stop{{Ready: 0, Due: 1, Work: 1, Weight: 1}}, Ride: [][]float64{{0}},
			Workers: []tour.Worker{{}}, Start: [][]float64{{0}}, May: [][]bool{{false}},
		},
	} {
		got, _, err := bound.Find(p, nil, 400, nil, nil)
		if err != nil || got.Upper > .5 {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}
