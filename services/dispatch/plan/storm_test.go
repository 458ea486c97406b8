package plan

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestReckonIsTheTotalOfWhatIsPromised holds the short reckoning of a pair against the one that explains it.
func TestReckonIsTheTotalOfWhatIsPromised(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := anyView(t)
		v.Forecast = forecast(rapid.Float64Range(0, 100).Draw(t, "rate"))
		p := newPlanner(v, now)
		price := rapid.Float64Range(0, 2).Draw(t, "price")
		for _, task := range p.tasks(v.Jobs) {
			for _, s := range p.slots {
				s.price = price
				o, ok := p.promised(task, s)
				total, can := p.reckon(task, s, p.policy.Travel.Between(s.free.place, task.Place).Seconds())
				if ok != can || ok && total != o.Total() {
					t.Fatalf("%s by %s: %v, %v; in parts %v, %v", task.ID, s.ID, total, can, o.Total(), ok)
				}
			}
		}
	})
}

// TestAStormIsDecidedAsIfAllWereLookedAt compares the assignment of the worthwhile with that of all.
func TestAStormIsDecidedAsIfAllWereLookedAt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tasks, n := rapid.IntRange(0, 40).Draw(t, "tasks"), rapid.IntRange(1, 5).Draw(t, "slots")
		costs := rapid.SliceOfN(rapid.Float64Range(-100, 0), tasks*n, tasks*n).Draw(t, "costs")
		p := &planner{}
		all, total := make([]int, tasks), 0.
		if tasks > 0 {
			total, _ = p.solver.Solve(costs, tasks, n, all)
		}
		rows := worthwhile(costs, tasks, n)
		var few []float64
		for _, i := range rows {
			few = append(few, costs[i*n:][:n]...)
		}
		best, _ := p.solver.Solve(few, len(rows), n, make([]int, len(rows)))
		if best-total > 1e-6 || total-best > 1e-6 {
			t.Fatalf("%v of %d tasks cost %v, all cost %v", rows, tasks, best, total)
		}
	})
}

// TestAPromisingPlanDoesNotDependOnTheOrder is what a storm is decided by, with a forecast.
func TestAPromisingPlanDoesNotDependOnTheOrder(t *testing.T) {
	v := crowded(400, 20)
	out := Plan(v, morning)
	slices.Reverse(v.Jobs)
	slices.Reverse(v.Technicians)
	if again := Plan(v, morning); !reflect.DeepEqual(out, again) {
		t.Fatal("another order decides otherwise")
	}
}

func TestDistancesBySeriesAreThoseOfTheFunctions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(-2*small, 2*small).Draw(t, "x")
		if math.Abs(sine(x)-math.Sin(x)) > 1e-13*math.Abs(x) || math.Abs(arcsine(x)-math.Asin(x)) > 1e-13*math.Abs(x) {
			t.Fatalf("%v: sine %v, arcsine %v", x, sine(x), arcsine(x))
		}
	})
}
