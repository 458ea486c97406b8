package assign

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

var inf = math.Inf(1)

func TestSolve(t *testing.T) {
	for name, c := range map[string]struct {
		rows, cols int
		cost       []float64
		out        []int
		total      float64
		ok         bool
	}{
		"nothing":                    {0, 0, nil, []int{}, 0, true},
		"no columns":                 {2, 0, nil, []int{-1, -1}, 0, true},
		"no rows":                    {0, 2, nil, []int{}, 0, true},
		"one":                        {1, 1, []float64{7}, []int{0}, 7, true},
		"greed would cost 101":       {2, 2, []float64{1, 2, 1, 100}, []int{1, 0}, 3, true},
		"the second gives way":       {3, 3, []float64{4, 1, 3, 2, 0, 5, 3, 2, 2}, []int{1, 0, 2}, 5, true},
		"more columns than rows":     {2, 4, []float64{9, 9, 2, 1, 9, 9, 9, 1}, []int{2, 3}, 3, true},
		"more rows than columns":     {3, 1, []float64{5, 3, 4}, []int{-1, 0, -1}, 3, true},
		"negative costs":             {2, 2, []float64{-5, -6, -5, -9}, []int{0, 1}, -14, true},
		"the forbidden is avoided":   {2, 2, []float64{1, inf, 1, 2}, []int{0, 1}, 3, true},
		"a row without a way":        {2, 2, []float64{inf, inf, 1, 2}, []int{-1, -1}, 0, false},
		"two rows, one way":          {2, 3, []float64{1, inf, inf, 2, inf, inf}, []int{-1, -1}, 0, false},
		"a forbidden spare row":      {2, 1, []float64{inf, 2}, []int{-1, 0}, 2, true},
		"not a number is refused":    {1, 2, []float64{math.NaN(), 1}, []int{-1}, 0, false},
		"minus infinity is refused":  {1, 2, []float64{-inf, 1}, []int{-1}, 0, false},
		"equal costs: lowest first":  {1, 3, []float64{2, 2, 2}, []int{0}, 2, true},
		"equal costs: each its own":  {3, 3, []float64{2, 2, 2, 2, 2, 2, 2, 2, 2}, nil, 6, true},
		"zero everywhere, one loses": {3, 2, make([]float64, 6), nil, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			var s Solver
			out := make([]int, c.rows)
			total, ok := s.Solve(c.cost, c.rows, c.cols, out)
			if ok != c.ok || total != c.total {
				t.Fatalf("total %v, %v; want %v, %v", total, ok, c.total, c.ok)
			}
			if c.out != nil && !slices.Equal(out, c.out) {
				t.Fatalf("out %v, want %v", out, c.out)
			}
		})
	}
}

func TestSolvePanicsOnShortSlices(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Fatal("no panic")
		}
	}()
	new(Solver).Solve([]float64{1}, 1, 2, make([]int, 1))
}

// TestSolveAgainstBruteForce compares with all permutations, forbidden pairs and ties included.
func TestSolveAgainstBruteForce(t *testing.T) {
	var s Solver // shared, so that a dirty workspace would show
	rapid.Check(t, func(t *rapid.T) {
		rows, cols := rapid.IntRange(0, 6).Draw(t, "rows"), rapid.IntRange(0, 6).Draw(t, "cols")
		cell := rapid.OneOf(rapid.Float64Range(-1e6, 1e6), rapid.Map(rapid.IntRange(-3, 3), asFloat), rapid.Just(inf))
		cost := rapid.SliceOfN(cell, rows*cols, rows*cols).Draw(t, "cost")
		compare(t, &s, cost, rows, cols)
	})
}

func asFloat(n int) float64 { return float64(n) }

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func compare(t failer, s *Solver, cost []float64, rows, cols int) {
	t.Helper()
	out := make([]int, rows)
	total, ok := s.Solve(cost, rows, cols, out)
	best := bruteForce(cost, rows, cols)
	if ok != !math.IsInf(best, 1) {
		t.Fatalf("ok = %v, the best of all is %v", ok, best)
	}
	if !ok {
		return
	}
	if math.Abs(total-best) > 1e-6 {
		t.Fatalf("total %v, the best of all is %v", total, best)
	}
	checkShape(t, cost, rows, cols, out, total)
}

func checkShape(t failer, cost []float64, rows, cols int, out []int, total float64) {
	t.Helper()
	used, sum := map[int]bool{}, 0.0
	for i, j := range out {
		if j == none {
			continue
		}
		if j < 0 || j >= cols || used[j] {
			t.Fatalf("row %d has column %d twice or nowhere: %v", i, j, out)
		}
		used[j], sum = true, sum+cost[i*cols+j]
	}
	if len(used) != min(rows, cols) || sum != total {
		t.Fatalf("%d pairs at %v, want %d at %v", len(used), sum, min(rows, cols), total)
	}
}

// bruteForce tries every way; +Inf when none is allowed.
func bruteForce(cost []float64, rows, cols int) float64 {
	used, spare := make([]bool, cols), max(0, rows-cols)
	var try func(i, spare int) float64
	try = func(i, spare int) float64 {
		if i == rows {
			return 0
		}
		best := inf
		if spare > 0 {
			best = try(i+1, spare-1)
		}
		for j := range cols {
			if c := cost[i*cols+j]; !used[j] && c < inf {
				used[j] = true
				best = min(best, c+try(i+1, spare))
				used[j] = false
			}
		}
		return best
	}
	return try(0, spare)
}

