package tour

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
)

// scatter makes a tiny day: stops and workers on a plane of side seconds.
func scatter(r *rand.Rand, workers, stops int) *Problem {
	const side, day = 900., 5400.
	place := func() [2]float64 { return [2]float64{r.Float64() * side, r.Float64() * side} }
	ride := func(a, b [2]float64) float64 { return math.Hypot(a[0]-b[0], a[1]-b[1]) }
	at := make([][2]float64, stops)
	p := &Problem{}
	for i := range at {
		at[i] = place()
		ready := r.Float64() * day
		p.Stops = append(p.Stops, Stop{Ready: ready, Due: ready + 900, Work: 600 + r.Float64()*1800, Weight: 1})
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
		p.Workers, p.Start, p.May = append(p.Workers, Worker{}), append(p.Start, start), append(p.May, may)
	}
	return p
}

func until(rounds int) func(int) float64 {
	return func(round int) float64 { return float64(round) / float64(rounds) }
}

// exact tries everything.
func exact(p *Problem) float64 {
	seen := make([]bool, len(p.Stops))
	var from func(w, last int, at float64) float64
	from = func(w, last int, at float64) (best float64) {
		if w == len(p.Workers) {
			return 0
		}
		if w+1 < len(p.Workers) {
			best = from(w+1, none, p.Workers[w+1].Free)
		}
		for s, stop := range p.Stops {
			start := max(at+p.ride(w, last, s), stop.Ready)
			if seen[s] || !p.May[w][s] || start > stop.Due {
				continue
			}
			seen[s] = true
			best = max(best, stop.Weight+from(w, s, start+stop.Work))
			seen[s] = false
		}
		return best
	}
	return from(0, none, p.Workers[0].Free)
}

func TestSolveFindsTheOptimum(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	met := 0
	const cases = 40
	for n := range cases {
		p := scatter(r, 1+n%3, 7)
		want := exact(p)
		a := Solve(p, r, until(400))
		weight, road, ok := p.Check(a.Tours)
		if !ok || weight != a.Weight || math.Abs(road-a.Road) > 1e-6 {
			t.Fatalf("case %d: %v answers %v and %v, checked %v and %v", n, a.Tours, a.Weight, a.Road, weight, road)
		}
		if reached := len(p.Stops) - len(a.Absent); float64(reached) != weight {
			t.Fatalf("case %d: %d in tours, %v in time", n, reached, weight)
		}
		if a.Weight > want {
			t.Fatalf("case %d: found %v, the optimum is %v", n, a.Weight, want)
		}
		if a.Weight == want {
			met++
		}
	}
	if met < cases*19/20 {
		t.Fatalf("of %d, %d optimal", cases, met)
	}
}

func TestSolveIsRepeatable(t *testing.T) {
	p := scatter(rand.New(rand.NewPCG(2, 2)), 4, 30)
	one := Solve(p, rand.New(rand.NewPCG(3, 3)), until(500))
	two := Solve(p, rand.New(rand.NewPCG(3, 3)), until(500))
	if !reflect.DeepEqual(one, two) {
		t.Fatalf("%v and %v", one, two)
	}
}

func TestCheckRefuses(t *testing.T) {
	p := scatter(rand.New(rand.NewPCG(4, 4)), 2, 3)
	p.May = [][]bool{{true, true, true}, {false, true, true}}
	for name, tours := range map[string][][]int{
		"twice in a tour": {{0, 1, 0}, nil},
		"in two tours":    {{1}, {1}},
		"who may not":     {nil, {0}},
	} {
		if _, _, ok := p.Check(tours); ok {
			t.Errorf("%s was accepted", name)
		}
	}
	if weight, _, ok := p.Check([][]int{{0}, nil}); !ok || weight > 1 {
		t.Errorf("one visit: %v, %v", weight, ok)
	}
}

func TestNothingToDo(t *testing.T) {
	for name, p := range map[string]*Problem{
		"no stops":   {Workers: []Worker{{}}, Start: [][]float64{{}}, May: [][]bool{{}}},
		"no workers": {Stops: []Stop{{Due: 1, Work: 1, Weight: 1}}, Ride: [][]float64{{0}}},
	} {
		a := Solve(p, rand.New(rand.NewPCG(5, 5)), until(3))
		if a.Weight != 0 || len(a.Absent) != len(p.Stops) {
			t.Errorf("%s: %v", name, a)
		}
	}
}
