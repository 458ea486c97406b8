package policy

import (
	"testing"
	"time"

	"github.com/linlihub/linli/tools/sim/world"
)

func day(seed uint64) world.Day {
	s := world.Standard(18, seed)
	s.Technicians, s.SideKM, s.Hours = 8, 6, 5
	return world.Make(s)
}

func kept(d world.Day, s world.Served) (n float64) {
	for i, at := range s.Arrived {
		if at <= d.Tickets[i].Opened+d.Spec.PromiseInSecs+1e-6 {
			n++
		}
	}
	return n / float64(len(s.Arrived))
}

// steps is a clock that goes on by a second whenever it is looked at: hindsight then makes so many rounds.
func steps() func() time.Time {
	var now time.Time
	return func() time.Time { now = now.Add(time.Second); return now }
}

// The order that holds by construction, policy ≤ bound, and the one that all the work is for.
func TestPoliciesStandInOrder(t *testing.T) {
	var ours, greedy, hindsight, bound float64
	for seed := range uint64(4) {
		d := day(seed)
		proven, err := Bound(d, nil, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		most := proven.Upper / float64(len(d.Tickets))
		for name, sum := range map[string]*float64{"ours": &ours, "greedy": &greedy} {
			s, err := Live(name, d, steps())
			if err != nil {
				t.Fatal(err)
			}
			share := kept(d, s)
			if share > most+1e-9 {
				t.Errorf("seed %d: %s keeps %v, the bound is %v", seed, name, share, most)
			}
			*sum += share
		}
		known := kept(d, Known(d, Hindsight(d, 800*time.Second, steps())))
		if known > most+1e-9 {
			t.Errorf("seed %d: hindsight keeps %v, the bound is %v", seed, known, most)
		}
		hindsight, bound = hindsight+known, bound+most
	}
	if ours < 1.05*greedy || hindsight < ours {
		t.Errorf("greedy %v, ours %v, hindsight %v, bound %v", greedy, ours, hindsight, bound)
	}
}

func TestLiveRefusesAnUnknownName(t *testing.T) {
	if _, err := Live("guess", day(1), steps()); err == nil {
		t.Error("accepted")
	}
}
