package policy

import (
	"fmt"
	"slices"

	"github.com/linlihub/linli/services/dispatch/plan"
	"github.com/linlihub/linli/tools/sim/world"
)

type entry struct {
	name   string
	decide world.Decider
	change func(*plan.Policy)
}

var table = []entry{
	{"fcfs", FCFS, nil},
	{"greedy", Greedy, nil},
	{"waiting", plan.Plan, nil},
	{"ours", plan.Plan, nil},
}

// Names lists what Find knows, and hindsight.
func Names() []string {
	names := []string{"hindsight"}
	for _, e := range table {
		names = append(names, e.name)
	}
	return names
}

// Find answers a policy by its name.
func Find(name string) (world.Decider, plan.Policy, error) {
	i := slices.IndexFunc(table, func(e entry) bool { return e.name == name })
	if i < 0 {
		return nil, plan.Policy{}, fmt.Errorf("no policy %q; there are %v", name, Names())
	}
	p := plan.Default()
	p.DailyCap = 0
	p.Travel = world.Street{}
	if change := table[i].change; change != nil {
		change(&p)
	}
	return table[i].decide, p, nil
}