// TestSolveIsOptimalByDuality proves large answers optimal without a second solver: prices that are feasible and tight
// on the chosen pairs are a certificate (complementary slackness).
func TestSolveIsOptimalByDuality(t *testing.T) {
	var s Solver
	for name, c := range map[string]struct {
		rows, cols int
		cost       func(r *rand.Rand, i, j int) float64
	}{
		"uniform 50×200":   {50, 200, uniform},
		"uniform 200×200":  {200, 200, uniform},
		"few values":       {120, 150, func(r *rand.Rand, _, _ int) float64 { return float64(r.IntN(4)) }},
		"product (hard)":   {150, 150, func(_ *rand.Rand, i, j int) float64 { return float64((i + 1) * (j + 1)) }},
		"half forbidden":   {80, 200, halfForbidden},
		"gains or nothing": {50, 200, gainOrNothing},
		"map":              {50, 200, near()},
		"map, flipped":     {200, 50, near()},
		"wide range":       {60, 90, func(r *rand.Rand, _, _ int) float64 { return math.Exp(20 * r.Float64()) }},
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			for range 5 {
				checkDuality(t, &s, instance(r, c.rows, c.cols, c.cost), c.rows, c.cols)
			}
		})
	}
}

func checkDuality(t failer, s *Solver, cost []float64, rows, cols int) {
	t.Helper()
	out := make([]int, rows)
	total, ok := s.Solve(cost, rows, cols, out)
	if !ok {
		t.Fatalf("no answer")
	}
	checkShape(t, cost, rows, cols, out, total)
	if rows > cols { // the prices are those of the rows: look at it transposed
		cost, cols, out = s.flipped, rows, s.colOf
	}
	scale := 0.0
	for _, c := range cost {
		if c < inf {
			scale = max(scale, math.Abs(c))
		}
	}
	slack := 1e-9 * max(scale, 1)
	for j, p := range s.price {
		if p > slack || s.rowOf[j] == none && p != 0 {
			t.Fatalf("column %d, row %d, has price %v", j, s.rowOf[j], p)
		}
	}
	for i, mine := range out {
		u := cost[i*cols+mine] - s.price[mine]
		for j := range cols {
			if cost[i*cols+j]-s.price[j] < u-slack {
				t.Fatalf("row %d would rather have %d than %d", i, j, mine)
			}
		}
	}
}

func TestSolveAllocatesNothingAfterWarmUp(t *testing.T) {
	var s Solver
	r := rand.New(rand.NewPCG(3, 4))
	wide, tall, out := instance(r, 50, 200, uniform), instance(r, 200, 50, uniform), make([]int, 200)
	if n := testing.AllocsPerRun(20, func() {
		s.Solve(wide, 50, 200, out)
		s.Solve(tall, 200, 50, out)
	}); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}

func FuzzSolve(f *testing.F) {
	f.Add(uint8(2), uint8(2), []byte{1, 2, 1, 100})
	f.Add(uint8(3), uint8(2), []byte{127, 127, 1, 2, 3, 4})
	f.Add(uint8(2), uint8(5), []byte{0, 0, 0, 0, 0, 129, 1, 1, 1, 1})
	f.Fuzz(func(t *testing.T, rows, cols uint8, data []byte) {
		n, m := int(rows%6), int(cols%6)
		cost := make([]float64, n*m)
		for k := range cost {
			cost[k] = inf
			if k < len(data) && data[k] != 127 {
				cost[k] = float64(int8(data[k])) / 8
			}
		}
		compare(t, new(Solver), cost, n, m)
	})
}

func instance(r *rand.Rand, rows, cols int, cell func(r *rand.Rand, i, j int) float64) []float64 {
	cost := make([]float64, rows*cols)
	for k := range cost {
		cost[k] = cell(r, k/cols, k%cols)
	}
	return cost
}

func uniform(r *rand.Rand, _, _ int) float64 { return r.Float64() * 3600 }

// gainOrNothing is what the planner asks: what a pair saves over leaving the ticket, or zero.
func gainOrNothing(r *rand.Rand, _, _ int) float64 { return min(0, r.Float64()*9000-6000) }

func halfForbidden(r *rand.Rand, _, _ int) float64 {
	if r.IntN(2) == 0 {
		return inf
	}
	return r.Float64() * 3600
}

// near has technicians and homes on a map of 12 × 12 km: costs alike along rows and columns, harder than uniform ones.
func near() func(r *rand.Rand, i, j int) float64 {
	where := map[int][2]float64{}
	at := func(r *rand.Rand, k int) [2]float64 {
		if _, known := where[k]; !known {
			where[k] = [2]float64{r.Float64() * 12, r.Float64() * 12}
		}
		return where[k]
	}
	return func(r *rand.Rand, i, j int) float64 {
		a, b := at(r, -1-i), at(r, j)
		return math.Hypot(a[0]-b[0], a[1]-b[1])*187 + float64(i%5)*300 // the latter: until when they are busy
	}
}

func BenchmarkSolve(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, c := range []struct {
		name       string
		rows, cols int
		cost       func(r *rand.Rand, i, j int) float64
	}{
		{"uniform/50x200", 50, 200, uniform},
		{"map/50x200", 50, 200, near()},
		{"gains/50x200", 50, 200, gainOrNothing},
		{"map/200x50", 200, 50, near()},
		{"map/200x200", 200, 200, near()},
		{"map/50x5000", 50, 5000, near()},
	} {
		var cases [8][]float64
		for k := range cases {
			cases[k] = instance(r, c.rows, c.cols, c.cost)
		}
		b.Run(c.name, func(b *testing.B) {
			var s Solver
			out := make([]int, c.rows)
			b.ReportAllocs()
			for k := 0; b.Loop(); k++ {
				if _, ok := s.Solve(cases[k%len(cases)], c.rows, c.cols, out); !ok {
					b.Fatal("no answer")
				}
			}
		})
	}
}
