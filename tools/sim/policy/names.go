package policy

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/linlihub/linli/services/dispatch/plan"

	"github.com/linlihub/linli/tools/sim/world"
)

// entry is a policy that lives through the day. The product's own is plan.Plan; the others of it lack one ingredient.
type entry struct {
	name     string
	decide   world.Decider
	forecast bool
	change   func(*plan.Policy)
}

var table = []entry{
	{"ours", plan.Plan, true, nil},
	{"greedy", Greedy, false, nil},
	{"fcfs", FCFS, false, nil},
	{"ours-lookahead", plan.Plan, false, nil}, // weighs the waiting of residents instead
	{"ours-price", plan.Plan, true, func(p *plan.Policy) { p.Promise.Floor, p.Promise.Full = .1, math.Inf(1) }},
	{"ours-postpone", plan.Plan, true, func(p *plan.Policy) { p.Promise.Hope = 0 }},
	{"ours-ahead", plan.Plan, true, func(p *plan.Policy) { p.Promise.Ahead = p.Promise.Lead }},
	{"ours-ageing", plan.Plan, true, func(p *plan.Policy) { p.Promise.Overdue = 1000 * time.Hour }},
	{"ours-posts", plan.Plan, true, func(p *plan.Policy) { p.Posts.Most = 0 }},
	{"ours-preemption", plan.Plan, true, func(p *plan.Policy) { p.Preemption = 1e12 }},
}

// Names lists what can be compared.
func Names() []string {
	names := []string{"hindsight", "hindsight-ortools", "hindsight-pyvrp", "hindsight-vroom", "bound"}
	for _, e := range table {
		names = append(names, e.name)
	}
	return names
}

// Live lets the policy of a name live through a day.
func Live(name string, d world.Day, watch func() time.Time) (world.Served, error) {
	i := slices.IndexFunc(table, func(e entry) bool { return e.name == name })
	if i < 0 {
		return world.Served{}, fmt.Errorf("no policy %q; there are %v", name, Names())
	}
	p := plan.Default()
	p.DailyCap, p.Travel = 0, world.Street{}
	if table[i].change != nil {
		table[i].change(&p)
	}
	var forecast *plan.Forecast
	if table[i].forecast {
		forecast = d.Spec.Forecast()
	}
	return world.Run(d, table[i].decide, p, forecast, watch), nil
}
