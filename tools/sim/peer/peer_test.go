package peer_test

import (
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/linlihub/linli/services/dispatch/tour"

	"github.com/linlihub/linli/tools/sim/bound"
	"github.com/linlihub/linli/tools/sim/bound/boundtest"
	"github.com/linlihub/linli/tools/sim/peer"
)

// need skips loudly where the peers are not installed, and fails where they must be.
func need(t *testing.T) {
	t.Helper()
	switch {
	case peer.Installed(t.Context()):
	case os.Getenv("LINLI_REQUIRE_PARTS") != "":
		t.Fatal("the peers are not installed: make peers")
	default:
		t.Skip("NOT TESTED: OR-tools, PyVRP, VROOM and HiGHS are not installed; make peers does that")
	}
}

// Five technicians and twenty tickets: what is found never exceeds the optimum of an independent program, nor that the bound.
func TestTheOptimumLiesBetweenToursAndBound(t *testing.T) {
	need(t)
	r := rand.New(rand.NewPCG(20, 5))
	const cases = 6
	found, tight := 0., 0
	optima := 0.
	for n := range cases {
		p := boundtest.Scatter(r, 5, 20)
		best, err := peer.Exact(t.Context(), p)
		if err != nil || !best.Proven {
			t.Fatalf("case %d: %+v, %v", n, best, err)
		}
		weight, _, ok := p.Check(best.Tours)
		if !ok || math.Abs(weight-best.Weight) > 1e-6 {
			t.Fatalf("case %d: the program says %v, its tours reach %v, %v", n, best.Weight, weight, ok)
		}
		ours := tour.Solve(p, r, func(round int) float64 { return float64(round) / 4000 })
		m, err := peer.NewMarket(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		most, _, err := bound.Find(p, ours.Tours, 40, m, func(bound.Progress) bool { return false })
		if closed := m.Close(); err != nil || closed != nil {
			t.Fatal(err, closed)
		}
		if ours.Weight > best.Weight+1e-6 || most.Upper < best.Weight-1e-6 {
			t.Fatalf("case %d: found %v, optimum %v, bound %v", n, ours.Weight, best.Weight, most.Upper)
		}
		if math.Floor(most.Upper+1e-6) == math.Round(best.Weight) {
			tight++
		}
		found, optima = found+ours.Weight, optima+best.Weight
		t.Logf("found %v, optimum %v, bound %.3f after %d rounds", ours.Weight, best.Weight, most.Upper, most.Round)
	}
	if found < .98*optima || tight < cases/2 {
		t.Errorf("found %v of %v; %d of %d bounds are tight", found, optima, tight, cases)
	}
}

// Tours of every peer are tours by our own rules, and worth having.
func TestPeersFindTours(t *testing.T) {
	need(t)
	p := boundtest.Scatter(rand.New(rand.NewPCG(7, 7)), 5, 20)
	best, err := peer.Exact(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	for _, solver := range peer.Solvers() {
		for _, late := range []float64{0, 1} {
			for i := range p.Stops {
				p.Stops[i].Late = late
			}
			a, err := peer.Solve(t.Context(), solver, 1, p)
			if err != nil || len(a.Tours) == 0 {
				t.Fatalf("%s: %d answers, %v", solver, len(a.Tours), err)
			}
			most := 0.
			for _, tours := range a.Tours {
				weight, _, ok := p.Check(tours)
				if !ok {
					t.Fatalf("%s: %v are no tours", solver, tours)
				}
				most = max(most, weight)
			}
			if late == 0 && (most > best.Weight || most < .9*best.Weight) {
				t.Errorf("%s reaches %v, the optimum is %v", solver, most, best.Weight)
			}
			t.Logf("%s, late %v: %v of %v in time, %.2f s", solver, late, most, best.Weight, a.Took)
		}
	}
}
